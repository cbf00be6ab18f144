import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSiteKey, SiteKeyFile } from '../../../integrations/files/site-key-file.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bridgehead-key-'));
  path = join(directory, 'site.key');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('is made and changed also where a process of the same id ended halfway', () => {
  writeFileSync(`${path}.${process.pid}.new`, 'half');
  const { fingerprint } = loadSiteKey(path);
  const added = new SiteKeyFile(path).add();
  expect(new SiteKeyFile(path).fingerprints()).toEqual([fingerprint, added]);
});

it('is its owner’s alone, and nothing else is left beside it', () => {
  loadSiteKey(path);
  new SiteKeyFile(path).add();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['site.key']);
});

it('is never made for a site that has one', () => {
  expect(() => loadSiteKey(path, true)).toThrow(
    'is missing, and this database belongs to a site that has one',
  );
  expect(readdirSync(directory)).toEqual([]);
});

import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { newSiteKeyBytes, SITE_KEY_BYTES, type SiteKey, siteKey } from '../../appliance/site-key.ts';

/**
 * Reads the site key, or makes it on the first start (mode 0600, complete or not there at all, also when two
 * processes start at once). Throws when the file exists but holds no key.
 */
export function loadSiteKey(path: string): SiteKey {
  const existing = readIfThere(path);
  if (existing !== undefined) return parse(path, existing);
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.new`;
  const file = openSync(temporary, 'wx', 0o600);
  writeSync(file, `${newSiteKeyBytes().toString('base64')}\n`);
  fsyncSync(file);
  closeSync(file);
  try {
    linkSync(temporary, path);
  } catch (error) {
    // Another process of the site was first: its key is the key.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
  return parse(path, readFileSync(path, 'utf8'));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(path: string, text: string): SiteKey {
  const bytes = Buffer.from(text.trim(), 'base64');
  if (bytes.length !== SITE_KEY_BYTES)
    throw new Error(`${path} does not hold a site key (${SITE_KEY_BYTES} bytes in base64).`);
  return siteKey(bytes);
}

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { Caller } from './test-appliance.ts';

const run = promisify(execFile);

/** Asserts with xmllint that documents keep to the schema the appliance serves right now. */
export async function expectValid(
  appliance: { anonymous: Caller },
  schemaPath: '/api/command.xsd' | '/api/reporting.xsd',
  ...documents: string[]
): Promise<void> {
  const schema = await appliance.anonymous(schemaPath);
  expect(schema.status).toBe(200);
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-xml-'));
  try {
    const schemaFile = join(directory, 'schema.xsd');
    await writeFile(schemaFile, await schema.text());
    const files = documents.map((_, index) => join(directory, `${index}.xml`));
    await Promise.all(documents.map((document, index) => writeFile(files[index]!, document)));
    await run('xmllint', ['--noout', '--nonet', '--schema', schemaFile, ...files]);
  } catch (error) {
    expect.fail(`${(error as { stderr?: string }).stderr ?? error}\n${documents.join('\n')}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The document's root as regular-expression clients find it: the first word after the prolog. */
export function rootOf(document: string): string | undefined {
  return /^<\?xml version="1\.0" encoding="UTF-8"\?>\n\n<(\w+)/.exec(document)?.[1];
}

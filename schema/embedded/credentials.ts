import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** Passwords of the embedded database's roles. Letters, digits, `-` and `_` only. */
export interface DatabaseCredentials {
  superuser: string;
  owner: string;
  runtime: string;
}

const FILE = 'database-credentials.json';

/** The passwords kept in the data directory; undefined when there are none. */
export function readCredentials(dataDir: string): DatabaseCredentials | undefined {
  const file = join(dataDir, FILE);
  if (!existsSync(file)) return undefined;
  const value = JSON.parse(readFileSync(file, 'utf8')) as Partial<DatabaseCredentials>;
  const { superuser, owner, runtime } = value;
  if (
    [superuser, owner, runtime].every((password) => typeof password === 'string' && /^[\w-]+$/.test(password))
  ) {
    return value as DatabaseCredentials;
  }
  throw new Error(`${file} does not hold the database's passwords. Remove it to have new ones made.`);
}

/** Makes new passwords and keeps them (mode 0600) before anything depends on them. */
export async function makeCredentials(dataDir: string): Promise<DatabaseCredentials> {
  const password = () => randomBytes(32).toString('base64url');
  const credentials = { superuser: password(), owner: password(), runtime: password() };
  const file = join(dataDir, FILE);
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(credentials)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  renameSync(`${file}.new`, file);
  return credentials;
}

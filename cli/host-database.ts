import { hostname, userInfo } from 'node:os';
import type { Config } from '../config.ts';
import { DataDirectoryInUse } from '../schema/embedded/data-directory-lock.ts';
import {
  clusterVersions,
  runningEmbeddedDatabase,
  startEmbeddedDatabase,
} from '../schema/embedded/embedded-postgres.ts';
import type { DatabaseAddress } from '../schema/sql.ts';
import { note } from './output.ts';

/** The site's database for a command on the server's machine, whether or not a server runs. */
export async function openHostDatabase(
  config: Config,
): Promise<{ address: DatabaseAddress; close(): Promise<void> }> {
  if (config.databaseUrl !== undefined) return { address: config.databaseUrl, close: async () => {} };
  if (clusterVersions(config.dataDir).length === 0) {
    throw new Error(`There is no database in ${config.dataDir}. Is BRIDGEHEAD_DATA_DIR the server's?`);
  }
  try {
    const database = await startEmbeddedDatabase({ dataDir: config.dataDir, log: quietLog });
    return { address: database.runtime, close: () => database.stop() };
  } catch (error) {
    if (!(error instanceof DataDirectoryInUse)) throw error;
    return { address: runningEmbeddedDatabase(config.dataDir).runtime, close: async () => {} };
  }
}

/** Who is at the host's shell, as audit rows name it. */
export function personAtHost(): string {
  const { username } = userInfo();
  const behind = process.env.SUDO_USER;
  return `${behind === undefined ? username : `${behind} as ${username}`} on ${hostname()}`;
}

const quietLog = {
  debug() {},
  info() {},
  warn: (facts: object, message: string) => note(`${message} ${JSON.stringify(facts)}`),
  error: (facts: object, message: string) => note(`${message} ${JSON.stringify(facts)}`),
};

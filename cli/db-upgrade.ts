import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { upgradeCluster } from '../schema/embedded/cluster-upgrade.ts';
import { findOldPrograms } from '../schema/embedded/old-programs.ts';
import { note, say } from './output.ts';

const HELP = `bh db upgrade [--programs DIR]

Moves the embedded database in BRIDGEHEAD_DATA_DIR to the PostgreSQL version that comes with this package. The server
must be stopped. The old database is kept beside the new one. Each table is read back and compared before the new
database takes over; until then a failure changes nothing.

  --programs DIR   where initdb and postgres of the old version are (default: looked for, else fetched)`;

/** Runs on the server's machine. Answers the exit code. */
export async function dbUpgrade(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { programs: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    say(HELP);
    return 0;
  }
  const config = readConfig(process.env);
  if (config.databaseUrl !== undefined) {
    note('DATABASE_URL is set: an external database is upgraded by the tools of its own server.');
    return 2;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'bridgehead-upgrade-'));
  const disposals: (() => void)[] = [() => rmSync(scratch, { recursive: true, force: true })];
  try {
    const report = await upgradeCluster({
      dataDir: config.dataDir,
      log: quietLog,
      oldPrograms: async (major, user) => {
        const found = await findOldPrograms(major, user, { directory: values.programs, scratch, say: note });
        disposals.push(found.dispose);
        return found.binaries;
      },
      progress: ({ name, rows }) => note(`  ${name}: ${rows} rows`),
    });
    if (report === undefined) say('The database is of the right version already.');
    else {
      const rows = report.tables.reduce((sum, table) => sum + table.rows, 0);
      say(
        `Moved ${rows} rows of ${report.tables.length} tables from PostgreSQL ${report.from} to ${report.to}.`,
      );
      say(`The old database is kept in ${report.keptDirectory}; remove it when nobody misses it.`);
    }
    return 0;
  } finally {
    for (const dispose of disposals.reverse()) dispose();
  }
}

const quietLog = {
  debug() {},
  info() {},
  warn: (facts: object, message: string) => note(`${message} ${JSON.stringify(facts)}`),
  error: (facts: object, message: string) => note(`${message} ${JSON.stringify(facts)}`),
};

if (import.meta.main) {
  try {
    process.exitCode = await dbUpgrade(process.argv.slice(2));
  } catch (error) {
    note(`bh: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

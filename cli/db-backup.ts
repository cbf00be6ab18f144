import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { DataDirectoryInUse, lockDataDirectory } from '../schema/embedded/data-directory-lock.ts';
import { clusterDirectory, clusterVersions } from '../schema/embedded/embedded-postgres.ts';
import { backUpRunningDatabase, copyTree } from '../schema/embedded/hot-backup.ts';
import { endStrays } from '../schema/embedded/stray-postmaster.ts';
import { note, say } from './output.ts';

const HELP = `bh db backup DIRECTORY

Copies BRIDGEHEAD_DATA_DIR to a new directory: embedded database, passwords, site key, certificates, recordings. The
server may run; the copy is of the moment the database was copied, and a start on it needs nothing else. Whoever has
the copy has the site: keep it as safe as the original.`;

/** Runs on the server's machine. Answers the exit code. */
export async function dbBackup(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  const [directory] = positionals;
  if (values.help || directory === undefined || positionals.length > 1) {
    (values.help ? say : note)(HELP);
    return values.help ? 0 : 2;
  }
  const config = readConfig(process.env);
  if (config.databaseUrl !== undefined) {
    note(
      "DATABASE_URL is set: back up an external database by its own server's tools, and the data directory as files.",
    );
    return 2;
  }
  const target = resolve(directory);
  if (existsSync(target) && readdirSync(target).length > 0) throw new Error(`${target} is not empty.`);
  mkdirSync(dirname(target), { recursive: true });
  const unfinished = `${target}.unfinished`;
  if (existsSync(unfinished)) throw new Error(`${unfinished} is left from an earlier try; remove it first.`);

  const running = await backUp(config.dataDir, unfinished);
  renameSync(unfinished, target);
  say(`Backed up ${config.dataDir} to ${target} (server ${running ? 'running' : 'stopped'}).`);
  for (const path of [config.siteKeyFile, config.recordingsDir]) {
    if (relative(config.dataDir, path).startsWith('..')) say(`Not in it, because it is elsewhere: ${path}`);
  }
  return 0;
}

/** Answers whether a server was at work on the data directory. */
async function backUp(dataDir: string, target: string): Promise<boolean> {
  try {
    const lock = await lockDataDirectory(dataDir, 0);
    try {
      const major = clusterVersions(dataDir).at(-1);
      if (major !== undefined) await endStrays(clusterDirectory(dataDir, major), quietLog);
      copyTree(dataDir, target, (name) => name !== LOCK);
    } finally {
      lock.release();
    }
    return false;
  } catch (error) {
    if (!(error instanceof DataDirectoryInUse)) throw error;
    await backUpRunningDatabase(dataDir, target);
    // After the database, so that every recording it knows is there.
    copyTree(dataDir, target, (name) => name !== LOCK && !/^\.*database-\d/.test(name));
    return true;
  }
}

const LOCK = 'server.lock';
const quietLog = { debug() {}, info() {}, warn() {}, error() {} };

if (import.meta.main) {
  try {
    process.exitCode = await dbBackup(process.argv.slice(2));
  } catch (error) {
    note(`bh: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

import { existsSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { migrate, readMigrations } from '../migrate.ts';
import { connect, type SqlPool } from '../sql.ts';
import { embeddedBinaries, type PostgresBinaries } from './binaries.ts';
import {
  createCluster,
  type DatabaseLog,
  type RunningCluster,
  resetSuperuserPassword,
  startCluster,
} from './cluster.ts';
import { makeCredentials, readCredentials } from './credentials.ts';
import { lockDataDirectory } from './data-directory-lock.ts';
import { type DatabaseUser, databaseUser } from './database-user.ts';
import {
  addressesOf,
  type ClusterAddresses,
  clusterDirectory,
  clusterVersions,
  makeRolesAndDatabase,
  removeUnfinished,
} from './embedded-postgres.ts';
import { endStrays } from './stray-postmaster.ts';
import { type CopiedTable, copyTables, makePartitionsLike } from './table-copy.ts';

export interface ClusterUpgrade {
  dataDir: string;
  log: DatabaseLog;
  /** Finds programs of the old major version that this user can run. */
  oldPrograms(major: number, user: DatabaseUser | undefined): Promise<PostgresBinaries>;
  /** Told after each table. */
  progress?(table: CopiedTable): void;
}

export interface UpgradeReport {
  from: string;
  to: string;
  tables: CopiedTable[];
  /** The old cluster, untouched, to be removed when nobody misses it. */
  keptDirectory: string;
}

/**
 * Moves the embedded database to the PostgreSQL major version that comes with this package: a new cluster is made
 * beside the old one, every table is streamed into it and read back to compare, and only then it takes its place by
 * one rename. Whatever happens before that moment leaves the old database in charge. Undefined: nothing to do.
 */
export async function upgradeCluster(options: ClusterUpgrade): Promise<UpgradeReport | undefined> {
  const dataDir = realpathSync(options.dataDir);
  const lock = await lockDataDirectory(dataDir);
  const undo: (() => Promise<void> | void)[] = [() => lock.release()];
  try {
    const oldMajor = clusterVersions(dataDir).at(-1);
    if (oldMajor === undefined) throw new Error(`There is no database in ${dataDir}.`);
    const oldDirectory = clusterDirectory(dataDir, oldMajor);
    const user = databaseUser(statSync(oldDirectory).uid);
    const binaries = embeddedBinaries(user);
    if (oldMajor === binaries.major) return undefined;
    if (oldMajor > binaries.major) {
      throw new Error(
        `The database is of PostgreSQL ${oldMajor}, newer than the ${binaries.major} of this package.`,
      );
    }
    const oldBinaries = await options.oldPrograms(oldMajor, user);
    removeUnfinished(dataDir);
    const known = readCredentials(dataDir);
    const credentials = known ?? (await makeCredentials(dataDir));
    const superuserPassword = credentials.superuser;
    if (known === undefined) {
      await endStrays(oldDirectory, options.log);
      resetSuperuserPassword({ binaries: oldBinaries, user, directory: oldDirectory, superuserPassword });
    }

    const start = async (programs: PostgresBinaries, directory: string, settings: string[]) => {
      const cluster: RunningCluster = await startCluster({
        binaries: programs,
        user,
        directory,
        log: options.log,
        settings,
      });
      undo.push(() => cluster.stop());
      return { cluster, addresses: addressesOf(cluster.socketDirectory, credentials) };
    };
    const old = await start(oldBinaries, oldDirectory, ['default_transaction_read_only=on']);
    const staging = join(dataDir, `.database-${binaries.major}-upgrade`);
    createCluster({ binaries, user, directory: staging, superuserPassword });
    undo.push(() => rmSync(staging, { recursive: true, force: true }));
    const fresh = await start(binaries, staging, []);
    await makeRolesAndDatabase(fresh.addresses.maintenance, credentials);
    const tables = await moveEverything(old.addresses, fresh.addresses, options);

    await fresh.cluster.stop();
    await old.cluster.stop();
    const target = clusterDirectory(dataDir, binaries.major);
    if (existsSync(target)) throw new Error(`${target} exists already.`);
    renameSync(staging, target);
    await syncDirectory(dataDir);
    return { from: oldBinaries.version, to: binaries.version, tables, keptDirectory: oldDirectory };
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

async function moveEverything(
  old: ClusterAddresses,
  fresh: ClusterAddresses,
  options: ClusterUpgrade,
): Promise<CopiedTable[]> {
  const source = connect(old.superuser, { max: 1, name: 'bridgehead upgrade' });
  const target = connect(fresh.superuser, { max: 1, name: 'bridgehead upgrade' });
  try {
    const upTo = await appliedMigrations(source);
    await migrate({ owner: fresh.owner, runtime: fresh.runtime, log: options.log, upTo });
    const owner = connect(fresh.owner, { max: 1, name: 'bridgehead upgrade' });
    try {
      await makePartitionsLike(source, owner);
    } finally {
      await owner.end();
    }
    const tables = await copyTables(source, target, options.progress ?? (() => {}));
    await target`vacuum analyze`;
    return tables;
  } finally {
    await Promise.all([source.end(), target.end()]);
  }
}

/** The shape of the old database, which the new one is given before the rows are moved. */
async function appliedMigrations(source: SqlPool): Promise<number> {
  const applied = await source<{ number: number; checksum: string }[]>`
    select number, checksum from schema_migration order by number`;
  const known = await readMigrations();
  for (const { number, checksum } of applied) {
    if (known[number - 1]?.checksum !== checksum) {
      throw new Error(
        `The database was migrated by another version of Bridgehead (migration ${number}). Upgrade with that version or a newer one.`,
      );
    }
  }
  return applied.length;
}

/** Makes a rename in the directory survive a power cut. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

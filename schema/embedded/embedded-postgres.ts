import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, connect } from '../sql.ts';
import { embeddedBinaries } from './binaries.ts';
import {
  createCluster,
  type DatabaseLog,
  resetSuperuserPassword,
  SOCKET_PORT,
  SUPERUSER,
  socketDirectory,
  startCluster,
} from './cluster.ts';
import { type DatabaseCredentials, makeCredentials, readCredentials } from './credentials.ts';
import { lockDataDirectory } from './data-directory-lock.ts';
import { databaseUser } from './database-user.ts';
import { endStrays } from './stray-postmaster.ts';

export const DATABASE = 'bridgehead';
export const OWNER = 'bridgehead_owner';
export const RUNTIME = 'bridgehead_app';

export interface EmbeddedDatabase {
  /** Owns the database: migrates and makes partitions. */
  owner: ConnectionOptions;
  /** Runs the server. */
  runtime: ConnectionOptions;
  /** A database left running by a killed server was taken over. */
  adopted: boolean;
  /** Shuts the database down and lets go of the data directory. Close your connections first. */
  stop(): Promise<void>;
}

/**
 * The PostgreSQL that comes with the package, with its data under `dataDir`, reachable only through a Unix socket
 * that other users of the machine cannot open. Makes everything on first use; after a kill of server or database it
 * puts things in order by itself. Refuses a data directory that another server uses.
 */
export async function startEmbeddedDatabase(options: {
  dataDir: string;
  log: DatabaseLog;
  /** PostgreSQL settings beside the supervisor's own, as `name=value`. */
  settings?: string[];
}): Promise<EmbeddedDatabase> {
  const { log } = options;
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const dataDir = realpathSync(options.dataDir);
  const lock = await lockDataDirectory(dataDir);
  try {
    const { directory, user, binaries, credentials } = await prepare(dataDir, log);
    const cluster = await startCluster({
      binaries,
      user,
      directory,
      log,
      ...(options.settings === undefined ? {} : { settings: options.settings }),
    });
    const addresses = addressesOf(cluster.socketDirectory, credentials);
    await makeRolesAndDatabase(addresses.maintenance, credentials);
    log.info(
      { version: binaries.version, databasePid: cluster.pid(), adopted: cluster.tookOver },
      'database started',
    );
    return {
      owner: addresses.owner,
      runtime: addresses.runtime,
      adopted: cluster.tookOver,
      stop: async () => {
        await cluster.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Directory of the embedded database's cluster of a PostgreSQL major version. */
export function clusterDirectory(dataDir: string, major: number): string {
  return join(dataDir, `database-${major}`);
}

/** Major versions of the clusters in a data directory, oldest first. */
export function clusterVersions(dataDir: string): number[] {
  if (!existsSync(dataDir)) return [];
  return readdirSync(dataDir)
    .map((name) => Number(/^database-(\d+)$/.exec(name)?.[1]))
    .filter((major) => !Number.isNaN(major))
    .sort((a, b) => a - b);
}

export interface ClusterAddresses {
  owner: ConnectionOptions;
  runtime: ConnectionOptions;
  /** The bootstrap role in the site's database. */
  superuser: ConnectionOptions;
  /** The bootstrap role outside of it. */
  maintenance: ConnectionOptions;
}

export function addressesOf(host: string, credentials: DatabaseCredentials): ClusterAddresses {
  const address = (username: string, password: string, database = DATABASE): ConnectionOptions => ({
    host,
    port: SOCKET_PORT,
    username,
    password,
    database,
  });
  return {
    owner: address(OWNER, credentials.owner),
    runtime: address(RUNTIME, credentials.runtime),
    superuser: address(SUPERUSER, credentials.superuser),
    maintenance: address(SUPERUSER, credentials.superuser, 'postgres'),
  };
}

/** The way into the database of a server that runs, for a command beside it. */
export function runningEmbeddedDatabase(dataDir: string): ClusterAddresses {
  const major = clusterVersions(dataDir).at(-1);
  const credentials = readCredentials(dataDir);
  if (major === undefined || credentials === undefined)
    throw new Error(`There is no database in ${dataDir}.`);
  return addressesOf(socketDirectory(clusterDirectory(dataDir, major)), credentials);
}

async function prepare(dataDir: string, log: DatabaseLog) {
  const versions = clusterVersions(dataDir);
  const newest = versions.at(-1);
  const user = databaseUser(newest && statSync(clusterDirectory(dataDir, newest)).uid);
  const binaries = embeddedBinaries(user);
  if (newest !== undefined && newest !== binaries.major) {
    throw new Error(
      newest < binaries.major
        ? `The database in ${dataDir} is of PostgreSQL ${newest} and this version of Bridgehead brings ${binaries.major}. Run "bh db upgrade" once; it keeps the old database.`
        : `The database in ${dataDir} is of PostgreSQL ${newest}, newer than the ${binaries.major} this version of Bridgehead brings.`,
    );
  }
  removeUnfinished(dataDir);
  const directory = clusterDirectory(dataDir, binaries.major);
  const known = readCredentials(dataDir);
  const credentials = known ?? (await makeCredentials(dataDir));
  if (newest === undefined) {
    log.info({ version: binaries.version, directory }, 'making the database');
    createCluster({ binaries, user, directory, superuserPassword: credentials.superuser });
  } else {
    refuseForeignDirectory(directory);
    if (known === undefined) {
      log.warn({}, "the database's passwords were lost; setting new ones");
      await endStrays(directory, log);
      resetSuperuserPassword({ binaries, user, directory, superuserPassword: credentials.superuser });
    }
  }
  return { directory, user, binaries, credentials: { ...credentials, fresh: known === undefined } };
}

/** What a kill in the middle of making or upgrading a cluster left. */
export function removeUnfinished(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    if (/^\.+database-\d+-/.test(name)) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}

function refuseForeignDirectory(directory: string): void {
  const mine = process.getuid?.();
  const { uid } = statSync(directory);
  if (mine !== 0 && mine !== uid) {
    throw new Error(
      `The database directory ${directory} belongs to user id ${uid}, this server runs as ${mine}. Start it as that user or as root.`,
    );
  }
  chmodSync(directory, 0o700);
}

/** Idempotent, so a start that was cut short is completed by the next. */
export async function makeRolesAndDatabase(
  maintenance: ConnectionOptions,
  credentials: DatabaseCredentials & { fresh?: boolean },
): Promise<void> {
  const sql = connect(maintenance, { max: 1, name: 'bridgehead set-up' });
  try {
    const existing = new Set(
      (
        await sql<{ name: string }[]>`
        select rolname as name from pg_roles union all select datname from pg_database`
      ).map((row) => row.name),
    );
    const roles = [
      [OWNER, credentials.owner],
      [RUNTIME, credentials.runtime],
    ] as const;
    for (const [role, password] of roles) {
      // A role statement takes no parameters; both words are our own and hold no quote.
      if (!existing.has(role)) await sql.unsafe(`create role ${role} login password '${password}'`);
      else if (credentials.fresh) await sql.unsafe(`alter role ${role} password '${password}'`);
    }
    if (!existing.has(DATABASE)) await sql.unsafe(`create database ${DATABASE} owner ${OWNER}`);
    await sql.unsafe(`revoke all on database ${DATABASE} from public`);
    await sql.unsafe(`grant connect on database ${DATABASE} to ${RUNTIME}`);
  } finally {
    await sql.end();
  }
}

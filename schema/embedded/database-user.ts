import { spawnSync } from 'node:child_process';

/** The operating system user the database runs as, when that is not the user of this process. */
export interface DatabaseUser {
  name: string;
  uid: number;
  gid: number;
}

const USER_NAME = 'bridgehead';

/**
 * PostgreSQL refuses to run as root. A server started by root runs it as the owner of an existing database directory,
 * else as the system user `bridgehead`, which is made when it is missing. Undefined: no change of user is needed.
 */
export function databaseUser(existingOwner: number | undefined): DatabaseUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (existingOwner !== undefined && existingOwner !== 0) {
    const owner = findUser(String(existingOwner));
    if (owner !== undefined) return owner;
    throw new Error(
      `The database directory belongs to user id ${existingOwner}, which has no account on this machine.`,
    );
  }
  return findUser(USER_NAME) ?? createUser();
}

function createUser(): DatabaseUser {
  const answer = spawnSync(
    'useradd',
    [
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      '/usr/sbin/nologin',
      USER_NAME,
    ],
    { encoding: 'utf8', env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' } },
  );
  // Another server may have made it in the same moment, so what counts is that it is there now.
  const user = findUser(USER_NAME);
  if (user !== undefined) return user;
  throw new Error(
    `The system user "${USER_NAME}", which runs the database when the server is started by root, could not be made: ${answer.error?.message ?? answer.stderr.trim()}`,
  );
}

function findUser(key: string): DatabaseUser | undefined {
  const answer = spawnSync('getent', ['passwd', key], { encoding: 'utf8' });
  const [name, , uid, gid] = (answer.stdout ?? '').trim().split(':');
  if (answer.status !== 0 || !name) return undefined;
  return { name, uid: Number(uid), gid: Number(gid) };
}

/** A command line that runs `command` as that user without any capability. */
export function asUser(user: DatabaseUser | undefined, command: string[]): string[] {
  return user === undefined ? command : ['setpriv', ...identity(user), ...command];
}

/**
 * The same, and the kernel interrupts the program (PostgreSQL: a fast, clean shutdown) when the thread that started it
 * ends, however that came. So start it from the main thread.
 */
export function asUserUntilParentDies(user: DatabaseUser | undefined, command: string[]): string[] {
  return ['setpriv', ...(user === undefined ? [] : identity(user)), '--pdeathsig', 'INT', ...command];
}

function identity(user: DatabaseUser): string[] {
  return [
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    '--inh-caps=-all',
    '--bounding-set=-all',
    '--no-new-privs',
  ];
}

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { until } from './live-jumpoint.ts';
import type { Caller } from './test-appliance.ts';
import { type TestUser, testUser } from './test-user.ts';

const run = promisify(execFile);
const BASE = '/api/config/v1';

// biome-ignore lint/suspicious/noExplicitAny: Answers are compared as they are.
type Json = any;

/** Configuration for an sshd whose accounts bring their own keys and can be given others. */
export const KEYS_OF_ACCOUNTS = ['AuthorizedKeysFile .ssh/authorized_keys', 'Subsystem sftp internal-sftp'];

/** Calls about vault accounts whose host is a real one. */
export class RotationSite {
  readonly api: Caller;

  constructor(api: Caller) {
    this.api = api;
  }

  async call(method: string, path: string, json?: unknown): Promise<{ status: number; body: Json }> {
    const answer = await this.api(BASE + path, { method, ...(json === undefined ? {} : { json }) });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** The same of an answer that has to be good. */
  async get(method: string, path: string, json?: unknown): Promise<Json> {
    const { status, body } = await this.call(method, path, json);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  async endpoint(jumpointId: number, port: number, hostKey: string): Promise<number> {
    const made = await this.get('POST', '/vault/endpoint', {
      name: `host ${randomUUID()}`,
      hostname: '127.0.0.1',
      port,
      jumpoint_id: jumpointId,
      host_key: hostKey,
    });
    return made.id;
  }

  async account(fields: object): Promise<number> {
    return (await this.get('POST', '/vault/account', { type: 'username_password', ...fields })).id;
  }

  async rotate(id: number): Promise<void> {
    await this.get('POST', `/vault/account/${id}/rotate`);
  }

  async standing(id: number): Promise<Json> {
    return await this.get('GET', `/vault/account/${id}/rotation`);
  }

  /** Waits until the rotation of an account is in one of these states, and answers how it stands. */
  async reaches(id: number, ...states: string[]): Promise<Json> {
    let standing: Json;
    await until(
      `rotation ${states.join(' or ')} (it is ${JSON.stringify(standing)})`,
      async () => {
        standing = await this.standing(id);
        return states.includes(standing.state);
      },
      60_000,
    ).catch((cause: unknown) => {
      throw new Error(`${(cause as Error).message} It is ${JSON.stringify(standing)}`);
    });
    return standing;
  }

  /** The secret as a check-out gives it; it is checked in again, which asks for nothing new here. */
  async secret(id: number): Promise<{ password?: string; privateKey?: string }> {
    const { password, private_key: privateKey } = await this.get('POST', `/vault/account/${id}/check-out`);
    await this.get('POST', `/vault/account/${id}/check-in`);
    return { ...(password && { password }), ...(privateKey && { privateKey }) };
  }
}

/** Whether a host on loopback lets somebody in, asked with a client that is none of ours. */
export async function letsIn(
  port: number,
  username: string,
  credential: { password?: string; privateKey?: string },
): Promise<boolean> {
  const client = new ssh2.Client();
  return await new Promise<boolean>((resolve) => {
    client.on('ready', () => resolve(true)).on('error', () => resolve(false));
    client.connect({ host: '127.0.0.1', port, username, ...credential });
  }).finally(() => client.end());
}

export interface KeyUser extends TestUser {
  privateKey: string;
  publicKey: string;
  authorizedKeys: string;
}

/** Made by OpenSSH itself. */
export async function newSshKey(
  kind: 'ed25519' | 'rsa' = 'ed25519',
): Promise<{ privateKey: string; publicKey: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-key-'));
  const file = join(directory, 'key');
  try {
    await run('ssh-keygen', ['-q', '-t', kind, '-N', '', '-C', '', '-f', file]);
    const publicKey = (await readFile(`${file}.pub`, 'utf8')).trim();
    return { privateKey: await readFile(file, 'utf8'), publicKey };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A real account that signs in with a key of its own. Root only. */
export async function keyUser(kind: 'ed25519' | 'rsa' = 'ed25519'): Promise<KeyUser> {
  const user = await testUser();
  const { stdout } = await run('getent', ['passwd', user.username]);
  const [, , uid, gid, , home = ''] = stdout.split(':');
  const { privateKey, publicKey } = await newSshKey(kind);
  const directory = join(home, '.ssh');
  const authorizedKeys = join(directory, 'authorized_keys');
  await mkdir(directory, { mode: 0o700 });
  await writeFile(
    authorizedKeys,
    `# mine\nssh-rsa AAAAother bob\nno-pty ${publicKey} of ${user.username}\n`,
    {
      mode: 0o600,
    },
  );
  for (const place of [directory, authorizedKeys]) await chown(place, Number(uid), Number(gid));
  return { ...user, privateKey, publicKey, authorizedKeys };
}

/** The hash of the password, as the machine keeps it. */
export async function shadowOf(username: string): Promise<string> {
  return (await run('getent', ['shadow', username])).stdout;
}

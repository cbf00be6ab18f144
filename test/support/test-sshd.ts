import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inetd } from './inetd.ts';

const run = promisify(execFile);

export interface TestSshd {
  port: number;
  /** The account of this process; `privateKey` opens it. */
  username: string;
  /** OpenSSH format, no passphrase. */
  privateKey: string;
  privateKeyFile: string;
  /** The same rights behind a passphrase. */
  encryptedKey: { privateKey: string; passphrase: string };
  /** `SHA256:...` of the host key new connections are shown. */
  fingerprint(): Promise<string>;
  /** The same key as known_hosts has it: kind and base64. */
  hostKey(): Promise<string>;
  /** The host gets another key, as after an installation anew. */
  changeHostKey(): Promise<void>;
  /** One more public key that opens the account: a file of `directory`. */
  authorise(name: string, directory: string): Promise<void>;
  /** Ends every connection, as a crash of the target would. */
  dropConnections(): void;
  stop(): Promise<void>;
}

/**
 * A real OpenSSH server on a loopback port the kernel picks, with its own configuration and keys. Passwords work when
 * this process is root (see `testUser`), keys always. `config` lines go before the defaults and win;
 * they may name files that they put into the server's directory.
 */
export async function testSshd(
  config: string[] | ((directory: string) => Promise<string[]>) = [],
): Promise<TestSshd> {
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-sshd-'));
  const path = (name: string) => join(directory, name);
  const passphrase = 'open sesame';
  const keygen = (file: string, phrase = '') =>
    run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', phrase, '-C', 'test', '-f', path(file)]);
  await Promise.all([keygen('host-0'), keygen('user'), keygen('encrypted', passphrase)]);
  await writeFile(
    path('authorized'),
    (await readFile(path('user.pub'), 'utf8')) + (await readFile(path('encrypted.pub'), 'utf8')),
    { mode: 0o644 },
  );
  const own = Array.isArray(config) ? config : await config(directory);
  let generation = 0;
  const writeConfig = () =>
    writeFile(
      path('sshd_config'),
      [
        ...own,
        `HostKey ${path(`host-${generation}`)}`,
        `AuthorizedKeysFile ${path('authorized')}`,
        'StrictModes no',
        'UsePAM no',
        'PermitRootLogin yes',
        'PasswordAuthentication yes',
        'PrintLastLog no',
        'PrintMotd no',
        'UseDNS no',
        // Whatever the account's own start-up files do (and how long they take) is not part of a test.
        `SetEnv HOME=${path('home')}`,
        '',
      ].join('\n'),
    );
  await Promise.all([writeConfig(), mkdir(path('home')), chmod(directory, 0o711)]);
  // Where sshd locks its unprivileged half in; made at boot by its service, which is not used here.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const listener = await inetd('/usr/sbin/sshd', () => ['-i', '-f', path('sshd_config')]);
  return {
    port: listener.port,
    username: userInfo().username,
    privateKey: await readFile(path('user'), 'utf8'),
    privateKeyFile: path('user'),
    encryptedKey: { privateKey: await readFile(path('encrypted'), 'utf8'), passphrase },
    async fingerprint() {
      const { stdout } = await run('ssh-keygen', ['-lf', path(`host-${generation}.pub`)]);
      return stdout.split(' ')[1] ?? '';
    },
    async hostKey() {
      const line = await readFile(path(`host-${generation}.pub`), 'utf8');
      return line.split(' ').slice(0, 2).join(' ');
    },
    async changeHostKey() {
      generation++;
      await keygen(`host-${generation}`);
      await writeConfig();
    },
    async authorise(name, keys) {
      await appendFile(path('authorized'), await readFile(join(keys, name), 'utf8'));
    },
    dropConnections: listener.dropConnections,
    async stop() {
      await listener.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TestPass {
  store: string;
  gnupgHome: string;
  /** Writes an entry with the real pass. */
  insert(name: string, text: string): Promise<void>;
  /** Runs gpg with the keys of this store, e.g. to have the agent learn a passphrase. */
  gpg(args: string[], input?: string): Promise<string>;
  /** The agent forgets every passphrase. */
  forget(): Promise<void>;
  remove(): Promise<void>;
}

/** A password store with a gpg key of its own, in a directory of its own. */
export async function testPass(options: { passphrase?: string } = {}): Promise<TestPass> {
  const directory = await mkdtemp(join(tmpdir(), 'bh-pass-'));
  const store = join(directory, 'store');
  const gnupgHome = join(directory, 'gnupg');
  await mkdir(gnupgHome, { mode: 0o700 });
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    LC_ALL: 'C.UTF-8',
    GNUPGHOME: gnupgHome,
    PASSWORD_STORE_DIR: store,
  };
  const fed = async (program: string, args: string[], input = '') => {
    const started = run(program, args, { env, timeout: 30_000 });
    // A program that ends without reading what it is given is no failure of ours.
    started.child.stdin?.on('error', () => {});
    started.child.stdin?.end(input);
    return (await started).stdout;
  };
  const gpg = (args: string[], input?: string) => fed('gpg', ['--batch', '--no-tty', ...args], input);
  // "default" twice: a signing key alone could not encrypt.
  const secret = ['--pinentry-mode', 'loopback', '--passphrase', options.passphrase ?? ''];
  await gpg([...secret, '--quick-gen-key', 'Store <store@example.com>', 'default', 'default', 'never']);
  await fed('pass', ['init', 'store@example.com']);
  return {
    store,
    gnupgHome,
    gpg,
    async insert(name, text) {
      await fed('pass', ['insert', '-m', '-f', name], text);
    },
    async forget() {
      await fed('gpgconf', ['--reload', 'gpg-agent']);
    },
    async remove() {
      await fed('gpgconf', ['--kill', 'all']);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

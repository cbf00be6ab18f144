import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import type { Writable } from 'node:stream';
import { PluginError } from '../../sdk/plugin.ts';

const MOST_BYTES = 1024 * 1024;

export interface PassProgram {
  /** The decrypted text of an entry. */
  show(name: string, signal: AbortSignal): Promise<string>;
  /** e.g. `1.7.4`; fails when the program is not there. */
  version(signal: AbortSignal): Promise<string>;
}

export interface PassOptions {
  program: string;
  store: string;
  gnupgHome: string | undefined;
  passphrase: string | undefined;
  timeoutSeconds: number;
}

/**
 * The real `pass`, run without a shell and with an environment of its own. The passphrase reaches gpg by a pipe: neither
 * arguments nor environment nor a file hold it. Nothing ever asks on a screen.
 */
export function passProgram(options: PassOptions): PassProgram {
  const { passphrase } = options;
  const unlock =
    passphrase === undefined ? '--pinentry-mode error' : '--pinentry-mode loopback --passphrase-fd 3';
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: homedir(),
    LC_ALL: 'C.UTF-8',
    PASSWORD_STORE_DIR: options.store,
    PASSWORD_STORE_GPG_OPTS: `--batch --no-tty --status-fd 2 ${unlock}`,
    ...(options.gnupgHome === undefined ? {} : { GNUPGHOME: options.gnupgHome }),
  };
  const run = (args: string[], signal: AbortSignal) => runProgram(options, args, env, signal);
  return {
    show: (name, signal) => run(['show', '--', name], signal),
    async version(signal) {
      const text = await run(['version'], signal);
      return /v(\d[\d.]*)/.exec(text)?.[1] ?? 'unknown';
    },
  };
}

async function runProgram(
  { program, passphrase, timeoutSeconds }: PassOptions,
  args: string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const ended = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
  // A process group of its own, so that gpg ends together with pass.
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const end = () => {
    if (child.pid !== undefined && child.exitCode === null) killGroup(child.pid);
  };
  ended.addEventListener('abort', end, { once: true });
  const pipe = child.stdio[3] as Writable;
  pipe.on('error', () => {});
  pipe.end(passphrase === undefined ? '' : `${passphrase}\n`);
  const output = collected(child.stdout as NodeJS.ReadableStream, end);
  const errors = collected(child.stderr as NodeJS.ReadableStream, end);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    if (ended.aborted)
      throw new PluginError('unavailable', `pass did not answer within ${timeoutSeconds} seconds.`);
    if (code !== 0) throw refusal(await errors, passphrase !== undefined);
    return await output;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new PluginError('misconfigured', 'The program pass is not installed here.', { cause: error });
    }
    throw error;
  } finally {
    ended.removeEventListener('abort', end);
  }
}

async function collected(stream: NodeJS.ReadableStream, end: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) end();
    else chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/** What pass and gpg say on their error output, in our words: theirs name keys and files. */
function refusal(errors: string, withPassphrase: boolean): PluginError {
  if (/is not in the password store/.test(errors)) {
    return new PluginError('not_found', 'The password store has no such entry.');
  }
  if (/no secret key/i.test(errors)) {
    // gpg looks at keys that it has; one that it looked at and could not use is locked.
    const told = !errors.includes('KEY_CONSIDERED')
      ? 'The gpg keys of this host do not open the entry.'
      : withPassphrase
        ? 'The passphrase of the settings does not open the gpg key.'
        : 'The gpg key takes a passphrase, and neither the settings nor the gpg agent have it.';
    return new PluginError('misconfigured', told);
  }
  if (/NODATA|BADMDC|no valid openpgp data|invalid packet/i.test(errors)) {
    return new PluginError('unavailable', 'The entry is damaged.');
  }
  return new PluginError('unavailable', 'pass could not read the entry.', {
    cause: new Error(errors.slice(0, 500)),
  });
}

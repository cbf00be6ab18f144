import type { Socket } from 'node:net';
import ssh2, { type Algorithms, type Client, type ClientChannel, type ClientErrorExtensions } from 'ssh2';
import type { ShellTarget } from '../control-protocol.ts';
import type { CredentialSupply } from './channel-credential.ts';
import type { HostKeys } from './host-keys.ts';
import {
  type RemoteShell,
  type Representative,
  type ShellEnd,
  type ShellEvents,
  ShellRefusal,
} from './remote-shell.ts';
import { SSH_ALGORITHMS } from './ssh-algorithms.ts';
import { SshAuthentication } from './ssh-authentication.ts';
import { allowCertificates } from './ssh-certificates.ts';
import { limitHandshake } from './ssh-handshake-limit.ts';
import { SshHostVerifier } from './ssh-host-verifier.ts';
import { SshInjectedSignIn } from './ssh-injected-sign-in.ts';
import { joinWrites, wrapKeysOnce } from './ssh-packet-cost.ts';

type HostKeyAlgorithms = NonNullable<Algorithms['serverHostKey']>;

/** Unanswered keep-alive packets after which a target counts as lost. */
const KEEP_ALIVE_COUNT = 3;
/** Banners that are shown; a target could send them without end. */
const MOST_BANNERS = 20;

export interface SshShellOptions {
  target: ShellTarget;
  socket: Socket;
  hostKeys: HostKeys;
  representative: Representative;
  /** Signs in instead of the representative. */
  credential?: CredentialSupply | undefined;
  events: ShellEvents;
  signal: AbortSignal;
}

/** Signs in and opens a shell with a terminal. Rejects with `ShellRefusal` when that does not come about. */
export async function openSshShell(options: SshShellOptions): Promise<RemoteShell> {
  const { target, representative, signal } = options;
  const preferred = await preferredHostKeys(options.hostKeys, target);
  const client = new ssh2.Client();
  joinWrites(options.socket);
  wrapKeysOnce(client);
  try {
    const username = await signIn(client, options, preferred);
    signal.throwIfAborted();
    const channel = await openTerminal(client, target, representative);
    return attach(client, channel, options, username);
  } catch (cause) {
    client.end();
    options.socket.destroy();
    throw cause;
  }
}

/** Asks for the kind of key that is saved first, so that a host with several keys shows the one that is known. */
async function preferredHostKeys(hostKeys: HostKeys, target: ShellTarget): Promise<HostKeyAlgorithms> {
  const saved = new Set((await hostKeys.saved(target.hostname, target.port)).map((key) => key.algorithm));
  const isSaved = (name: string) => saved.has(name.startsWith('rsa-sha2') ? 'ssh-rsa' : name);
  return [...SSH_ALGORITHMS.serverHostKey].sort((a, b) => Number(isSaved(b)) - Number(isSaved(a)));
}

/** Answers as whom. */
function signIn(client: Client, options: SshShellOptions, serverHostKey: HostKeyAlgorithms): Promise<string> {
  const { target, representative, credential, signal } = options;
  const authentication = credential
    ? new SshInjectedSignIn(target, credential, representative)
    : new SshAuthentication(target, representative);
  const verifier = new SshHostVerifier(target, options.hostKeys, representative);
  let stage: 'handshake' | 'authentication' = 'handshake';
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (refusal?: ShellRefusal) => {
      handshakeDone();
      signal.removeEventListener('abort', onAbort);
      if (!settled) authentication.finished(refusal);
      settled = true;
    };
    const fail = (cause: unknown) => {
      settle(cause instanceof ShellRefusal ? cause : lostRefusal(cause, target));
      reject(cause);
      client.end();
      options.socket.destroy();
    };
    const onAbort = () => fail(signal.reason);
    const handshakeDone = limitHandshake(options.socket, target.hostname, fail);
    signal.addEventListener('abort', onAbort);
    authentication.onRefusal = fail;

    if (credential) {
      client.once('handshake', () => {
        try {
          allowCertificates(client);
        } catch (cause) {
          fail(cause);
        }
      });
    }
    client.on('ready', () => {
      settle();
      resolve(authentication.username);
    });
    client.on('error', (cause) => fail(refusalOf(cause, stage, target)));
    client.on('close', () => fail(closedDuring(stage, target)));
    let banners = 0;
    client.on('banner', (text) => {
      banners += 1;
      if (banners <= MOST_BANNERS) representative.status('authenticating', text);
    });
    client.on('change password', (text: string, done: (password: string) => void) => {
      authentication.newPassword(text).then(done, fail);
    });
    client.connect({
      sock: options.socket,
      username: target.username,
      algorithms: { ...SSH_ALGORITHMS, serverHostKey },
      // A person answers prompts in between; the handshake has its own limit above.
      readyTimeout: 0,
      keepaliveInterval: target.keep_alive * 1000,
      keepaliveCountMax: KEEP_ALIVE_COUNT,
      hostVerifier: (key: Buffer, verified: (valid: boolean) => void) => {
        handshakeDone();
        verifier.verify(key).then(() => verified(true), fail);
      },
      authHandler: (methods, partial, next) => {
        if (stage === 'handshake') representative.status('authenticating');
        stage = 'authentication';
        authentication.next(methods, partial).then(next, fail);
      },
    });
  });
}

function openTerminal(
  client: Client,
  target: ShellTarget,
  representative: Representative,
): Promise<ClientChannel> {
  const { columns, rows } = representative.size();
  return new Promise((resolve, reject) => {
    const lost = () =>
      reject(new ShellRefusal('unreachable', `The connection to ${target.hostname} was lost.`));
    client.once('close', lost);
    client.shell(
      { term: target.terminal === 'VT100' ? 'vt100' : 'xterm', cols: columns, rows, width: 0, height: 0 },
      (cause, channel) => {
        client.off('close', lost);
        if (cause)
          reject(
            new ShellRefusal(
              'protocol-error',
              `${target.hostname} opened no terminal: ${cause.message}.`,
              cause,
            ),
          );
        else resolve(channel);
      },
    );
  });
}

function attach(
  client: Client,
  channel: ClientChannel,
  options: SshShellOptions,
  username: string,
): RemoteShell {
  const { target, events } = options;
  let end: ShellEnd | undefined;
  let over = false;
  const finish = () => {
    if (over) return;
    over = true;
    client.end();
    events.ended(end ?? { code: null, message: `The connection to ${target.hostname} was lost.` });
  };
  channel.on('data', (data: Buffer) => events.output(data));
  channel.stderr.on('data', (data: Buffer) => events.output(data));
  channel.on('drain', () => events.drained());
  channel.on('exit', (code: number | null, signal?: string) => {
    end = exitOf(code, signal);
  });
  channel.on('close', finish);
  client.removeAllListeners('error').removeAllListeners('close');
  client.on('error', (cause) => {
    end ??= { code: null, message: lostText(cause, target) };
  });
  client.on('close', finish);
  return {
    username,
    write: (data) => channel.write(data),
    resize: ({ columns, rows }) => channel.setWindow(rows, columns, 0, 0),
    pause: () => void channel.pause(),
    resume: () => void channel.resume(),
    close(): void {
      over = true;
      channel.end();
      client.end();
      // A target that does not hang up itself is not waited for.
      setTimeout(() => options.socket.destroy(), 2_000).unref();
    },
  };
}

function exitOf(code: number | null, signal: string | undefined): ShellEnd {
  if (signal)
    return { code: null, signal, message: `The shell was ended by signal ${signal.replace(/^SIG/, '')}.` };
  return { code, message: `The shell ended with exit code ${code}.` };
}

function lostText(cause: Error & Partial<ClientErrorExtensions>, target: ShellTarget): string {
  if (cause.level === 'client-timeout')
    return `The connection to ${target.hostname} was lost: it no longer answers keep-alive packets.`;
  return `The connection to ${target.hostname} was lost: ${cause.message}.`;
}

function refusalOf(
  cause: Error & Partial<ClientErrorExtensions>,
  stage: 'handshake' | 'authentication',
  target: ShellTarget,
): ShellRefusal {
  if (cause.level === 'client-socket')
    return new ShellRefusal(
      stage === 'handshake' ? 'unreachable' : 'authentication-failed',
      `${target.hostname} broke the connection off: ${cause.message}.`,
      cause,
    );
  if (stage === 'authentication')
    return new ShellRefusal(
      'authentication-failed',
      `${target.hostname} ended the sign-in: ${cause.message}.`,
      cause,
    );
  return new ShellRefusal(
    'protocol-error',
    `No SSH connection with ${target.hostname}: ${cause.message}.`,
    cause,
  );
}

/** Why signing in broke off without a word for the representative, in words for the log of the session. */
function lostRefusal(cause: unknown, target: ShellTarget): ShellRefusal {
  return new ShellRefusal('authentication-failed', `Signing in to ${target.hostname} broke off.`, cause);
}

function closedDuring(stage: 'handshake' | 'authentication', target: ShellTarget): ShellRefusal {
  return stage === 'handshake'
    ? new ShellRefusal('unreachable', `${target.hostname} closed the connection before signing in began.`)
    : new ShellRefusal(
        'authentication-failed',
        `${target.hostname} closed the connection: too many attempts, or too much time has passed.`,
      );
}

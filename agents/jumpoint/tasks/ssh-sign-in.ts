import ssh2, {
  type AnyAuthMethod,
  type AuthenticationType,
  type Client,
  type ClientErrorExtensions,
  type ParsedKey,
} from 'ssh2';
import type { RefusedAddress, ShellAccess } from '../../control-protocol.ts';
import type { CredentialPackage } from '../../credential-package.ts';
import { fingerprint, type HostKey, hostKey } from '../host-keys.ts';
import { SSH_ALGORITHMS } from '../ssh-algorithms.ts';
import { readPrivateKey } from '../ssh-private-key.ts';
import { dialTarget } from '../target-socket.ts';
import { TaskFailure, taskFailureOf } from './task-failure.ts';

/** How long a host may take from the connection to the end of the sign-in. */
const SIGN_IN_MS = 25_000;

export interface SshPlace {
  target: { hostname: string; port: number };
  access: ShellAccess;
  /** Asked when the target is dialled. */
  refused: () => readonly RefusedAddress[];
}

/** Kind and base64 of a host key, as known_hosts has them. */
export function hostKeyText({ algorithm, blob }: HostKey): string {
  return `${algorithm} ${blob.toString('base64')}`;
}

/**
 * Signs in with one secret to a host that must show one key; a sign-in that takes more than the secret is none. Fails
 * with `TaskFailure`: `authentication-failed` only when the host itself refused the secret, `host-key-changed` before
 * anything was sent, `lost` when the connection broke so that nobody knows.
 */
export async function sshSignIn(
  place: SshPlace,
  knownKey: string,
  username: string,
  credential: CredentialPackage,
  signal: AbortSignal,
): Promise<Client> {
  const known = Buffer.from(knownKey.split(' ')[1] ?? '', 'base64');
  const attempt = new SignInAttempt(place, username, credential);
  const client = await connect(place, knownKey.split(' ')[0] ?? '', signal, {
    judge: (blob) => {
      if (!blob.equals(known)) throw changedKey(place, known, blob);
    },
    next: (methods, partial) => attempt.next(methods, partial),
    explain: (cause) => attempt.explain(cause),
  });
  return client;
}

/** The host key the target shows to whoever asks. Nothing is sent to it beyond the key exchange. */
export async function scanHostKey(place: SshPlace, signal: AbortSignal): Promise<HostKey> {
  let seen: HostKey | undefined;
  const enough = new TaskFailure('lost', 'The key was seen.');
  try {
    const client = await connect(place, '', signal, {
      judge: (blob) => {
        seen = hostKey(blob);
        throw enough;
      },
      next: () => {
        throw enough;
      },
      explain: taskFailureOf,
    });
    client.end();
  } catch (cause) {
    if (cause !== enough) throw cause;
  }
  if (!seen) throw new TaskFailure('unsupported', `${place.target.hostname} showed no host key.`);
  return seen;
}

interface Judgement {
  /** Throws when the key is not the one. */
  judge(blob: Buffer): void;
  next(methods: AuthenticationType[] | null, partial: boolean): AnyAuthMethod;
  explain(cause: Error & Partial<ClientErrorExtensions>): TaskFailure;
}

async function connect(
  place: SshPlace,
  keyKind: string,
  signal: AbortSignal,
  judgement: Judgement,
): Promise<Client> {
  const rules = { access: place.access, refused: place.refused() };
  const socket = await dialTarget(place.target, rules, signal).catch((cause: unknown) => {
    throw signal.aborted ? tooLate(place) : taskFailureOf(cause);
  });
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (failure?: unknown) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      // Errors of a connection that is given up, or is watched by its user from here on.
      client.removeAllListeners('error').on('error', () => undefined);
      if (failure === undefined) {
        resolve(client);
        return;
      }
      client.end();
      socket.destroy();
      reject(failure);
    };
    const onAbort = () => settle(tooLate(place));
    const timer = setTimeout(onAbort, SIGN_IN_MS);
    signal.addEventListener('abort', onAbort);
    client.on('ready', () => settle());
    client.on('error', (cause) => settle(judgement.explain(cause)));
    client.on('close', () => settle(judgement.explain(new Error('it closed the connection'))));
    client.on('change password', () =>
      settle(
        new TaskFailure(
          'unsupported',
          `${place.target.hostname} wants a new password before it lets the account in.`,
        ),
      ),
    );
    client.connect({
      sock: socket,
      username: '',
      algorithms: { ...SSH_ALGORITHMS, serverHostKey: preferring(keyKind) },
      readyTimeout: 0,
      hostVerifier: (key: Buffer) => {
        try {
          judgement.judge(key);
          return true;
        } catch (failure) {
          settle(failure);
          return false;
        }
      },
      authHandler: (methods, partial, next) => {
        if (settled) return;
        try {
          next(judgement.next(methods, partial === true));
        } catch (failure) {
          settle(failure);
        }
      },
    });
    if (signal.aborted) onAbort();
  });
}

/** The kind of key that is known is asked for first, so that a host with several shows that one. */
function preferring(kind: string): typeof SSH_ALGORITHMS.serverHostKey {
  const isKnown = (name: string) => (name.startsWith('rsa-sha2') ? 'ssh-rsa' : name) === kind;
  return [...SSH_ALGORITHMS.serverHostKey].sort((a, b) => Number(isKnown(b)) - Number(isKnown(a)));
}

/** One secret, tried once by the one method that fits. */
class SignInAttempt {
  private readonly place: SshPlace;
  private readonly username: string;
  private readonly credential: CredentialPackage;
  private readonly key: ParsedKey | undefined;
  private tried: 'nothing' | 'none' | 'secret' = 'nothing';

  constructor(place: SshPlace, username: string, credential: CredentialPackage) {
    this.place = place;
    this.username = username;
    this.credential = credential;
    const { private_key: key, passphrase } = credential;
    const read = key === undefined ? undefined : readPrivateKey(key, passphrase);
    // The library passes over a key that it cannot read, which would look as if the host had refused it.
    if (typeof read === 'string') throw new TaskFailure('unsupported', read);
    this.key = read;
  }

  next(methods: AuthenticationType[] | null, partial: boolean): AnyAuthMethod {
    const { hostname } = this.place.target;
    if (partial)
      throw new TaskFailure(
        'unsupported',
        `${hostname} wants a further step to sign in, beside the ${this.noun()}.`,
      );
    if (this.tried === 'nothing') {
      this.tried = 'none';
      return { type: 'none', username: this.username };
    }
    if (this.tried === 'secret')
      throw new TaskFailure(
        'authentication-failed',
        `${hostname} does not accept the ${this.noun()} of ${this.username}.`,
      );
    this.tried = 'secret';
    return this.method(methods ?? []);
  }

  explain(cause: Error & Partial<ClientErrorExtensions>): TaskFailure {
    const { hostname } = this.place.target;
    const when = this.tried === 'secret' ? ' while it was judging the sign-in' : '';
    return new TaskFailure('lost', `The connection to ${hostname} broke${when}: ${cause.message}.`, {
      cause,
    });
  }

  private method(offered: AuthenticationType[]): AnyAuthMethod {
    const { username, key } = this;
    const { password } = this.credential;
    if (key !== undefined && offered.includes('publickey')) return { type: 'publickey', username, key };
    if (password !== undefined && offered.includes('password'))
      return { type: 'password', username, password };
    if (password !== undefined && offered.includes('keyboard-interactive')) return this.interactive(password);
    throw new TaskFailure(
      'unsupported',
      `${this.place.target.hostname} lets nobody sign in with a ${this.noun()} (it offers: ${offered.join(', ') || 'nothing'}).`,
    );
  }

  /** The first hidden question is for the password; whatever else is asked stays without an answer. */
  private interactive(password: string): AnyAuthMethod {
    let given = false;
    return {
      type: 'keyboard-interactive',
      username: this.username,
      prompt: (_name, _instructions, _language, prompts, finish) => {
        const answers = prompts.map(({ echo }) => {
          if (echo || given) return '';
          given = true;
          return password;
        });
        finish(answers);
      },
    };
  }

  private noun(): string {
    return this.credential.private_key === undefined ? 'password' : 'key';
  }
}

function changedKey(place: SshPlace, known: Buffer, shown: Buffer): TaskFailure {
  const { hostname, port } = place.target;
  const key = hostKey(shown);
  return new TaskFailure(
    'host-key-changed',
    `${hostname} port ${port} shows another host key than the one that is known. Known: ${fingerprint(known)}. ` +
      `Shown: ${key.algorithm} ${fingerprint(shown)}. Nothing was sent to it.`,
    { hostKey: hostKeyText(key) },
  );
}

function tooLate(place: SshPlace): TaskFailure {
  return new TaskFailure('lost', `${place.target.hostname} did not answer in time.`);
}

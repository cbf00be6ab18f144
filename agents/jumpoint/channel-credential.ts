import type { KeyObject } from 'node:crypto';
import {
  type CredentialPackage,
  channelCredentialContext,
  parseCredentialPackage,
} from '../credential-package.ts';
import type { ChannelCredential, InjectedCredential, InjectionRequest } from '../injection-protocol.ts';
import { unseal } from '../sealed-box.ts';
import { ShellRefusal } from './remote-shell.ts';

/** The server answers sooner, or ends the channel; this is for a server that does neither. */
const ANSWER_MS = 60_000;

/** A credential that the server holds ready for a jump. */
export interface CredentialSupply {
  /** What people read. */
  readonly name: string;
  /** The login name of the target was given by hand and stays. */
  readonly keepsUsername: boolean;
  /**
   * Asks for it, once, when it is needed and not before: from then on it counts as given out. Rejects with
   * `ShellRefusal`.
   */
  take(): Promise<CredentialPackage>;
  /** The target let the jump in with it. */
  used(): void;
  /** It was of no use. `reason` is for people and holds no secret. */
  failed(reason: string): void;
}

export interface ChannelCredentialOptions {
  order: ChannelCredential;
  channelId: string;
  /** X25519: what the credential was sealed for. */
  sealingKey: KeyObject;
  /** The channel is over. */
  signal: AbortSignal;
  send(request: InjectionRequest): void;
}

/** The credential of one channel, asked for and told about on its relay. It is not kept here. */
export class ChannelCredentialSupply implements CredentialSupply {
  readonly name: string;
  readonly keepsUsername: boolean;
  readonly #options: ChannelCredentialOptions;
  #waiting: { resolve(credential: CredentialPackage): void; reject(cause: unknown): void } | undefined;

  constructor(options: ChannelCredentialOptions) {
    this.#options = options;
    this.name = options.order.name;
    this.keepsUsername = options.order.keep_username;
  }

  async take(): Promise<CredentialPackage> {
    const { signal, send } = this.#options;
    signal.throwIfAborted();
    const answer = new Promise<CredentialPackage>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    const onAbort = () => this.#waiting?.reject(signal.reason);
    const timer = setTimeout(
      () => this.#waiting?.reject(unavailable('The server did not answer.')),
      ANSWER_MS,
    );
    signal.addEventListener('abort', onAbort);
    send({ t: 'credential-wanted' });
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      this.#waiting = undefined;
    }
  }

  /** What came over the relay. */
  receive({ sealed, username }: InjectedCredential): void {
    if (this.#waiting === undefined) return;
    try {
      this.#waiting.resolve(this.#open(sealed, username));
    } catch (cause) {
      const reason = 'What came was not sealed for this Jumpoint and this session, or is damaged.';
      this.failed(reason);
      this.#waiting.reject(unavailable(reason, cause));
    }
  }

  used(): void {
    this.#options.send({ t: 'credential-used', ok: true, reason: '' });
  }

  failed(reason: string): void {
    this.#options.send({ t: 'credential-used', ok: false, reason });
  }

  #open(sealed: string, username: string): CredentialPackage {
    const { sealingKey, channelId } = this.#options;
    const plain = unseal(sealingKey, channelCredentialContext(channelId), sealed);
    try {
      const credential = parseCredentialPackage(plain);
      return { ...credential, ...(username && !credential.username && { username }) };
    } finally {
      plain.fill(0);
    }
  }
}

function unavailable(reason: string, cause?: unknown): ShellRefusal {
  return new ShellRefusal('credential-unavailable', `The credential could not be given. ${reason}`, cause);
}

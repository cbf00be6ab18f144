import {
  ECM_PATH,
  ECM_SUBPROTOCOL,
  type EcmProgramMessage,
  type EcmServerMessage,
  ecmProgramText,
  MAX_ECM_BYTES,
  parseEcmServerMessage,
} from '../../agents/ecm-protocol.ts';
import { fittingFailure, replyToWire } from '../../agents/ecm-questions.ts';
import { hostFacts } from '../../agents/host-facts.ts';
import { CloseCode } from '../../agents/protocol.ts';
import { type ConnectionEnd, ServerConnection } from '../../agents/server-connection.ts';
import type { ServerDial } from '../../agents/server-dial.ts';
import type { EcmPlugin } from '../../appliance/ecm/ecm-host.ts';
import type { EcmIdentity } from './ecm-identity.ts';

type Told<T extends EcmServerMessage['t']> = Extract<EcmServerMessage, { t: T }>;

export interface EcmConnectionEvents {
  /** The server has proved who it is, and asks from now on. */
  welcome(welcome: Told<'welcome'>): void;
  /** The server has proved who it is; nothing is asked yet. */
  waiting(waiting: Told<'waiting'>): void;
  request(request: Told<'request'>): void;
  cancel(id: number): void;
}

const TOO_LONG = replyToWire(
  fittingFailure('plugin_failed', 'The answer of the credential manager is too long.'),
);

/** The control connection of an ECM host. */
export class EcmServerConnection extends ServerConnection {
  private readonly identity: EcmIdentity;
  private readonly version: string;
  private readonly plugins: () => EcmPlugin[];
  private readonly events: EcmConnectionEvents;

  constructor(
    options: {
      url: string;
      identity: EcmIdentity;
      version: string;
      /** As they are when the server asks who this is. */
      plugins: () => EcmPlugin[];
      dial: ServerDial;
      handshakeMs?: number | undefined;
    },
    events: EcmConnectionEvents,
  ) {
    super({
      kind: 'ecm',
      path: ECM_PATH,
      subprotocol: ECM_SUBPROTOCOL,
      maxPayload: MAX_ECM_BYTES,
      ...options,
    });
    this.identity = options.identity;
    this.version = options.version;
    this.plugins = options.plugins;
    this.events = events;
  }

  send(message: EcmProgramMessage): void {
    const text = ecmProgramText(message);
    // The server would end the connection over it.
    if (Buffer.byteLength(text) > MAX_ECM_BYTES && message.t === 'answer')
      this.send({ ...message, reply: TOO_LONG });
    else this.sendText(text);
  }

  protected override handle(data: Buffer): void {
    const message = parseEcmServerMessage(data);
    if (message.t === 'challenge') this.hello(message.nonce);
    else if (message.t === 'welcome' || message.t === 'waiting') this.placed(message);
    else if (!this.serverIsProved) throw new Error(`${message.t} before welcome`);
    else if (message.t === 'request') this.events.request(message);
    else this.events.cancel(message.id);
  }

  private hello(serverNonce: string): void {
    this.send({
      t: 'hello',
      ecm_host_id: this.identity.ecmHostId,
      ...this.answerChallenge(serverNonce),
      version: this.version,
      ...hostFacts(),
      plugins: this.plugins(),
    });
  }

  private placed(message: Told<'welcome'> | Told<'waiting'>): void {
    // The proof holds for the connection: it is checked with the first of these.
    if (!this.serverIsProved && !this.checkServer(message.signature, message.heartbeat_seconds)) return;
    if (message.t === 'welcome') this.events.welcome(message);
    else this.events.waiting(message);
  }
}

/** Whether dialling again soon is pointless: another program holds the key, or the server refuses it. */
export function isLasting(end: ConnectionEnd): boolean {
  return end.code === CloseCode.notEnrolled || end.code === CloseCode.replaced;
}

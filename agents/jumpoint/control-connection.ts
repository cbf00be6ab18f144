import { hostname, networkInterfaces } from 'node:os';
import { type RawData, WebSocket } from 'ws';
import {
  type ChannelOpen,
  type ProgramControlMessage,
  parseServerControlMessage,
  type RefusedAddress,
  type ServerControlMessage,
} from '../control-protocol.ts';
import { newNonce, serverSignatureIsValid, signAsProgram } from '../handshake.ts';
import { ABILITY_CREDENTIALS } from '../injection-protocol.ts';
import { CloseCode, JUMPOINT_PATH, JUMPOINT_SUBPROTOCOL, MAX_CONTROL_BYTES } from '../protocol.ts';
import type { JumpointIdentity } from './identity-store.ts';
import { type ServerDial, serverSocketOptions } from './server-dial.ts';

type Challenge = Extract<ServerControlMessage, { t: 'challenge' }>;
export type Welcome = Extract<ServerControlMessage, { t: 'welcome' }>;

/** How long dialling, challenge and welcome may take together. */
const HANDSHAKE_MS = 15_000;

export interface ControlEvents {
  /** The server has proved who it is. */
  welcome(welcome: Welcome): void;
  /** From now on these are never dialled, instead of those the welcome named. */
  refuse(addresses: RefusedAddress[]): void;
  open(open: ChannelOpen): void;
  close(channelId: string, reason: string): void;
}

export interface ConnectionEnd {
  /** A WebSocket close code; 1006 when the connection was lost. */
  code: number;
  reason: string;
}

/** One control connection, from dialling to its end. */
export class ControlConnection {
  private readonly socket: WebSocket;
  private readonly identity: JumpointIdentity;
  private readonly events: ControlEvents;
  private readonly version: string;
  private challenge: Challenge | undefined;
  private nonce = '';
  private welcomed = false;
  private alive = true;
  private heartbeat: NodeJS.Timeout | undefined;
  private readonly tooLate: NodeJS.Timeout;
  private failure: string | undefined;
  /** Resolves when the connection is over, however that came about. Never rejects. */
  readonly ended: Promise<ConnectionEnd>;

  constructor(
    url: string,
    identity: JumpointIdentity,
    version: string,
    dial: ServerDial,
    events: ControlEvents,
    handshakeMs = HANDSHAKE_MS,
  ) {
    this.identity = identity;
    this.events = events;
    this.version = version;
    const address = new URL(JUMPOINT_PATH, url);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    this.socket = new WebSocket(address, JUMPOINT_SUBPROTOCOL, serverSocketOptions(dial, MAX_CONTROL_BYTES));
    this.tooLate = setTimeout(() => this.fail('the server did not answer in time'), handshakeMs);
    this.ended = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        clearTimeout(this.tooLate);
        clearInterval(this.heartbeat);
        resolve({ code, reason: this.failure ?? (reason.toString() || 'the connection was lost') });
      });
    });
    this.socket.on('error', (cause) => {
      this.failure ??= cause.message;
    });
    this.socket.on('unexpected-response', (_request, response) => {
      response.resume();
      this.fail(`the server answered with status ${response.statusCode}`);
    });
    this.socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    this.socket.on('pong', () => {
      this.alive = true;
    });
    this.socket.on('ping', () => {
      this.alive = true;
    });
  }

  send(message: ProgramControlMessage): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  close(): void {
    this.socket.close(1001, 'the program stops');
    // A server that does not answer the close is not waited for.
    setTimeout(() => this.socket.terminate(), 2_000).unref();
  }

  private fail(reason: string): void {
    this.failure ??= reason;
    this.socket.terminate();
  }

  private receive(data: RawData, isBinary: boolean): void {
    this.alive = true;
    try {
      if (isBinary) throw new Error('a binary message');
      this.handle(parseServerControlMessage(data as Buffer));
    } catch (cause) {
      this.failure ??= `the server does not speak the protocol: ${(cause as Error).message}`;
      this.socket.close(1002, 'not the protocol');
    }
  }

  private handle(message: ServerControlMessage): void {
    if (message.t === 'challenge') this.answer(message);
    else if (message.t === 'welcome') this.welcome(message);
    else if (!this.welcomed) throw new Error(`${message.t} before welcome`);
    else if (message.t === 'refuse') this.events.refuse(message.refuse);
    else if (message.t === 'channel.open') this.events.open(message);
    else this.events.close(message.channel_id, message.reason);
  }

  private answer(challenge: Challenge): void {
    if (this.challenge) throw new Error('a second challenge');
    this.challenge = challenge;
    this.nonce = newNonce();
    this.send({
      t: 'hello',
      jumpoint_node_id: this.identity.jumpointNodeId,
      nonce: this.nonce,
      signature: signAsProgram(this.identity.identityKey, challenge.nonce, this.nonce),
      version: this.version,
      hostname: hostname().slice(0, 255),
      private_ip: privateAddress(),
      abilities: [ABILITY_CREDENTIALS],
    });
  }

  private welcome(welcome: Welcome): void {
    if (!this.challenge || this.welcomed) throw new Error('welcome out of turn');
    const pinned = Buffer.from(this.identity.serverKey, 'base64');
    if (!serverSignatureIsValid(pinned, welcome.signature, this.nonce, this.challenge.nonce)) {
      this.fail('the server does not hold the key that was pinned at enrolment');
      return;
    }
    this.welcomed = true;
    clearTimeout(this.tooLate);
    this.heartbeat = setInterval(() => this.beat(), welcome.heartbeat_seconds * 1000);
    this.events.welcome(welcome);
  }

  private beat(): void {
    if (!this.alive) {
      this.fail('the server no longer answers');
      return;
    }
    this.alive = false;
    this.socket.ping();
  }
}

/** Whether dialling again soon is pointless: another program holds the key, or the server refuses it. */
export function isLasting(end: ConnectionEnd): boolean {
  return (
    end.code === CloseCode.notEnrolled || end.code === CloseCode.replaced || end.code === CloseCode.disabled
  );
}

function privateAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outward = all.filter((one) => !one.internal && !one.address.startsWith('fe80:'));
  return (outward.find((one) => one.family === 'IPv4') ?? outward[0])?.address ?? '127.0.0.1';
}

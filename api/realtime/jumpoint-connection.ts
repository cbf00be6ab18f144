import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import {
  type ProgramControlMessage,
  parseProgramControlMessage,
  type RefusedAddress,
  type ServerControlMessage,
} from '../../agents/control-protocol.ts';
import { newNonce, programSignatureIsValid } from '../../agents/handshake.ts';
import { CloseCode, ProtocolError } from '../../agents/protocol.ts';
import type { ChannelOrder } from '../../appliance/sessions/channel-service.ts';
import type { EnrolledProgram } from '../../appliance/sessions/jumpoint-presence.ts';
import type { ServerIdentity } from './server-identity.ts';

const HANDSHAKE_MS = 10_000;

export interface ConnectionSettings {
  identity: ServerIdentity;
  nodeId: string;
  connectionId: string;
  /** Where the program dials from. */
  publicIp: string;
  heartbeatSeconds: number;
  urls: () => readonly string[];
  refuse: (builtIn: boolean) => RefusedAddress[];
  findProgram(id: number): Promise<EnrolledProgram | undefined>;
}

export interface ProgramFacts {
  hostname: string;
  privateIp: string;
  version: string;
}

export interface ConnectionEvents {
  /** The program has proved its key and was told so: it may be given channels. */
  welcomed(): void;
  refused(channelId: string, reason: string): void;
  closed(): void;
}

type Hello = Extract<ProgramControlMessage, { t: 'hello' }>;

/** One control socket, from the challenge to its end. */
export class JumpointConnection {
  readonly connectionId: string;
  readonly publicIp: string;
  /** Channel id to lsid of the channels this program was told to open. */
  readonly channels = new Map<string, string>();
  /** The enrolled program; 0 until it has proved its key. */
  programId = 0;
  /** What the program said of itself. */
  facts: ProgramFacts = { hostname: '', privateIp: '', version: '' };
  private readonly socket: WebSocket;
  private readonly settings: ConnectionSettings;
  private readonly events: ConnectionEvents;
  private readonly log: Logger;
  private readonly nonce = newNonce();
  private state: 'challenged' | 'checking' | 'welcomed' = 'challenged';
  private builtIn = false;
  private alive = true;
  private tooLate: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, settings: ConnectionSettings, events: ConnectionEvents, log: Logger) {
    this.socket = socket;
    this.settings = settings;
    this.events = events;
    this.log = log;
    this.connectionId = settings.connectionId;
    this.publicIp = settings.publicIp;
  }

  get isClosed(): boolean {
    return this.socket.readyState !== WebSocket.OPEN;
  }

  start(): void {
    this.tooLate = setTimeout(() => this.close(1002, 'no hello in time'), HANDSHAKE_MS);
    this.socket.on('close', () => {
      clearTimeout(this.tooLate);
      this.events.closed();
    });
    this.socket.on('pong', () => {
      this.alive = true;
    });
    this.socket.on('message', (data: Buffer, isBinary: boolean) => this.receive(data, isBinary));
    this.socket.resume();
    this.send({ t: 'challenge', nonce: this.nonce, node_id: this.settings.nodeId });
  }

  /** Sends a ping; a program that left the last one unanswered is cut off. */
  beat(): void {
    if (!this.alive) {
      this.socket.terminate();
      return;
    }
    this.alive = false;
    this.socket.ping();
  }

  /** Whether the program answers a ping within this time. */
  answers(milliseconds: number): Promise<boolean> {
    if (this.isClosed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), milliseconds);
      const settle = (answer: boolean) => {
        clearTimeout(timer);
        resolve(answer);
      };
      this.socket.once('pong', () => settle(true));
      this.socket.once('close', () => settle(false));
      this.socket.ping('still there?');
    });
  }

  openChannel(order: ChannelOrder): void {
    this.channels.set(order.channelId, order.lsid);
    const { access, target } = order;
    this.send({
      t: 'channel.open',
      channel_id: order.channelId,
      lsid: order.lsid,
      kind: 'terminal',
      relay_url: order.relayUrl,
      target,
      size: order.size,
      access: {
        mode: access.shellJumpAccess,
        ranges: access.shellJumpRanges,
        // Entries without a port stand for every port, so for the one asked for.
        provisioned: access.shellJumpProvisioned
          .filter(({ protocol }) => !protocol || protocol === target.protocol)
          .map(({ hostname, port }) => ({ hostname, port: port || target.port })),
      },
    });
  }

  /** Names anew what the program must never dial. */
  tellRefused(): void {
    this.send({ t: 'refuse', refuse: this.settings.refuse(this.builtIn) });
  }

  closeChannel(channelId: string): void {
    if (!this.channels.delete(channelId)) return;
    this.send({ t: 'channel.close', channel_id: channelId, reason: 'the session ended' });
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
    // A program that does not answer the close is not waited for.
    setTimeout(() => this.socket.terminate(), 2_000).unref();
  }

  private send(message: ServerControlMessage): void {
    if (!this.isClosed) this.socket.send(JSON.stringify(message));
  }

  private receive(data: Buffer, isBinary: boolean): void {
    this.alive = true;
    try {
      if (isBinary) throw new ProtocolError('A binary message is not part of the protocol.');
      const message = parseProgramControlMessage(data);
      if (message.t === 'hello') this.hello(message);
      else if (this.state === 'welcomed') this.events.refused(message.channel_id, message.reason);
      else throw new ProtocolError(`${message.t} came before hello.`);
    } catch (err) {
      this.log.warn({ err, jumpoint_node_id: this.programId }, 'a program does not speak the protocol');
      this.close(1002, 'not the protocol');
    }
  }

  private hello(hello: Hello): void {
    if (this.state !== 'challenged') throw new ProtocolError('A second hello.');
    this.state = 'checking';
    this.welcome(hello).catch((err: unknown) => {
      this.log.error({ err }, 'a Jumpoint could not be welcomed');
      this.close(1011, 'try again later');
    });
  }

  private async welcome(hello: Hello): Promise<void> {
    const program = await this.settings.findProgram(hello.jumpoint_node_id);
    if (
      !program ||
      !programSignatureIsValid(program.identityPublicKey, hello.signature, this.nonce, hello.nonce)
    ) {
      this.log.warn(
        { jumpoint_node_id: hello.jumpoint_node_id },
        'a program with an unknown or revoked key was refused',
      );
      this.close(CloseCode.notEnrolled, 'this key is not enrolled');
      return;
    }
    if (!program.enabled) {
      this.close(CloseCode.disabled, 'the Jumpoint is disabled');
      return;
    }
    this.programId = program.id;
    this.builtIn = program.builtIn;
    clearTimeout(this.tooLate);
    this.state = 'welcomed';
    this.send({
      t: 'welcome',
      signature: this.settings.identity.prove(hello.nonce, this.nonce),
      heartbeat_seconds: this.settings.heartbeatSeconds,
      urls: [...this.settings.urls()],
      refuse: this.settings.refuse(this.builtIn),
    });
    this.facts = { hostname: hello.hostname, privateIp: hello.private_ip, version: hello.version };
    this.events.welcomed();
  }
}

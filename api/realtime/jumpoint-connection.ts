import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import {
  type ProgramControlMessage,
  parseProgramControlMessage,
  type RefusedAddress,
  type ServerControlMessage,
} from '../../agents/control-protocol.ts';
import { CloseCode, ProtocolError } from '../../agents/protocol.ts';
import type { TaskMessage, TaskRun } from '../../agents/task-protocol.ts';
import type { ChannelOrder } from '../../appliance/sessions/channel-service.ts';
import type { EnrolledProgram } from '../../appliance/sessions/jumpoint-presence.ts';
import { ProgramConnection } from './program-connection.ts';
import type { ServerIdentity } from './server-identity.ts';
import { shellAccess } from './shell-access.ts';

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
  task(message: TaskMessage): void;
  closed(): void;
}

type Hello = Extract<ProgramControlMessage, { t: 'hello' }>;

/** The control socket of a Jumpoint program. */
export class JumpointConnection extends ProgramConnection {
  /** Channel id to lsid of the channels this program was told to open. */
  readonly channels = new Map<string, string>();
  /** What the program can do beyond the first version of the protocol. */
  abilities: ReadonlySet<string> = new Set();
  /** Tasks it was given on an earlier connection and will yet tell the end of. */
  openTasks: readonly string[] = [];
  /** The Jumpoint it is a program of; 0 until it has proved its key. */
  jumpointId = 0;
  /** X25519, raw: what is secret is sealed for it. */
  sealingPublicKey: Buffer = Buffer.alloc(0);
  /** What the program said of itself. */
  facts: ProgramFacts = { hostname: '', privateIp: '', version: '' };
  private readonly own: ConnectionSettings;
  private readonly events: ConnectionEvents;
  private state: 'challenged' | 'checking' | 'welcomed' = 'challenged';
  private builtIn = false;

  constructor(socket: WebSocket, settings: ConnectionSettings, events: ConnectionEvents, log: Logger) {
    super(socket, { kind: 'jumpoint', ...settings }, events, log);
    this.own = settings;
    this.events = events;
  }

  openChannel(order: ChannelOrder): void {
    this.channels.set(order.channelId, order.lsid);
    const { access, target, credential } = order;
    this.send({
      t: 'channel.open',
      channel_id: order.channelId,
      lsid: order.lsid,
      kind: 'terminal',
      relay_url: order.relayUrl,
      target,
      size: order.size,
      access: shellAccess(access, target),
      ...(credential && { credential: { name: credential.name, keep_username: credential.keepsUsername } }),
    });
  }

  runTask(task: TaskRun): void {
    this.send(task);
  }

  /** Names anew what the program must never dial. */
  tellRefused(): void {
    this.send({ t: 'refuse', refuse: this.own.refuse(this.builtIn) });
  }

  closeChannel(channelId: string): void {
    if (!this.channels.delete(channelId)) return;
    this.send({ t: 'channel.close', channel_id: channelId, reason: 'the session ended' });
  }

  protected override challenge(): void {
    this.send({ t: 'challenge', nonce: this.nonce, node_id: this.own.nodeId });
  }

  protected override handle(data: Buffer): void {
    const message = parseProgramControlMessage(data);
    if (message.t === 'hello') this.hello(message);
    else if (this.state !== 'welcomed') throw new ProtocolError(`${message.t} came before hello.`);
    else if (message.t === 'channel.refused') this.events.refused(message.channel_id, message.reason);
    else this.events.task(message);
  }

  private send(message: ServerControlMessage): void {
    this.sendText(JSON.stringify(message));
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
    const program = await this.own.findProgram(hello.jumpoint_node_id);
    if (!program || !this.isSigned(program.identityPublicKey, hello)) {
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
    this.builtIn = program.builtIn;
    this.jumpointId = program.jumpointId;
    this.sealingPublicKey = program.sealingPublicKey;
    this.state = 'welcomed';
    this.send({
      t: 'welcome',
      signature: this.prove(program.id, hello.nonce),
      heartbeat_seconds: this.own.heartbeatSeconds,
      urls: [...this.own.urls()],
      refuse: this.own.refuse(this.builtIn),
    });
    this.abilities = new Set(hello.abilities);
    this.openTasks = hello.tasks ?? [];
    this.facts = { hostname: hello.hostname, privateIp: hello.private_ip, version: hello.version };
    this.events.welcomed();
  }
}

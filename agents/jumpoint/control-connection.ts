import {
  type ChannelOpen,
  type ProgramControlMessage,
  parseServerControlMessage,
  type RefusedAddress,
  type ServerControlMessage,
} from '../control-protocol.ts';
import { hostFacts } from '../host-facts.ts';
import { ABILITY_CREDENTIALS } from '../injection-protocol.ts';
import { CloseCode, JUMPOINT_PATH, JUMPOINT_SUBPROTOCOL, MAX_CONTROL_BYTES } from '../protocol.ts';
import { type ConnectionEnd, ServerConnection } from '../server-connection.ts';
import type { ServerDial } from '../server-dial.ts';
import { ABILITY_TASKS, type TaskRun } from '../task-protocol.ts';
import type { JumpointIdentity } from './identity-store.ts';

export type Welcome = Extract<ServerControlMessage, { t: 'welcome' }>;

export interface ControlEvents {
  /** The server has proved who it is. */
  welcome(welcome: Welcome): void;
  /** From now on these are never dialled, instead of those the welcome named. */
  refuse(addresses: RefusedAddress[]): void;
  open(open: ChannelOpen): void;
  close(channelId: string, reason: string): void;
  task(task: TaskRun): void;
  /** Ids of tasks of which the end is yet to be told. */
  openTasks(): string[];
}

/** The control connection of a Jumpoint program. */
export class ControlConnection extends ServerConnection {
  private readonly jumpointNodeId: number;
  private readonly events: ControlEvents;
  private readonly version: string;

  constructor(
    url: string,
    identity: JumpointIdentity,
    version: string,
    dial: ServerDial,
    events: ControlEvents,
    handshakeMs?: number,
  ) {
    super({
      kind: 'jumpoint',
      url,
      path: JUMPOINT_PATH,
      subprotocol: JUMPOINT_SUBPROTOCOL,
      maxPayload: MAX_CONTROL_BYTES,
      identity,
      dial,
      handshakeMs,
    });
    this.jumpointNodeId = identity.jumpointNodeId;
    this.events = events;
    this.version = version;
  }

  send(message: ProgramControlMessage): void {
    this.sendText(JSON.stringify(message));
  }

  protected override handle(data: Buffer): void {
    const message = parseServerControlMessage(data);
    if (message.t === 'challenge') this.hello(message.nonce);
    else if (message.t === 'welcome') this.welcome(message);
    else if (!this.serverIsProved) throw new Error(`${message.t} before welcome`);
    else if (message.t === 'refuse') this.events.refuse(message.refuse);
    else if (message.t === 'channel.open') this.events.open(message);
    else if (message.t === 'task.run') this.events.task(message);
    else this.events.close(message.channel_id, message.reason);
  }

  private hello(serverNonce: string): void {
    this.send({
      t: 'hello',
      jumpoint_node_id: this.jumpointNodeId,
      ...this.answerChallenge(serverNonce),
      version: this.version,
      ...hostFacts(),
      abilities: [ABILITY_CREDENTIALS, ABILITY_TASKS],
      tasks: this.events.openTasks(),
    });
  }

  private welcome(welcome: Welcome): void {
    if (this.checkServer(welcome.signature, welcome.heartbeat_seconds)) this.events.welcome(welcome);
  }
}

/** Whether dialling again soon is pointless: another program holds the key, or the server refuses it. */
export function isLasting(end: ConnectionEnd): boolean {
  return (
    end.code === CloseCode.notEnrolled || end.code === CloseCode.replaced || end.code === CloseCode.disabled
  );
}

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { RefusedAddress } from '../../agents/control-protocol.ts';
import { ABILITY_CREDENTIALS } from '../../agents/injection-protocol.ts';
import { CloseCode, JUMPOINT_PATH, JUMPOINT_SUBPROTOCOL, MAX_CONTROL_BYTES } from '../../agents/protocol.ts';
import type { ChannelService } from '../../appliance/sessions/channel-service.ts';
import type { InjectionService } from '../../appliance/sessions/injection-service.ts';
import type { JumpointConnections } from '../../appliance/sessions/jumpoint-connections.ts';
import type { EnrolledProgram } from '../../appliance/sessions/jumpoint-presence.ts';
import type { NodeBus } from '../../appliance/sessions/node-bus.ts';
import { JumpointConnection } from './jumpoint-connection.ts';
import { JumpointTasks } from './jumpoint-tasks.ts';
import { PROGRAM_HEARTBEAT_SECONDS, ProgramRegistry } from './program-registry.ts';
import type { ServerIdentity } from './server-identity.ts';
import type { SocketOrigin, UpgradeRoute } from './upgrade-dispatcher.ts';

const MOST_SOCKETS = 12_000;

export interface JumpointHubDeps {
  connections: JumpointConnections;
  channels: ChannelService;
  injection: Pick<InjectionService, 'fail'>;
  identity: ServerIdentity;
  nodeId: string;
  /** Every URL the site can be reached under right now. */
  urls: () => readonly string[];
  /** What the built-in program of this process, and programs elsewhere, must never dial. */
  refuse: (builtIn: boolean) => RefusedAddress[];
  bus: NodeBus;
  log: Logger;
}

/** The control sockets of Jumpoint programs on this process. */
export class JumpointHub {
  readonly route: UpgradeRoute;
  /** Tasks for programs that are connected here. */
  readonly tasks: JumpointTasks;
  private readonly deps: JumpointHubDeps;
  private readonly log: Logger;
  private readonly programs: ProgramRegistry<JumpointConnection, EnrolledProgram>;
  /** Channels a Jumpoint was told to open, with their session once it is known. */
  private readonly opened = new Map<string, string>();
  private readonly subscriptions: (() => void)[] = [];
  private stopping = false;

  constructor(deps: JumpointHubDeps) {
    this.deps = deps;
    this.log = deps.log.child({ part: 'jumpoint hub' });
    const { connections, nodeId } = deps;
    this.programs = new ProgramRegistry(
      {
        label: 'Jumpoint',
        idName: 'jumpoint_node_id',
        changed: 'jumpoint_node.changed',
        find: (id) => connections.findProgram(id),
        enter: ({ programId, connectionId, publicIp, facts }) =>
          connections.connected({ jumpointNodeId: programId, nodeId, connectionId, publicIp, ...facts }),
        leave: (id, connectionId) => connections.disconnected(id, connectionId),
        flagClone: (id) => connections.flagClone(id),
        revoked: (id) => connections.endSessionsOfRevoked(id),
        compare: (connection, { enabled }) => {
          if (!enabled) connection.close(CloseCode.disabled, 'the Jumpoint is disabled');
        },
      },
      deps.bus,
      this.log,
    );
    this.tasks = new JumpointTasks(() => this.programs.connections());
    this.route = {
      path: JUMPOINT_PATH,
      subprotocol: JUMPOINT_SUBPROTOCOL,
      maxPayload: MAX_CONTROL_BYTES,
      callers: 'programs',
      limit: MOST_SOCKETS,
      accept: (socket, origin) => this.accept(socket, origin),
    };
  }

  get connectedCount(): number {
    return this.programs.count;
  }

  start(): void {
    const { bus, nodeId } = this.deps;
    this.programs.start();
    this.subscriptions.push(
      bus.subscribe('channel.open', (message) => {
        if (message.node_id === nodeId) this.ensureOpened(String(message.channel_id));
      }),
      bus.subscribe('jumpoint.changed', () => this.programs.run(this.sweep())),
      bus.subscribe('session.ended', ({ lsid }) => this.sessionEnded(String(lsid))),
    );
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.tasks.stop();
    for (const unsubscribe of this.subscriptions) unsubscribe();
    await this.programs.stop();
  }

  /** Closes every control socket; the programs dial again, here or at another process. */
  dropAll(): void {
    this.programs.dropAll();
  }

  /** The list of addresses never to dial has changed. */
  refusalsChanged(): void {
    for (const connection of this.programs.connections()) connection.tellRefused();
  }

  /** Tells the Jumpoint to open a channel, once. */
  ensureOpened(channelId: string): void {
    if (this.opened.has(channelId) || this.stopping) return;
    this.opened.set(channelId, '');
    this.programs.run(this.open(channelId));
  }

  /** Compares every connection with its enrolment. */
  async sweep(): Promise<void> {
    await this.programs.sweep();
  }

  private accept(socket: WebSocket, origin: SocketOrigin): void {
    const { connections, identity, nodeId, urls, refuse } = this.deps;
    const connection: JumpointConnection = new JumpointConnection(
      socket,
      {
        identity,
        nodeId,
        connectionId: randomUUID(),
        publicIp: origin.address,
        heartbeatSeconds: PROGRAM_HEARTBEAT_SECONDS,
        urls,
        refuse,
        findProgram: (id) => connections.findProgram(id),
      },
      {
        welcomed: () => {
          this.tasks.cameBack(connection.programId, connection.openTasks);
          this.programs.welcomed(connection);
        },
        refused: (channelId, reason) => this.programs.run(this.channelRefused(connection, channelId, reason)),
        task: (message) => this.tasks.hear(connection.programId, message),
        closed: () => this.programs.closed(connection),
      },
      this.log,
    );
    this.programs.accept(connection);
  }

  private async open(channelId: string): Promise<void> {
    const { channels, injection } = this.deps;
    const order = await channels.orderFor(channelId);
    if (!order) {
      this.opened.delete(channelId);
      return;
    }
    this.opened.set(channelId, order.lsid);
    const connection = this.programs.find(order.jumpointNodeId);
    if (!connection) {
      await channels.end(order.lsid, 'jumpoint_lost');
      return;
    }
    if (order.credential !== undefined && !connection.abilities.has(ABILITY_CREDENTIALS)) {
      await injection.fail(order.lsid, 'The Jumpoint program is too old to be given credentials: update it.');
      await channels.end(order.lsid, 'credential_unavailable');
      return;
    }
    connection.openChannel(order);
  }

  private async channelRefused(
    connection: JumpointConnection,
    channelId: string,
    reason: string,
  ): Promise<void> {
    const lsid = connection.channels.get(channelId);
    // A program may speak only of its own channels.
    if (!lsid) return;
    this.log.warn({ lsid, channel_id: channelId, reason }, 'the Jumpoint refused a channel');
    await this.deps.channels.end(lsid, 'jumpoint_lost');
  }

  private sessionEnded(lsid: string): void {
    for (const [channelId, owner] of this.opened) {
      if (owner !== lsid) continue;
      this.opened.delete(channelId);
      for (const connection of this.programs.connections()) connection.closeChannel(channelId);
    }
  }
}

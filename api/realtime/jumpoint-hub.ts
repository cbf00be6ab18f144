import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { RefusedAddress } from '../../agents/control-protocol.ts';
import { CloseCode, JUMPOINT_PATH, JUMPOINT_SUBPROTOCOL, MAX_CONTROL_BYTES } from '../../agents/protocol.ts';
import type { ChannelService } from '../../appliance/sessions/channel-service.ts';
import type { JumpointConnections } from '../../appliance/sessions/jumpoint-connections.ts';
import type { BusMessage, NodeBus } from '../../appliance/sessions/node-bus.ts';
import { JumpointConnection } from './jumpoint-connection.ts';
import type { ServerIdentity } from './server-identity.ts';
import type { SocketOrigin, UpgradeRoute } from './upgrade-dispatcher.ts';

const HEARTBEAT_SECONDS = 10;
/** Hints over the bus may be lost, so every connection is compared with its enrolment now and then. */
const SWEEP_MS = 15_000;
const CLONE_PROBE_MS = 3_000;
const MOST_SOCKETS = 12_000;

export interface JumpointHubDeps {
  connections: JumpointConnections;
  channels: ChannelService;
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
  private readonly deps: JumpointHubDeps;
  private readonly log: Logger;
  /** By Jumpoint node: the connection that counts. */
  private readonly connected = new Map<number, JumpointConnection>();
  private readonly handshaking = new Set<JumpointConnection>();
  /** Channels a Jumpoint was told to open, with their session once it is known. */
  private readonly opened = new Map<string, string>();
  private readonly work = new Set<Promise<unknown>>();
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly subscriptions: (() => void)[] = [];
  private stopping = false;

  constructor(deps: JumpointHubDeps) {
    this.deps = deps;
    this.log = deps.log.child({ part: 'jumpoint hub' });
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
    return this.connected.size;
  }

  start(): void {
    const { bus, nodeId } = this.deps;
    this.timers.push(
      setInterval(() => {
        for (const connection of this.connected.values()) connection.beat();
      }, HEARTBEAT_SECONDS * 1000),
      setInterval(() => this.run(this.sweep()), SWEEP_MS),
    );
    this.subscriptions.push(
      bus.subscribe('channel.open', (message) => {
        if (message.node_id === nodeId) this.ensureOpened(String(message.channel_id));
      }),
      bus.subscribe('jumpoint_node.changed', (message) => this.run(this.programChanged(message))),
      bus.subscribe('jumpoint.changed', () => this.run(this.sweep())),
      bus.subscribe('session.ended', ({ lsid }) => this.sessionEnded(String(lsid))),
    );
  }

  async stop(): Promise<void> {
    this.stopping = true;
    for (const timer of this.timers) clearInterval(timer);
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.dropAll();
    await Promise.allSettled(this.work);
  }

  /** Closes every control socket; the programs dial again, here or at another process. */
  dropAll(): void {
    for (const connection of [...this.connected.values(), ...this.handshaking]) {
      connection.close(1001, 'this server process stops');
    }
  }

  /** The list of addresses never to dial has changed. */
  refusalsChanged(): void {
    for (const connection of this.connected.values()) connection.tellRefused();
  }

  /** Tells the Jumpoint to open a channel, once. */
  ensureOpened(channelId: string): void {
    if (this.opened.has(channelId) || this.stopping) return;
    this.opened.set(channelId, '');
    this.run(this.open(channelId));
  }

  /** Compares every connection with its enrolment: revoked, disabled and replaced ones are closed, forgotten ones entered. */
  async sweep(): Promise<void> {
    for (const programId of [...this.connected.keys()]) await this.check(programId);
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
        heartbeatSeconds: HEARTBEAT_SECONDS,
        urls,
        refuse,
        findProgram: (id) => connections.findProgram(id),
      },
      {
        welcomed: () => this.welcomed(connection),
        refused: (channelId, reason) => this.run(this.channelRefused(connection, channelId, reason)),
        closed: () => this.closed(connection),
      },
      this.log,
    );
    this.handshaking.add(connection);
    connection.start();
  }

  private welcomed(connection: JumpointConnection): void {
    const { programId } = connection;
    const before = this.connected.get(programId);
    this.handshaking.delete(connection);
    this.connected.set(programId, connection);
    this.log.info({ jumpoint_node_id: programId }, 'Jumpoint connected');
    this.run(this.enter(connection, before));
  }

  private async enter(connection: JumpointConnection, before: JumpointConnection | undefined): Promise<void> {
    await this.markConnected(connection);
    if (before) await this.replaced(before);
    // Another process may hold the earlier connection of this key.
    const { programId, connectionId } = connection;
    await this.deps.bus.publish('jumpoint_node.changed', {
      jumpoint_node_id: programId,
      connection_id: connectionId,
    });
  }

  private async markConnected(connection: JumpointConnection): Promise<void> {
    const { connections, nodeId } = this.deps;
    const { programId, connectionId, publicIp, facts } = connection;
    await connections.connected({ jumpointNodeId: programId, nodeId, connectionId, publicIp, ...facts });
    if (connection.isClosed) await connections.disconnected(programId, connectionId);
  }

  private closed(connection: JumpointConnection): void {
    this.handshaking.delete(connection);
    const { programId, connectionId } = connection;
    if (this.connected.get(programId) !== connection) return;
    this.connected.delete(programId);
    this.log.info({ jumpoint_node_id: programId }, 'Jumpoint disconnected');
    this.run(this.deps.connections.disconnected(programId, connectionId));
  }

  private async programChanged(message: BusMessage): Promise<void> {
    const programId = Number(message.jumpoint_node_id);
    const connection = this.connected.get(programId);
    if (connection && connection.connectionId === message.connection_id) return;
    await this.check(programId);
  }

  private async check(programId: number): Promise<void> {
    const program = await this.deps.connections.findProgram(programId);
    const connection = this.connected.get(programId);
    if (!program) {
      connection?.close(CloseCode.notEnrolled, 'the key of this program was revoked');
      await this.deps.connections.endSessionsOfRevoked(programId);
      return;
    }
    if (!connection) return;
    if (!program.enabled) connection.close(CloseCode.disabled, 'the Jumpoint is disabled');
    // Entering it may have failed, or it came back while this process was taken for dead.
    else if (!program.connection) await this.markConnected(connection);
    else if (program.connection.connectionId !== connection.connectionId) await this.replaced(connection);
  }

  /**
   * A newer connection uses the same key. When the older one still answers, two programs hold the key; when it does
   * not, it was the same program before its network broke.
   */
  private async replaced(older: JumpointConnection): Promise<void> {
    if (await older.answers(CLONE_PROBE_MS)) await this.deps.connections.flagClone(older.programId);
    older.close(CloseCode.replaced, 'the same key connected again');
  }

  private async open(channelId: string): Promise<void> {
    const { channels } = this.deps;
    const order = await channels.orderFor(channelId);
    if (!order) {
      this.opened.delete(channelId);
      return;
    }
    this.opened.set(channelId, order.lsid);
    const connection = this.connected.get(order.jumpointNodeId);
    if (!connection) {
      await channels.end(order.lsid, 'jumpoint_lost');
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
      for (const connection of this.connected.values()) connection.closeChannel(channelId);
    }
  }

  private run(work: Promise<unknown>): void {
    const settled = work
      .catch((err: unknown) => this.log.error({ err }, 'a step of the Jumpoint hub failed'))
      .finally(() => this.work.delete(settled));
    this.work.add(settled);
  }
}

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { ECM_PATH, ECM_SUBPROTOCOL, MAX_ECM_BYTES } from '../../agents/ecm-protocol.ts';
import { CloseCode } from '../../agents/protocol.ts';
import type { EcmConnections } from '../../appliance/ecm/ecm-connections.ts';
import type { EnrolledEcmHost, ServingEcmHost } from '../../appliance/ecm/ecm-presence.ts';
import type { EcmQuestion, EcmReply } from '../../appliance/ecm/ecm-question.ts';
import { LOST, type LocalEcmHosts } from '../../appliance/ecm/ecm-switchboard.ts';
import type { NodeBus } from '../../appliance/sessions/node-bus.ts';
import { EcmHostConnection } from './ecm-connection.ts';
import { PROGRAM_HEARTBEAT_SECONDS, ProgramRegistry } from './program-registry.ts';
import type { ServerIdentity } from './server-identity.ts';
import type { SocketOrigin, UpgradeRoute } from './upgrade-dispatcher.ts';

/** Far more than hosts that may be kept: strangers who prove nothing hold a socket for seconds. */
const MOST_SOCKETS = 2_000;
/** A host that tells of its plug-ins again and again is written down once in this time. */
const WRITE_PLUGINS_MS = 1_000;

export interface EcmHubDeps {
  connections: EcmConnections;
  identity: ServerIdentity;
  nodeId: string;
  /** Every URL the site can be reached under right now. */
  urls: () => readonly string[];
  bus: NodeBus;
  log: Logger;
}

/** The control sockets of ECM hosts on this process. */
export class EcmHub implements LocalEcmHosts {
  readonly route: UpgradeRoute;
  private readonly deps: EcmHubDeps;
  private readonly log: Logger;
  private readonly hosts: ProgramRegistry<EcmHostConnection, EnrolledEcmHost>;
  private readonly pluginsToWrite = new Map<EcmHostConnection, NodeJS.Timeout>();
  private subscriptions: (() => void)[] = [];

  constructor(deps: EcmHubDeps) {
    this.deps = deps;
    this.log = deps.log.child({ part: 'ecm hub' });
    const { connections } = deps;
    this.hosts = new ProgramRegistry(
      {
        label: 'ECM host',
        idName: 'ecm_host_id',
        changed: 'ecm_host.changed',
        find: (id) => connections.findHost(id),
        enter: (connection) => this.enter(connection),
        leave: (id, connectionId) => connections.leave(id, connectionId),
        flagClone: (id) => connections.flagClone(id),
        compare: async (connection) => {
          if (connection.place !== 'asked') await this.enter(connection);
        },
      },
      deps.bus,
      this.log,
    );
    this.route = {
      path: ECM_PATH,
      subprotocol: ECM_SUBPROTOCOL,
      maxPayload: MAX_ECM_BYTES,
      callers: 'programs',
      limit: MOST_SOCKETS,
      accept: (socket, origin) => this.accept(socket, origin),
    };
  }

  /** Hosts connected to this process, those that wait included. */
  get count(): number {
    return this.hosts.count;
  }

  /** Those that are asked. */
  get askedCount(): number {
    return this.hosts.connections().filter(({ place }) => place === 'asked').length;
  }

  async ask(
    { id, connectionId }: Pick<ServingEcmHost, 'id' | 'connectionId'>,
    question: EcmQuestion,
    options: { timeMs: number; signal: AbortSignal },
  ): Promise<EcmReply> {
    const connection = this.hosts.find(id);
    return connection?.connectionId === connectionId ? await connection.ask(question, options) : LOST;
  }

  start(): void {
    const { bus } = this.deps;
    this.hosts.start();
    this.subscriptions = [
      bus.subscribe('ecm_host.changed', () => this.makeRoom()),
      bus.subscribe('node.gone', () => this.makeRoom()),
    ];
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    for (const timer of this.pluginsToWrite.values()) clearTimeout(timer);
    await this.hosts.stop();
  }

  /** Closes every control socket; the hosts dial again, here or at another process. */
  dropAll(): void {
    this.hosts.dropAll();
  }

  /** Compares every connection with its enrolment. */
  async sweep(): Promise<void> {
    await this.hosts.sweep();
  }

  private accept(socket: WebSocket, origin: SocketOrigin): void {
    const { connections, identity, nodeId, urls } = this.deps;
    const connection: EcmHostConnection = new EcmHostConnection(
      socket,
      {
        identity,
        nodeId,
        connectionId: randomUUID(),
        publicIp: origin.address,
        heartbeatSeconds: PROGRAM_HEARTBEAT_SECONDS,
        urls,
        findHost: (id) => connections.findHost(id),
      },
      {
        proved: () => this.hosts.welcomed(connection),
        pluginsChanged: () => this.pluginsChanged(connection),
        closed: () => {
          clearTimeout(this.pluginsToWrite.get(connection));
          this.pluginsToWrite.delete(connection);
          this.hosts.closed(connection);
        },
      },
      this.log,
    );
    this.hosts.accept(connection);
  }

  private async enter(connection: EcmHostConnection): Promise<void> {
    const { connections, nodeId } = this.deps;
    const { programId, connectionId, publicIp, facts, place } = connection;
    try {
      const entered = await connections.enter({
        ecmHostId: programId,
        nodeId,
        connectionId,
        publicIp,
        ...facts,
      });
      if (entered === 'gone') connection.close(CloseCode.notEnrolled, 'the key of this program was revoked');
      else connection.tellPlace(entered.waitsFor);
    } catch (err) {
      // It was told nothing yet, and nothing would tell it soon.
      if (place === undefined) connection.close(1011, 'try again later');
      throw err;
    }
    if (connection.place !== place) {
      this.log.info({ ecm_host_id: programId, place: connection.place }, 'place of an ECM host');
    }
  }

  /** A host has gone, wherever it was: one that waits for its place may come in. */
  private makeRoom(): void {
    for (const connection of this.hosts.connections()) {
      if (connection.place === 'room') this.hosts.run(this.enter(connection));
    }
  }

  private pluginsChanged(connection: EcmHostConnection): void {
    if (this.pluginsToWrite.has(connection)) return;
    const write = () => {
      this.pluginsToWrite.delete(connection);
      const { programId, connectionId, facts } = connection;
      this.hosts.run(this.deps.connections.pluginsChanged(programId, connectionId, facts.plugins));
    };
    this.pluginsToWrite.set(connection, setTimeout(write, WRITE_PLUGINS_MS));
  }
}

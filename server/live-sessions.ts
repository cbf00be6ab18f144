import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { channelCredentialContext } from '../agents/credential-package.ts';
import type { SiteOrigins } from '../api/access/site-origins.ts';
import type { TrustedProxies } from '../api/http/client-address.ts';
import { JumpointHub } from '../api/realtime/jumpoint-hub.ts';
import { realtimeMetrics } from '../api/realtime/realtime-metrics.ts';
import { ApplianceDoors, listenerOf, type OwnListener } from '../api/realtime/refused-addresses.ts';
import { RelayHub } from '../api/realtime/relay-hub.ts';
import { ServerIdentity } from '../api/realtime/server-identity.ts';
import { UpgradeDispatcher } from '../api/realtime/upgrade-dispatcher.ts';
import type { CredentialEvents } from '../appliance/access/credential-events.ts';
import { systemClock } from '../appliance/clock.ts';
import { TicketCheck, type TicketSystem } from '../appliance/jump/ticket-check.ts';
import { ChannelService } from '../appliance/sessions/channel-service.ts';
import { CredentialReleases } from '../appliance/sessions/credential-releases.ts';
import { InjectionService } from '../appliance/sessions/injection-service.ts';
import { JumpointConnections } from '../appliance/sessions/jumpoint-connections.ts';
import { NodeLease } from '../appliance/sessions/node-lease.ts';
import { NodeReaper } from '../appliance/sessions/node-reaper.ts';
import { SessionDeadlines } from '../appliance/sessions/session-deadlines.ts';
import { SessionLifecycle } from '../appliance/sessions/session-lifecycle.ts';
import { SessionService } from '../appliance/sessions/session-service.ts';
import { SessionStart } from '../appliance/sessions/session-start.ts';
import type { SiteSettingsSource } from '../appliance/settings/site-settings.ts';
import type { SiteKey } from '../appliance/site-key.ts';
import type { Stores, UnitOfWork } from '../appliance/stores.ts';
import type { CredentialSource } from '../appliance/vault/credential-source.ts';
import { CredentialSources } from '../appliance/vault/credential-sources.ts';
import type { HostTasks } from '../appliance/vault/rotation/host-tasks.ts';
import type { Config } from '../config.ts';
import { expireAccess } from '../cron/expire-access.ts';
import { expireAssertions } from '../cron/expire-assertions.ts';
import { expireTickets } from '../cron/expire-tickets.ts';
import type { Job } from '../cron/job.ts';
import { JobRunner } from '../cron/job-runner.ts';
import { makePartitions } from '../cron/make-partitions.ts';
import { reapNodes } from '../cron/reap-nodes.ts';
import { releaseCredentials } from '../cron/release-credentials.ts';
import { sessionDeadlines } from '../cron/session-deadlines.ts';
import { DirectoryRecordingStore } from '../integrations/files/directory-recording-store.ts';
import { PgExpiredAccess } from '../schema/access/pg-expired-access.ts';
import { PgJobLock } from '../schema/node-bus/pg-job-lock.ts';
import { PgLeaseNodes } from '../schema/node-bus/pg-lease-nodes.ts';
import type { PgNodeBus } from '../schema/node-bus/pg-node-bus.ts';
import type { DatabaseAddress, SqlPool } from '../schema/sql.ts';
import { LiveEcm } from './live-ecm.ts';

export interface LiveSessionsOptions {
  config: Config;
  siteKey: SiteKey;
  /** Fingerprints of the vault keys this process has by now. */
  vaultKeys: () => string[];
  database: DatabaseAddress;
  sql: SqlPool;
  stores: Stores;
  unitOfWork: UnitOfWork;
  settings: SiteSettingsSource;
  ticketSystem: TicketSystem;
  /** Where credentials come from beside the credential managers. */
  credentialSources: readonly CredentialSource[];
  bus: PgNodeBus;
  credentialEvents: CredentialEvents;
  trustsProxy: TrustedProxies;
  /** Makes the partitions of the months ahead, as the owner of the database. */
  makePartitionsAhead(): Promise<string[]>;
  /** Of other parts of the server. */
  jobs: readonly Job[];
  metrics: Registry;
  log: Logger;
}

/** How long sockets may take to answer the goodbye of a stopping server. */
const GOODBYE_MS = 1_500;
/** How long a process that came, or a name that moved, may go unnoticed by Jumpoints. */
const LOOK_AT_DOORS_MS = 5_000;

/** The part of the server that lives beyond a request: sessions, relays, Jumpoint connections, jobs, the lease. */
export class LiveSessions {
  readonly identity: ServerIdentity;
  readonly sessions: SessionService;
  readonly sessionStart: SessionStart;
  readonly connections: JumpointConnections;
  readonly recordings: DirectoryRecordingStore;
  readonly ecm: LiveEcm;
  readonly credentials: CredentialSources;
  /** The names this site answers to, live processes included. */
  readonly site: SiteOrigins;
  private readonly options: LiveSessionsOptions;
  private readonly leaseNodes: PgLeaseNodes;
  private readonly lease: NodeLease;
  private readonly reaper: NodeReaper;
  private readonly releases: CredentialReleases;
  private readonly relay: RelayHub;
  private readonly jumpoints: JumpointHub;
  private readonly dispatcher: UpgradeDispatcher;
  private readonly jobs: JobRunner;
  private readonly jobLock: PgJobLock;
  private readonly doors: ApplianceDoors;
  private ownListener: OwnListener | undefined;
  private doorTimer: NodeJS.Timeout | undefined;

  constructor(options: LiveSessionsOptions) {
    this.options = options;
    const { config, siteKey, stores, unitOfWork, settings, bus, log } = options;
    const onError = (err: unknown) => log.warn({ err }, 'a step between server processes failed');
    const clock = systemClock;
    const lifecycle = new SessionLifecycle({ unitOfWork, bus, onError });
    this.leaseNodes = new PgLeaseNodes(options.database);
    this.lease = new NodeLease({
      nodes: this.leaseNodes,
      nodeUrl: config.nodeUrl,
      hostname: hostname(),
      vaultKeys: options.vaultKeys,
      letGo: () => {
        log.error('the lease of this process ran out: what it carries ends');
        this.relay.dropAll();
        this.jumpoints.dropAll();
        this.ecm.hub.dropAll();
      },
      reconnect: () => this.leaseNodes.reconnect(),
      clearUp: async () => void (await this.reaper.clearUp(this.lease.id)),
      regained: () => this.compare(),
      onError,
    });
    this.site = { publicOrigin: config.publicUrl, nodeOrigins: () => this.lease.origins() };
    this.identity = new ServerIdentity(siteKey);
    this.recordings = new DirectoryRecordingStore({
      directory: config.recordingsDir,
      wrappingKey: siteKey.derive('recordings'),
    });
    this.reaper = new NodeReaper({
      stores,
      unitOfWork,
      lifecycle,
      recordings: this.recordings,
      onError: (err) => log.warn({ err }, 'the size of a lost recording could not be found out'),
    });
    this.ecm = new LiveEcm({
      stores,
      unitOfWork,
      bus,
      identity: this.identity,
      siteKey,
      publicUrl: config.publicUrl,
      clock,
      nodeId: this.lease.id,
      urls: () => this.urls(),
      metrics: options.metrics,
      log,
    });
    this.credentials = new CredentialSources([...options.credentialSources, this.ecm.source]);
    this.connections = new JumpointConnections({ stores, unitOfWork, lifecycle });
    this.sessions = new SessionService({ stores, unitOfWork, lifecycle, recordings: this.recordings });
    this.sessionStart = new SessionStart({
      stores,
      unitOfWork,
      lifecycle,
      settings,
      recordings: this.recordings,
      ticketCheck: new TicketCheck({ ticketSystem: options.ticketSystem, auditLog: stores.auditLog }),
      credentials: this.credentials,
      endpointHandles: this.ecm.endpointHandles,
      clock,
    });
    const channels = new ChannelService({
      stores,
      unitOfWork,
      lifecycle,
      settings,
      clock,
      nodeId: this.lease.id,
      nodeUrl: config.nodeUrl,
    });
    const injection = new InjectionService({
      stores,
      unitOfWork,
      credentials: this.credentials,
      sealingContext: channelCredentialContext,
      onError: (err) => log.warn({ err }, 'a credential could not be given'),
    });
    this.releases = new CredentialReleases({
      stores,
      unitOfWork,
      credentials: this.credentials,
      injection,
      onError: (err, about) => log.warn({ err, ...about }, 'a credential could not be given back'),
    });
    this.doors = new ApplianceDoors({
      listeners: () => this.listeners(),
      changed: () => this.jumpoints.refusalsChanged(),
    });
    this.jumpoints = new JumpointHub({
      connections: this.connections,
      channels,
      injection,
      identity: this.identity,
      nodeId: this.lease.id,
      urls: () => this.urls(),
      refuse: (builtIn) => this.doors.refused(builtIn),
      bus,
      log,
    });
    this.relay = new RelayHub({
      channels,
      injection,
      sessions: stores.sessions,
      recordings: this.recordings,
      settings,
      bus,
      credentialEvents: options.credentialEvents,
      log,
      ensureOpened: (channelId) => this.jumpoints.ensureOpened(channelId),
    });
    this.dispatcher = new UpgradeDispatcher({
      routes: [this.jumpoints.route, this.relay.route, this.ecm.hub.route],
      site: this.site,
      trustsProxy: options.trustsProxy,
      log,
    });
    realtimeMetrics(options.metrics, { relay: this.relay, jumpoints: this.jumpoints });
    this.jobLock = new PgJobLock(options.database);
    this.jobs = new JobRunner(
      [
        reapNodes(this.reaper),
        sessionDeadlines(new SessionDeadlines({ stores, unitOfWork, lifecycle, clock })),
        releaseCredentials(this.releases),
        expireTickets(stores.relayTickets),
        expireAssertions(stores),
        expireAccess(new PgExpiredAccess(options.sql)),
        makePartitions(() => options.makePartitionsAhead()),
        ...this.ecm.jobs,
        ...options.jobs,
      ],
      this.jobLock,
      log,
    );
  }

  /** Work on hosts, done by the Jumpoint programs that are connected to this process. */
  get hostTasks(): HostTasks {
    return this.jumpoints.tasks;
  }

  /** This process, among those of the site. */
  get nodeId(): string {
    return this.lease.id;
  }

  /** Every URL programs can reach the site under right now, the public one first. */
  urls(): string[] {
    return [...new Set([this.options.config.publicUrl, ...this.lease.origins()])];
  }

  /** Before the server listens: hears the others and is known to them. */
  async prepare(): Promise<void> {
    const { bus } = this.options;
    await bus.start();
    await this.lease.start();
    this.relay.start();
    this.jumpoints.start();
    this.ecm.start();
    bus.onGap(() => this.compare());
    bus.subscribe('session.ended', () => this.releases.wake());
  }

  /** Every door of the appliance: this process, the other ones, what stands before them, and the databases. */
  private listeners(): OwnListener[] {
    const { databaseUrl, databaseOwnerUrl } = this.options.config;
    const urls = [...this.urls(), databaseUrl, databaseOwnerUrl];
    return [this.ownListener, ...urls.map((url) => url && listenerOf(url))].filter(
      (listener) => listener !== undefined && listener !== '',
    );
  }

  /** What is open here with what the database says: hints may have been missed. */
  private compare(): void {
    const { log } = this.options;
    this.relay.compare().catch((err: unknown) => log.warn({ err }, 'open channels were not compared'));
    for (const hub of [this.jumpoints, this.ecm.hub]) {
      hub.sweep().catch((err: unknown) => log.warn({ err }, 'programs were not compared'));
    }
  }

  /** Once the server listens. */
  async start(server: Server): Promise<void> {
    this.ownListener = ownAddress(server);
    await this.doors.refresh();
    this.doorTimer = setInterval(() => void this.doors.refresh(), LOOK_AT_DOORS_MS);
    this.dispatcher.attach(server);
    this.jobs.start();
  }

  /** Ends what this process carries and says goodbye on every socket. */
  async stop(): Promise<void> {
    clearInterval(this.doorTimer);
    this.ecm.stopAsking();
    await this.jobs.stop();
    this.lease.retire();
    await this.reaper.clearUp(this.lease.id);
    await this.reaper.stop();
    await this.releases.stop();
    await Promise.all([
      this.relay.stop(),
      this.jumpoints.stop(),
      this.ecm.stop(),
      this.dispatcher.stop(GOODBYE_MS),
    ]);
  }

  /** Once no request is running any more: gives the lease back and leaves the bus. */
  async close(): Promise<void> {
    await this.lease.stop();
    await Promise.all([this.leaseNodes.close(), this.jobLock.close()]);
    await this.options.bus.close();
  }
}

function ownAddress(server: Server): OwnListener {
  const { address, port } = server.address() as AddressInfo;
  return { host: address, port };
}

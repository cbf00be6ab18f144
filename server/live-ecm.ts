import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { EcmHub } from '../api/realtime/ecm-hub.ts';
import { ecmMetrics } from '../api/realtime/ecm-metrics.ts';
import type { ServerIdentity } from '../api/realtime/server-identity.ts';
import type { Clock } from '../appliance/clock.ts';
import { EcmConnections } from '../appliance/ecm/ecm-connections.ts';
import { EcmCredentialSource } from '../appliance/ecm/ecm-credential-source.ts';
import { EcmEndpointHandles } from '../appliance/ecm/ecm-endpoint-handles.ts';
import { EcmEndpointService } from '../appliance/ecm/ecm-endpoint-service.ts';
import { EcmExchange } from '../appliance/ecm/ecm-exchange.ts';
import { busEcmHints } from '../appliance/ecm/ecm-hints.ts';
import { EcmHostService } from '../appliance/ecm/ecm-host-service.ts';
import { EcmNoticeWorker } from '../appliance/ecm/ecm-notice-worker.ts';
import { EcmSessions } from '../appliance/ecm/ecm-sessions.ts';
import { EcmSwitchboard } from '../appliance/ecm/ecm-switchboard.ts';
import type { NodeBus } from '../appliance/sessions/node-bus.ts';
import type { SiteKey } from '../appliance/site-key.ts';
import type { Stores, UnitOfWork } from '../appliance/stores.ts';
import { expireEcmRequests } from '../cron/expire-ecm-requests.ts';
import type { Job } from '../cron/job.ts';
import { tellEcmNotices } from '../cron/tell-ecm-notices.ts';

export interface LiveEcmOptions {
  stores: Stores;
  unitOfWork: UnitOfWork;
  bus: NodeBus;
  identity: ServerIdentity;
  siteKey: SiteKey;
  publicUrl: string;
  clock: Clock;
  /** This process. */
  nodeId: string;
  urls: () => readonly string[];
  metrics: Registry;
  log: Logger;
}

/** The server's side of the Endpoint Credential Manager. */
export class LiveEcm {
  readonly hub: EcmHub;
  readonly connections: EcmConnections;
  readonly hosts: EcmHostService;
  readonly source: EcmCredentialSource;
  readonly endpoints: EcmEndpointService;
  readonly endpointHandles: EcmEndpointHandles;
  readonly jobs: Job[];
  private readonly switchboard: EcmSwitchboard;
  private readonly notices: EcmNoticeWorker;

  constructor(options: LiveEcmOptions) {
    const { stores, unitOfWork, bus, identity, nodeId, urls, metrics, log } = options;
    const onError = (err: unknown) => log.warn({ err }, 'a step for an ECM host failed');
    const hints = busEcmHints(bus, onError);
    this.connections = new EcmConnections({ stores, unitOfWork, hints });
    this.hosts = new EcmHostService({ stores, unitOfWork, hints });
    this.hub = new EcmHub({ connections: this.connections, identity, nodeId, urls, bus, log });
    this.switchboard = new EcmSwitchboard({
      nodeId,
      local: this.hub,
      requests: stores.ecmRequests,
      bus,
      onError,
    });
    const measure = ecmMetrics(metrics, this.hub);
    const exchange = new EcmExchange({
      presence: stores.ecmPresence,
      line: this.switchboard,
      now: () => performance.now(),
      onAttempt: (attempt) => {
        measure(attempt);
        const { host, kind, outcome, milliseconds } = attempt;
        const facts = { ecm_host_id: host.id, question: kind, outcome, ms: Math.round(milliseconds) };
        if (outcome === 'answered') log.debug(facts, 'an ECM host was asked');
        else log.info(facts, 'an ECM host was asked in vain');
      },
    });
    const sessions = new EcmSessions(stores.ecmSessionFacts);
    this.source = new EcmCredentialSource({ exchange, sessions, presence: stores.ecmPresence });
    this.endpointHandles = new EcmEndpointHandles(options.siteKey);
    this.endpoints = new EcmEndpointService({
      stores,
      exchange,
      sessions,
      presence: stores.ecmPresence,
      handles: this.endpointHandles,
      clock: options.clock,
    });
    this.notices = new EcmNoticeWorker({
      stores,
      exchange,
      sessions,
      historyUrl: (lsid) => `${options.publicUrl}/login/sessions?lsid=${lsid}`,
      onGivenUp: ({ lsid, kind }, reason) =>
        log.warn({ lsid, notice: kind, reason }, 'no ECM host took the notice of a session'),
    });
    this.jobs = [tellEcmNotices(this.notices), expireEcmRequests(stores.ecmRequests)];
  }

  start(): void {
    this.hub.start();
    this.switchboard.start();
  }

  /** What jobs still ask of hosts is not waited for. */
  stopAsking(): void {
    this.notices.stop();
  }

  async stop(): Promise<void> {
    await this.switchboard.stop();
    await this.hub.stop();
  }
}

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createApp } from './api/app.ts';
import { newMetrics } from './api/metrics.ts';
import { probeRoutes } from './api/probes.ts';
import { systemClock } from './appliance/clock.ts';
import type { SiteKey } from './appliance/site-key.ts';
import { type Config, isLoopback } from './config.ts';
import { PgUnitOfWork, pgStores } from './schema/pg-stores.ts';
import { connect, type DatabaseAddress } from './schema/sql.ts';

export interface ServerOptions {
  config: Config;
  /** A migrated database. */
  database: { runtime: DatabaseAddress; owner: DatabaseAddress };
  siteKey: SiteKey;
  log: Logger;
  /** Check every answer of the configuration API against the contract (tests). */
  validateResponses?: boolean;
  /** Start the Jumpoint named `local` as a child process. Default true. */
  builtInJumpoint?: boolean;
}

export interface RunningServer {
  /** Where it listens, with the port the kernel gave when 0 was asked for. */
  url: string;
  /** Printed once by the caller; set on the very first start only. */
  generatedAdminPassword: string | undefined;
  /** Refuses new work, lets running requests end (at most 10 s), closes sockets, jobs and connections. */
  stop(): Promise<void>;
}

/** Builds every object once, joins ports to what fills them, and listens. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log } = options;
  const metrics = newMetrics();
  const clock = systemClock;
  let accepting = true;

  // Storage
  const sql = connect(options.database.runtime, { name: 'bridgehead server' });
  const stores = pgStores(sql);
  const unitOfWork = new PgUnitOfWork(sql);

  // Services

  // Edge
  const app = createApp({
    log,
    metrics,
    probes: probeRoutes({
      metrics,
      pingDatabase: async () => {
        await sql`select 1`;
      },
      accepting: () => accepting,
      mayReadMetrics: (address) => isLoopback(address.replace(/^::ffff:/, '')),
    }),
    guards: [],
    routers: [],
  });
  const server = createServer(app);
  const url = await listen(server, config);

  // Background work

  return {
    url,
    generatedAdminPassword: undefined,
    async stop() {
      accepting = false;
      await closeServer(server);
      await sql.end({ timeout: 5 });
    },
  };
}

async function listen(server: Server, config: Config): Promise<string> {
  const { host, port } = config.listen;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4096 }, () => resolve());
  });
  const address = server.address() as AddressInfo;
  const scheme = config.tls.mode === 'off' ? 'http' : 'https';
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

const STOP_PATIENCE_MS = 10_000;

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const patience = setTimeout(() => server.closeAllConnections(), STOP_PATIENCE_MS);
    server.close(() => {
      clearTimeout(patience);
      resolve();
    });
    server.closeIdleConnections();
  });
}

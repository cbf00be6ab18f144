import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Express } from 'express';
import type { Logger } from 'pino';
import type { AccessGate } from './api/access/access-gate.ts';
import { contractGate } from './api/access/contract-gate.ts';
import { createApp } from './api/app.ts';
import { ContractDocument } from './api/contract/contract-document.ts';
import { contractRouter } from './api/contract/contract-router.ts';
import { trustedProxies } from './api/http/client-address.ts';
import { hostCheck } from './api/http/host-check.ts';
import { securityHeaders } from './api/http/security-headers.ts';
import { newMetrics } from './api/metrics.ts';
import { tokenRoutes } from './api/oauth/token-routes.ts';
import { probeRoutes } from './api/probes.ts';
import { signInHandlers } from './api/web/sign-in-handlers.ts';
import { uiRoutes } from './api/web/ui-routes.ts';
import { Authenticator } from './appliance/access/authenticator.ts';
import { LocalCredentialEvents } from './appliance/access/credential-events.ts';
import { populateEmptySite } from './appliance/access/first-start.ts';
import { RateLimiter } from './appliance/access/rate-limiter.ts';
import { SignInService } from './appliance/access/sign-in-service.ts';
import { TokenIssuer } from './appliance/access/token-issuer.ts';
import { systemClock } from './appliance/clock.ts';
import { SiteSettingsCache } from './appliance/settings/site-settings-cache.ts';
import type { SiteKey } from './appliance/site-key.ts';
import { type Config, isLoopback } from './config.ts';
import { Argon2PasswordHasher } from './integrations/argon2/argon2-password-hasher.ts';
import { PgRateWindows } from './schema/access/pg-rate-windows.ts';
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
  /** For tests that look at its routes. */
  app: Express;
  /** Printed once by the caller; set on the very first start only. */
  generatedAdminPassword: string | undefined;
  /** Refuses new work, lets running requests end (at most 10 s), closes sockets, jobs and connections. */
  stop(): Promise<void>;
}

/** Where the contract's paths hang. */
const CONTRACT_PATH = '/api/config/v1';

/** Builds every object once, joins ports to what fills them, and listens. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log } = options;
  const metrics = newMetrics();
  const _clock = systemClock;
  let accepting = true;

  // Storage
  const sql = connect(options.database.runtime, { name: 'bridgehead server' });
  const stores = pgStores(sql);
  const unitOfWork = new PgUnitOfWork(sql);

  const settings = new SiteSettingsCache({
    store: stores.siteSettings,
    onFailure: (err) => log.warn({ err }, 'the site settings could not be read again'),
  });
  await settings.start();

  // Access
  const accessPolicy = settings.accessPolicy;
  const passwords = new Argon2PasswordHasher();
  const credentialEvents = new LocalCredentialEvents();
  const { generatedAdminPassword } = await populateEmptySite({ unitOfWork, passwords }, config);
  const tokenIssuer = new TokenIssuer({ unitOfWork, policy: accessPolicy });
  const signInService = new SignInService({
    stores,
    unitOfWork,
    passwords,
    policy: accessPolicy,
    events: credentialEvents,
  });
  const authenticator = new Authenticator({
    apiTokens: stores.apiTokens,
    userCredentials: stores.userCredentials,
    rateLimiter: new RateLimiter(new PgRateWindows(sql), accessPolicy),
    policy: accessPolicy,
  });

  // Services

  // Edge
  const tls = config.publicUrl.startsWith('https:');
  const site = { publicOrigin: config.publicUrl, nodeOrigins: () => [config.nodeUrl] };
  const contract = new ContractDocument(readFileSync(new URL('openapi.yaml', import.meta.url), 'utf8'));
  const gate: AccessGate = { authenticator, site };
  const app = createApp({
    log,
    metrics,
    gate,
    trustsProxy: trustedProxies(config.trustedProxies),
    probes: probeRoutes({
      metrics,
      pingDatabase: async () => {
        await sql`select 1`;
      },
      accepting: () => accepting,
      mayReadMetrics: (address) => isLoopback(address.replace(/^::ffff:/, '')),
    }),
    guards: [hostCheck(site), securityHeaders(site, { tls })],
    routers: [
      uiRoutes(fileURLToPath(new URL('dist/ui', import.meta.url))),
      tokenRoutes(tokenIssuer),
      contractRouter({
        document: contract,
        handlers: {
          ...signInHandlers({
            signInService,
            userLogins: stores.userLogins,
            settings,
            secureCookies: tls,
          }),
        },
        gate: contractGate(CONTRACT_PATH),
        basePath: CONTRACT_PATH,
        publicUrl: config.publicUrl,
        log,
        validateResponses: options.validateResponses ?? false,
      }),
    ],
  });
  const server = createServer(app);
  const url = await listen(server, config);

  // Background work

  return {
    url,
    app,
    generatedAdminPassword,
    async stop() {
      accepting = false;
      await closeServer(server);
      settings.stop();
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

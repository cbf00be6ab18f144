import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { jumpointInstaller } from './agents/jumpoint/installer.ts';
import { encodeEnrolmentToken } from './agents/protocol.ts';
import type { AccessGate } from './api/access/access-gate.ts';
import { auditedRefusals } from './api/access/audited-refusals.ts';
import { contractGate } from './api/access/contract-gate.ts';
import { operationAccess } from './api/access/operation-access.ts';
import { createApp } from './api/app.ts';
import { ContractDocument } from './api/contract/contract-document.ts';
import { contractRouter } from './api/contract/contract-router.ts';
import { documentHandlers } from './api/contract/document-handlers.ts';
import { referenceRoutes } from './api/contract/reference-routes.ts';
import { trustedProxies } from './api/http/client-address.ts';
import { hostCheck } from './api/http/host-check.ts';
import { securityHeaders } from './api/http/security-headers.ts';
import { newMetrics } from './api/metrics.ts';
import { tokenRoutes } from './api/oauth/token-routes.ts';
import { oidcCallbackRoutes } from './api/oidc/oidc-callback-routes.ts';
import { probeRoutes } from './api/probes.ts';
import { ecmEnrolmentRoutes } from './api/realtime/ecm-enrolment-routes.ts';
import { enrolmentRoutes } from './api/realtime/enrolment-routes.ts';
import { accessHandlers } from './api/rest/access/access-handlers.ts';
import { auditEventHandlers } from './api/rest/audit/audit-event-handlers.ts';
import { commandLineHandlers } from './api/rest/command-line/command-line-handlers.ts';
import { configurationAsCodeHandlers } from './api/rest/configuration/configuration-handlers.ts';
import { directoryHandlers } from './api/rest/directory/directory-handlers.ts';
import { ecmEndpointHandlers } from './api/rest/ecm-hosts/ecm-endpoint-handlers.ts';
import { ecmHostHandlers } from './api/rest/ecm-hosts/ecm-host-handlers.ts';
import { importHandlers } from './api/rest/imports/import-handlers.ts';
import { installerHandlers } from './api/rest/jump-clients/installer-handlers.ts';
import { jumpClientHandlers } from './api/rest/jump-clients/jump-client-handlers.ts';
import { jumpItemBulkHandlers } from './api/rest/jump-items/bulk-handlers.ts';
import { jumpItemHandlers } from './api/rest/jump-items/jump-item-handlers.ts';
import { samlHandlers } from './api/rest/reference-objects/saml-handlers.ts';
import { repInvitationHandlers } from './api/rest/rep-invitations/rep-invitation-handlers.ts';
import { secondFactorHandlers } from './api/rest/second-factors/second-factor-handlers.ts';
import { sessionHandlers } from './api/rest/sessions/session-handlers.ts';
import { userPhotoHandlers } from './api/rest/users/user-photo-handlers.ts';
import { credentialHandlers } from './api/rest/vault/credential-handlers.ts';
import { vaultRotationHandlers } from './api/rest/vault/vault-rotation-handlers.ts';
import { portalSignInRoutes } from './api/saml/portal-sign-in-routes.ts';
import { samlRoutes } from './api/saml/saml-routes.ts';
import { scimRoutes } from './api/scim/scim-routes.ts';
import { clientScriptRoutes } from './api/scripting/client-script-routes.ts';
import { launchHandlers } from './api/scripting/launch-handlers.ts';
import { siteRoutes } from './api/site/site-routes.ts';
import { createWebServer } from './api/tls.ts';
import { signInEdge } from './api/web/sign-in-edge.ts';
import { uiRoutes } from './api/web/ui-routes.ts';
import { limitedSignIn } from './api/xml/legacy-sign-in.ts';
import { xmlRoutes } from './api/xml/xml-routes.ts';
import { Authenticator } from './appliance/access/authenticator.ts';
import { explainServices } from './appliance/access/explain/explain-services.ts';
import { populateEmptySite } from './appliance/access/first-start.ts';
import { KnownDevices } from './appliance/access/known-devices.ts';
import { RateLimiter } from './appliance/access/rate-limiter.ts';
import { TokenIssuer } from './appliance/access/token-issuer.ts';
import { systemClock } from './appliance/clock.ts';
import { ScimGroupService } from './appliance/directory/scim-group-service.ts';
import { ScimUserService } from './appliance/directory/scim-user-service.ts';
import { busJumpointHints } from './appliance/jump/bus-jumpoint-hints.ts';
import { startImportRunner } from './appliance/jump/import/import-runner.ts';
import { ImportService } from './appliance/jump/import/import-service.ts';
import { JumpClientInstallerService } from './appliance/jump/jump-client-installer-service.ts';
import { JumpClientService } from './appliance/jump/jump-client-service.ts';
import { JumpItemBulkService } from './appliance/jump/jump-item-bulk-service.ts';
import { JumpItemService } from './appliance/jump/jump-item-service.ts';
import { LaunchService } from './appliance/jump/launch-service.ts';
import { BusCredentialEvents } from './appliance/sessions/bus-credential-events.ts';
import { sightOf } from './appliance/sessions/session-sight.ts';
import { siteSecret } from './appliance/settings/site-settings.ts';
import { SiteSettingsCache } from './appliance/settings/site-settings-cache.ts';
import type { SiteKey } from './appliance/site-key.ts';
import { CredentialChooser } from './appliance/vault/credential-chooser.ts';
import type { CredentialSources } from './appliance/vault/credential-sources.ts';
import { SealedSecrets } from './appliance/vault/keys/sealed-secrets.ts';
import { RotationSchedule } from './appliance/vault/rotation/rotation-schedule.ts';
import { type Config, isLoopback } from './config.ts';
import { directorySync } from './cron/directory-sync.ts';
import { endIdleSignIns } from './cron/end-idle-sign-ins.ts';
import { expireVaultActivity } from './cron/expire-vault-activity.ts';
import { scheduleRotations } from './cron/schedule-rotations.ts';
import { takeBackAccounts } from './cron/take-back-accounts.ts';
import { Argon2PasswordHasher } from './integrations/argon2/argon2-password-hasher.ts';
import { commandLineArchiver } from './integrations/files/command-line-archive.ts';
import { UploadFileReader } from './integrations/files/import-file-reader.ts';
import { DirectoryUploadStore } from './integrations/files/upload-store.ts';
import { OutboundHttpClient } from './integrations/http/outbound-http-client.ts';
import { HttpTicketSystem } from './integrations/tickets/http-ticket-system.ts';
import { PgRateWindows } from './schema/access/pg-rate-windows.ts';
import { PgTokenHolders } from './schema/access/pg-token-holders.ts';
import { PgNodeBus } from './schema/node-bus/pg-node-bus.ts';
import { makePartitionsAhead } from './schema/partitions.ts';
import { PgUnitOfWork, pgStores } from './schema/pg-stores.ts';
import { PgSessionReports } from './schema/reports/pg-session-reports.ts';
import { openSite } from './schema/site/pg-site.ts';
import { connect, type DatabaseAddress } from './schema/sql.ts';
import { translatingFailures, translatingFailuresOfAll } from './schema/translated-failures.ts';
import { startBuiltInJumpoint } from './server-built-in-jumpoint.ts';
import { configurationAsCode } from './server-configuration.ts';
import { certificateOf, closeServer, listen } from './server-listener.ts';
import { rotationServices } from './server-rotation.ts';
import { secondFactorGround, secondFactorServices } from './server-second-factors.ts';
import {
  type ConfigurationDeps,
  type ConfigurationEdge,
  configurationHandlers,
  configurationServices,
} from './server-services.ts';
import { LiveSessions } from './server-sessions.ts';
import { signInServices } from './server-sign-in.ts';
import { vaultServiceHandlers, vaultServices } from './server-vault.ts';
import { vaultKeyBackup, vaultKeysOf } from './server-vault-keys.ts';

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
  /** For tests that ask them without a session. */
  credentials: CredentialSources;
  /** Printed once by the caller; set on the very first start only. */
  generatedAdminPassword: string | undefined;
  /** Looks at once whether the certificate was renewed (it is looked at every few seconds anyway). */
  reloadCertificate(): void;
  /** Refuses new work, lets running requests end (at most 10 s), closes sockets, jobs and connections. */
  stop(): Promise<void>;
}

/** Where the contract's paths hang. */
const CONTRACT_PATH = '/api/config/v1';

/** How long a host that is getting a new password or key may take until the process stops without it. */
const ROTATIONS_PATIENCE_MS = 5_000;

/** Builds every object once, joins ports to what fills them, and listens. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, log } = options;
  const metrics = newMetrics();
  const clock = systemClock;
  let accepting = true;

  // Storage
  const sql = connect(options.database.runtime, { name: 'bridgehead server' });
  // Every API call asks who calls. On a connection of their own these short questions never wait behind long ones.
  const tokenSql = connect(options.database.runtime, { name: 'bridgehead tokens', max: 1 });
  const stores = translatingFailuresOfAll(pgStores(sql));
  const unitOfWork = new PgUnitOfWork(sql);
  const vaultKeys = vaultKeysOf(config.siteKeyFile, (err) =>
    log.warn({ err }, 'the key file could not be read again'),
  );
  const { applianceGuid } = await openSite(sql, options.siteKey, vaultKeys.ring);

  const settings = new SiteSettingsCache({
    store: stores.siteSettings,
    onFailure: (err) => log.warn({ err }, 'the site settings could not be read again'),
  });
  await settings.start();

  // Access
  const accessPolicy = settings.accessPolicy;
  const passwords = new Argon2PasswordHasher();
  const bus = new PgNodeBus(options.database.runtime, (err) =>
    log.error({ err }, 'a message between server processes could not be acted on'),
  );
  const credentialEvents = new BusCredentialEvents(bus, (err) =>
    log.warn({ err }, 'the end of a sign-in could not be told to the other processes'),
  );
  const { generatedAdminPassword } = await populateEmptySite({ unitOfWork, passwords }, config);
  const tokenIssuer = new TokenIssuer({ unitOfWork, policy: accessPolicy });
  const authenticator = new Authenticator({
    apiTokens: translatingFailures(new PgTokenHolders(tokenSql)),
    userCredentials: stores.userCredentials,
    rateLimiter: new RateLimiter(translatingFailures(new PgRateWindows(sql)), accessPolicy),
    policy: accessPolicy,
  });

  // Services
  const secrets = new SealedSecrets(vaultKeys.ring);
  const http = new OutboundHttpClient({ privateRanges: () => settings.current().outbound_private_ranges });
  const factorGround = secondFactorGround({ secrets, clock, publicUrl: config.publicUrl });
  const signIn = signInServices({
    stores,
    unitOfWork,
    passwords,
    policy: accessPolicy,
    credentialEvents,
    secrets,
    http,
    publicUrl: config.publicUrl,
    settings,
    devices: new KnownDevices({ key: options.siteKey.derive('known devices'), clock }),
    log,
    factors: factorGround,
    siteKey: options.siteKey,
    clock,
  });
  const factors = secondFactorServices({
    stores,
    unitOfWork,
    secrets,
    settings,
    credentialEvents,
    clock,
    ground: factorGround,
    passwordFits: (actor, password) => signIn.passwords.isOf(actor, password),
  });
  const ticketSystem = new HttpTicketSystem({
    http,
    settings,
    secret: () => secrets.read(stores.sealedSecrets, siteSecret('ticket_system_secret')),
  });
  const ground: ConfigurationDeps = {
    stores,
    unitOfWork,
    credentialEvents,
    jumpointHints: busJumpointHints(bus, (err) =>
      log.warn({ err }, 'a change of a Jumpoint could not be told'),
    ),
    passwords,
    settings,
    secrets,
    ticketSystem,
    hostProblem: signIn.hostProblem,
    afterSettingsChange: () => settings.refresh(),
  };
  const configuration = configurationServices(ground);
  const { jumpoints, enrolmentTokens } = configuration;
  const jumpItems = new JumpItemService({ stores, unitOfWork, credentialEvents });
  const clientInstallers = new JumpClientInstallerService({ stores, unitOfWork });
  const vault = vaultServices({ stores, unitOfWork, secrets, clock });
  const launches = new LaunchService({ stores, unitOfWork, jumpItems, settings, clock });
  const uploads = new DirectoryUploadStore(join(config.dataDir, 'uploads'));
  const imports = new ImportService({
    stores,
    unitOfWork,
    uploads,
    maxUploadBytes: () => settings.current().import_maximum_megabytes * 1_000_000,
  });

  // Edge
  const tls = config.publicUrl.startsWith('https:');
  const trustsProxy = trustedProxies(config.trustedProxies);
  const live = new LiveSessions({
    config,
    siteKey: options.siteKey,
    vaultKeys: vaultKeys.present,
    database: options.database.runtime,
    sql,
    stores,
    unitOfWork,
    settings,
    ticketSystem,
    credentialSources: [vault.source],
    makePartitionsAhead: () => makePartitionsAhead(options.database.owner),
    jobs: [
      directorySync(signIn.directorySyncs),
      endIdleSignIns(signIn.standings),
      expireVaultActivity(vault.activity),
      takeBackAccounts(vault.checkOuts),
      scheduleRotations(new RotationSchedule({ unitOfWork, clock })),
    ],
    bus,
    credentialEvents,
    trustsProxy,
    metrics,
    log,
  });
  const rotation = rotationServices({
    stores,
    unitOfWork,
    secrets,
    requests: vault.rotationRequests,
    hostTasks: live.hostTasks,
    nodeId: live.nodeId,
    bus,
    metrics,
    log,
  });
  const { site } = live;
  const contract = new ContractDocument(readFileSync(new URL('openapi.yaml', import.meta.url), 'utf8'));
  const gate: AccessGate = { authenticator, site };
  const edge: ConfigurationEdge = {
    publicUrl: config.publicUrl,
    installers: {
      archiver: jumpointInstaller,
      enrolmentText: (token) =>
        encodeEnrolmentToken({ url: config.publicUrl, token, server_key: live.identity.publicKey }),
    },
  };
  const app = createApp({
    log,
    metrics,
    gate,
    trustsProxy,
    probes: probeRoutes({
      metrics,
      pingDatabase: async () => {
        await sql`select 1`;
      },
      accepting: () => accepting,
      mayReadMetrics: (address) => isLoopback(address.replace(/^::ffff:/, '')),
    }),
    guards: [
      hostCheck(site),
      securityHeaders(site, { tls, formTargets: () => signIn.registry.formOrigins() }),
    ],
    routers: [
      // First, because most calls are for it: they need not pass the paths of the others.
      referenceRoutes(contract, CONTRACT_PATH),
      contractRouter({
        document: contract,
        handlers: {
          ...documentHandlers(contract),
          ...configurationHandlers(configuration, edge),
          ...configurationAsCodeHandlers({
            configuration: await configurationAsCode({ sql, contract, ground, edge }),
          }),
          ...jumpItemHandlers({ jumpItems }),
          ...jumpItemBulkHandlers({
            bulk: new JumpItemBulkService({ unitOfWork, credentialEvents }),
            document: contract,
          }),
          ...jumpClientHandlers({ jumpClients: new JumpClientService({ stores, jumpItems }) }),
          ...installerHandlers({ installers: clientInstallers, publicUrl: config.publicUrl }),
          ...vaultServiceHandlers(vault),
          ...ecmHostHandlers({ hosts: live.ecm.hosts }),
          ...ecmEndpointHandlers({ endpoints: live.ecm.endpoints }),
          ...vaultRotationHandlers(rotation),
          ...commandLineHandlers({ archiver: commandLineArchiver(packageVersion()) }),
          ...importHandlers({ imports }),
          ...launchHandlers({ launches, publicUrl: config.publicUrl }),
          ...credentialHandlers({
            chooser: new CredentialChooser({ stores, unitOfWork, jumpItems, sources: live.credentials }),
          }),
          ...sessionHandlers({ sessions: live.sessions, sessionStart: live.sessionStart }),
          ...auditEventHandlers({ auditLog: stores.auditLog }),
          ...accessHandlers(
            explainServices({ stores, settings, clock, operations: operationAccess(contract.operations) }),
          ),
          ...secondFactorHandlers(factors),
          ...repInvitationHandlers({ ...signIn, publicUrl: config.publicUrl }),
          ...signInEdge({ ...signIn, userLogins: stores.userLogins, settings, secureCookies: tls }),
          ...userPhotoHandlers(stores),
          ...directoryHandlers(signIn),
          ...samlHandlers(signIn.saml),
        },
        gate: contractGate(CONTRACT_PATH),
        basePath: CONTRACT_PATH,
        publicUrl: config.publicUrl,
        log,
        onFailure: auditedRefusals(stores.auditLog),
        validateResponses: options.validateResponses ?? false,
      }),
      uiRoutes(fileURLToPath(new URL('dist/ui', import.meta.url))),
      tokenRoutes(tokenIssuer, log),
      vaultKeyBackup({ unitOfWork, clock, keyFile: config.siteKeyFile }),
      scimRoutes({
        services: {
          users: new ScimUserService({ stores, unitOfWork, credentialEvents }),
          groups: new ScimGroupService({ stores, unitOfWork, credentialEvents }),
        },
        provisioning: configuration.scimProvisioning,
        publicUrl: config.publicUrl,
        log,
      }),
      enrolmentRoutes({ connections: live.connections, identity: live.identity, urls: () => live.urls() }),
      ecmEnrolmentRoutes({
        connections: live.ecm.connections,
        identity: live.identity,
        urls: () => live.urls(),
      }),
      oidcCallbackRoutes(signIn.signInService),
      samlRoutes({ ...signIn, ...signIn.saml, secureCookies: tls }),
      portalSignInRoutes({ portals: signIn.saml.portals, secureCookies: tls }),
      clientScriptRoutes(settings),
      siteRoutes({ settings, installers: clientInstallers }),
      ...xmlRoutes(
        {
          site: {
            applianceGuid,
            publicUrl: config.publicUrl,
            productVersion: productVersion(),
            settings,
            problem: async () => (accepting ? undefined : 'The server is stopping.'),
          },
          clock,
          sessions: live.sessions,
          vaultActivity: vault.activity,
          sightOf: (actor) => sightOf(actor, stores),
          imports,
          reports: new PgSessionReports(sql),
        },
        {
          legacySignIn: limitedSignIn(
            signIn.signInService,
            new RateLimiter(new PgRateWindows(sql, 'user'), accessPolicy),
          ),
          log,
        },
      ),
    ],
  });
  await live.prepare();
  const { server, reloadCertificate } = createWebServer(app, certificateOf(config), log);
  const url = await listen(server, config, log);
  await live.start(server);
  rotation.start();

  // Background work
  const importRunner = startImportRunner({
    stores,
    unitOfWork,
    uploads,
    reader: new UploadFileReader(uploads),
    itemsChanged: () => credentialEvents.publish({ kind: 'everyone_rights_changed' }),
    log,
  });
  imports.whenQueued(() => importRunner.wake());
  const builtIn =
    options.builtInJumpoint === false
      ? undefined
      : await startBuiltInJumpoint({
          config,
          port: (server.address() as AddressInfo).port,
          serverKey: live.identity.publicKey,
          jumpoints,
          enrolmentTokens,
          log,
        });

  return {
    url,
    app,
    credentials: live.credentials,
    generatedAdminPassword,
    reloadCertificate,
    async stop() {
      accepting = false;
      rotation.stop();
      await Promise.race([rotation.finished(), sleep(ROTATIONS_PATIENCE_MS, undefined, { ref: false })]);
      await builtIn?.stop();
      const closed = closeServer(server);
      await live.stop();
      await rotation.finished();
      await closed;
      await live.close();
      await importRunner.stop();
      settings.stop();
      await signIn.stop();
      await Promise.all([sql.end({ timeout: 5 }), tokenSql.end({ timeout: 5 })]);
    },
  };
}

/** Version and, in brackets, build, as the XML APIs show them. */
function productVersion(): string {
  return `${packageVersion()} (release)`;
}

function packageVersion(): string {
  const text = readFileSync(new URL('package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { trustedProxies } from '../api/http/client-address.ts';
import { newMetrics } from '../api/metrics.ts';
import { createWebServer } from '../api/tls.ts';
import { populateEmptySite } from '../appliance/access/first-start.ts';
import { systemClock } from '../appliance/clock.ts';
import { startImportRunner } from '../appliance/jump/import/import-runner.ts';
import type { SiteKey } from '../appliance/site-key.ts';
import type { CredentialSources } from '../appliance/vault/credential-sources.ts';
import { RotationSchedule } from '../appliance/vault/rotation/rotation-schedule.ts';
import type { Config } from '../config.ts';
import { directorySync } from '../cron/directory-sync.ts';
import { endIdleSignIns } from '../cron/end-idle-sign-ins.ts';
import { expireVaultActivity } from '../cron/expire-vault-activity.ts';
import { scheduleRotations } from '../cron/schedule-rotations.ts';
import { takeBackAccounts } from '../cron/take-back-accounts.ts';
import { Argon2PasswordHasher } from '../integrations/argon2/argon2-password-hasher.ts';
import { UploadFileReader } from '../integrations/files/import-file-reader.ts';
import { makePartitionsAhead } from '../schema/partitions.ts';
import type { DatabaseAddress } from '../schema/sql.ts';
import { startBuiltInJumpoint } from './built-in-jumpoint.ts';
import { certificateOf, closeServer, listen } from './listener.ts';
import { LiveSessions } from './live-sessions.ts';
import { rotationServices } from './rotation-services.ts';
import { siteServices } from './site-services.ts';
import { openStorage } from './storage.ts';
import { webApp } from './web-app.ts';

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

/** How long a host that is getting a new password or key may take until the process stops without it. */
const ROTATIONS_PATIENCE_MS = 5_000;

/** Builds every object once, joins ports to what fills them, and listens. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, siteKey, database, log } = options;
  const metrics = newMetrics();
  const clock = systemClock;
  let accepting = true;

  const storage = await openStorage({
    database: database.runtime,
    siteKey,
    siteKeyFile: config.siteKeyFile,
    log,
  });
  const { stores, unitOfWork, settings, bus, credentialEvents } = storage;
  const passwords = new Argon2PasswordHasher();
  const { generatedAdminPassword } = await populateEmptySite({ unitOfWork, passwords }, config);
  const services = siteServices({ config, siteKey, storage, passwords, clock, log });
  const { signIn, vault, uploads, imports } = services;

  const trustsProxy = trustedProxies(config.trustedProxies);
  const live = new LiveSessions({
    ...storage,
    config,
    siteKey,
    vaultKeys: storage.vaultKeys.present,
    database: database.runtime,
    ticketSystem: services.ticketSystem,
    credentialSources: [vault.source],
    makePartitionsAhead: () => makePartitionsAhead(database.owner),
    jobs: [
      directorySync(signIn.directorySyncs),
      endIdleSignIns(signIn.standings),
      expireVaultActivity(vault.activity),
      takeBackAccounts(vault.checkOuts),
      scheduleRotations(new RotationSchedule({ unitOfWork, clock })),
    ],
    trustsProxy,
    metrics,
    log,
  });
  const rotation = rotationServices({
    stores,
    unitOfWork,
    secrets: services.secrets,
    requests: vault.rotationRequests,
    hostTasks: live.hostTasks,
    nodeId: live.nodeId,
    bus,
    metrics,
    log,
  });

  const app = await webApp({
    config,
    storage,
    services,
    live,
    rotation,
    clock,
    trustsProxy,
    accepting: () => accepting,
    validateResponses: options.validateResponses ?? false,
    metrics,
    log,
  });
  await live.prepare();
  const { server, reloadCertificate } = createWebServer(app, certificateOf(config), log);
  const url = await listen(server, config, log);
  await live.start(server);
  rotation.start();

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
          jumpoints: services.configuration.jumpoints,
          enrolmentTokens: services.configuration.enrolmentTokens,
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
      await storage.close();
    },
  };
}

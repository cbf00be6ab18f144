import { join } from 'node:path';
import type { Logger } from 'pino';
import { Authenticator } from '../appliance/access/authenticator.ts';
import { KnownDevices } from '../appliance/access/known-devices.ts';
import type { PasswordHasher } from '../appliance/access/password-hasher.ts';
import { RateLimiter } from '../appliance/access/rate-limiter.ts';
import { TokenIssuer } from '../appliance/access/token-issuer.ts';
import type { Clock } from '../appliance/clock.ts';
import { busJumpointHints } from '../appliance/jump/bus-jumpoint-hints.ts';
import { ImportService } from '../appliance/jump/import/import-service.ts';
import { JumpClientInstallerService } from '../appliance/jump/jump-client-installer-service.ts';
import { JumpItemService } from '../appliance/jump/jump-item-service.ts';
import { LaunchService } from '../appliance/jump/launch-service.ts';
import { siteSecret } from '../appliance/settings/site-settings.ts';
import type { SiteKey } from '../appliance/site-key.ts';
import { SealedSecrets } from '../appliance/vault/keys/sealed-secrets.ts';
import type { Config } from '../config.ts';
import { DirectoryUploadStore } from '../integrations/files/upload-store.ts';
import { OutboundHttpClient } from '../integrations/http/outbound-http-client.ts';
import { HttpTicketSystem } from '../integrations/tickets/http-ticket-system.ts';
import { PgRateWindows } from '../schema/access/pg-rate-windows.ts';
import { PgTokenHolders } from '../schema/access/pg-token-holders.ts';
import { translatingFailures } from '../schema/translated-failures.ts';
import { type ConfigurationDeps, configurationServices } from './configuration-services.ts';
import { secondFactorGround, secondFactorServices } from './second-factor-services.ts';
import { signInServices } from './sign-in-services.ts';
import type { Storage } from './storage.ts';
import { vaultServices } from './vault-services.ts';

/** The services that answer requests, each built once. What lives beyond a request is in `LiveSessions`. */
export type SiteServices = ReturnType<typeof siteServices>;

export interface SiteServicesDeps {
  config: Config;
  siteKey: SiteKey;
  storage: Storage;
  passwords: PasswordHasher;
  clock: Clock;
  log: Logger;
}

export function siteServices({ config, siteKey, storage, passwords, clock, log }: SiteServicesDeps) {
  const { sql, stores, unitOfWork, settings, bus, credentialEvents } = storage;
  const { publicUrl } = config;
  const policy = settings.accessPolicy;
  const secrets = new SealedSecrets(storage.vaultKeys.ring);
  const http = new OutboundHttpClient({ privateRanges: () => settings.current().outbound_private_ranges });

  // Who calls
  const authenticator = new Authenticator({
    apiTokens: translatingFailures(new PgTokenHolders(storage.tokenSql)),
    userCredentials: stores.userCredentials,
    rateLimiter: new RateLimiter(translatingFailures(new PgRateWindows(sql)), policy),
    policy,
  });
  const factorGround = secondFactorGround({ secrets, clock, publicUrl });
  const signIn = signInServices({
    stores,
    unitOfWork,
    passwords,
    policy,
    credentialEvents,
    secrets,
    http,
    publicUrl,
    settings,
    devices: new KnownDevices({ key: siteKey.derive('known devices'), clock }),
    log,
    factors: factorGround,
    siteKey,
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

  // What they call for
  const ticketSystem = new HttpTicketSystem({
    http,
    settings,
    secret: () => secrets.read(stores.sealedSecrets, siteSecret('ticket_system_secret')),
  });
  const configurationGround: ConfigurationDeps = {
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
  const jumpItems = new JumpItemService({ stores, unitOfWork, credentialEvents });
  const uploads = new DirectoryUploadStore(join(config.dataDir, 'uploads'));
  return {
    secrets,
    authenticator,
    /** Of XML commands, which name a user and a password each time. */
    userCallLimiter: new RateLimiter(new PgRateWindows(sql, 'user'), policy),
    tokenIssuer: new TokenIssuer({ unitOfWork, policy }),
    signIn,
    factors,
    ticketSystem,
    /** What `configuration` stands on; applying a configuration builds it again over its transaction. */
    configurationGround,
    configuration: configurationServices(configurationGround),
    jumpItems,
    clientInstallers: new JumpClientInstallerService({ stores, unitOfWork }),
    vault: vaultServices({ stores, unitOfWork, secrets, clock }),
    launches: new LaunchService({ stores, unitOfWork, jumpItems, settings, clock }),
    uploads,
    imports: new ImportService({
      stores,
      unitOfWork,
      uploads,
      maxUploadBytes: () => settings.current().import_maximum_megabytes * 1_000_000,
    }),
  };
}

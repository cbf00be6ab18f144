import type { CredentialEvents } from '../appliance/access/credential-events.ts';
import { PasskeyService } from '../appliance/access/passkey-service.ts';
import { SecondFactorCheck } from '../appliance/access/second-factor-check.ts';
import {
  SecondFactorService,
  type SecondFactorServiceDeps,
} from '../appliance/access/second-factor-service.ts';
import { TotpService } from '../appliance/access/totp-service.ts';
import type { Clock } from '../appliance/clock.ts';
import type { SiteSettingsSource } from '../appliance/settings/site-settings.ts';
import type { Stores, UnitOfWork } from '../appliance/stores.ts';
import type { SealedSecrets } from '../appliance/vault/keys/sealed-secrets.ts';
import { otpauthTotpCodes } from '../integrations/otp/otpauth-totp-codes.ts';
import { simpleWebauthnCeremonies } from '../integrations/webauthn/simple-webauthn-ceremonies.ts';

/** What judges second factors, for sign-ins and for everything else. */
export function secondFactorGround(deps: { secrets: SealedSecrets; clock: Clock; publicUrl: string }) {
  const totp = otpauthTotpCodes;
  const passkeys = simpleWebauthnCeremonies(deps.publicUrl);
  return {
    totp,
    passkeys,
    check: new SecondFactorCheck({ secrets: deps.secrets, totp, passkeys, clock: deps.clock }),
  };
}
export type SecondFactorGround = ReturnType<typeof secondFactorGround>;

/** Authenticator apps, passkeys and recovery codes of people, joined to what fills their ports. */
export function secondFactorServices(deps: {
  stores: Stores;
  unitOfWork: UnitOfWork;
  secrets: SealedSecrets;
  settings: SiteSettingsSource;
  credentialEvents: CredentialEvents;
  clock: Clock;
  ground: SecondFactorGround;
  passwordFits: SecondFactorServiceDeps['passwordFits'];
}) {
  const { stores, unitOfWork, secrets, settings, credentialEvents: events, clock } = deps;
  const { totp, passkeys, check } = deps.ground;
  return {
    totp: new TotpService({ unitOfWork, secrets, totp, settings, events, clock }),
    passkeys: new PasskeyService({ stores, unitOfWork, passkeys, settings, events }),
    secondFactors: new SecondFactorService({
      stores,
      unitOfWork,
      check,
      passkeys,
      events,
      passwordFits: deps.passwordFits,
    }),
  };
}

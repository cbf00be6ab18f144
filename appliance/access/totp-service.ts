import type { UserActor } from '../actor.ts';
import type { Clock } from '../clock.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { SiteSettingsSource } from '../settings/site-settings.ts';
import type { UnitOfWork } from '../stores.ts';
import type { SealedSecrets } from '../vault/keys/sealed-secrets.ts';
import type { CredentialEvents } from './credential-events.ts';
import { requireFreshProof } from './fresh-proof.ts';
import { factorAdded, factorRemoved, othersEnded } from './own-factors.ts';
import { TOTP_BEGUN_MINUTES, type TotpCodes, totpSecret } from './second-factor.ts';
import { totpCodeIn } from './second-factor-rules.ts';

export interface TotpServiceDeps {
  unitOfWork: UnitOfWork;
  secrets: SealedSecrets;
  totp: TotpCodes;
  settings: SiteSettingsSource;
  events: CredentialEvents;
  clock: Clock;
}

/** A secret on its way into an authenticator app. It is shown this once. */
export interface BegunTotp {
  secret: string;
  uri: string;
  expiresAt: Date;
}

/** The authenticator app of a person: one at a time. */
export class TotpService {
  readonly #deps: TotpServiceDeps;

  constructor(deps: TotpServiceDeps) {
    this.#deps = deps;
  }

  /** A new secret, which counts when a code has confirmed it; until then the app there was goes on counting. */
  async begin(actor: UserActor): Promise<BegunTotp> {
    const { unitOfWork, secrets, totp, settings, clock } = this.#deps;
    return await unitOfWork.inTransaction(async (stores) => {
      const { secondFactors, sealedSecrets } = stores;
      await requireFreshProof(stores, actor);
      const state = await secondFactors.lock(actor.userId);
      const secret = totp.newSecret();
      const now = clock.now();
      await secrets.write(sealedSecrets, totpSecret(actor.userId, 'totp_begun'), secret);
      await secondFactors.update({ ...state, totpBegunAt: now });
      const uri = totp.uri(secret, {
        issuer: settings.current().company_name,
        account: actor.username,
      });
      return { secret, uri, expiresAt: minutesAfter(now, TOTP_BEGUN_MINUTES) };
    });
  }

  /**
   * The first code of the app. Fails with `invalid` for a code that does not fit and when nothing was begun. Answers
   * recovery codes for whoever has none. Another app that was replaced ends the other sign-ins of the person.
   */
  async confirm(actor: UserActor, text: string): Promise<{ recoveryCodes: string[] | undefined }> {
    const { unitOfWork, secrets, totp, events, clock } = this.#deps;
    const { replaced, recoveryCodes } = await unitOfWork.inTransaction(async (stores) => {
      const { secondFactors, sealedSecrets } = stores;
      const state = await secondFactors.lock(actor.userId);
      const now = clock.now();
      const begun = state.totpBegunAt !== null && minutesAfter(state.totpBegunAt, TOTP_BEGUN_MINUTES) > now;
      const secret = begun
        ? await secrets.read(sealedSecrets, totpSecret(actor.userId, 'totp_begun'))
        : undefined;
      if (secret === undefined) {
        throw new ApplianceError('invalid', 'There is no authenticator app to confirm. Begin again.');
      }
      const code = totpCodeIn(text);
      const step = code === undefined ? undefined : totp.stepOf(secret, code, now);
      if (step === undefined) {
        throw invalidField(
          'code',
          'This code does not fit. Check that the clocks of this device and of the server are right, and try the next code.',
        );
      }
      const replaced = state.totpConfirmedAt !== null;
      await secrets.write(sealedSecrets, totpSecret(actor.userId, 'totp'), secret);
      await secrets.write(sealedSecrets, totpSecret(actor.userId, 'totp_begun'), null);
      await secondFactors.update({
        ...state,
        totpConfirmedAt: now,
        totpLastUsedAt: now,
        totpLastStep: step,
        totpBegunAt: null,
        failures: 0,
        lastFailedAt: null,
        lockedUntil: null,
      });
      return { replaced, recoveryCodes: await factorAdded(stores, actor, { factor: 'totp', replaced }) };
    });
    if (replaced) othersEnded(events, actor);
    return { recoveryCodes };
  }

  /** Fails with `not_found` when there is none. */
  async remove(actor: UserActor): Promise<void> {
    const { unitOfWork, secrets, events } = this.#deps;
    await unitOfWork.inTransaction(async (stores) => {
      const { secondFactors, sealedSecrets } = stores;
      await requireFreshProof(stores, actor);
      const state = await secondFactors.lock(actor.userId);
      if (state.totpConfirmedAt === null) {
        throw new ApplianceError('not_found', 'You have no authenticator app registered.');
      }
      await secrets.write(sealedSecrets, totpSecret(actor.userId, 'totp'), null);
      await secondFactors.update({ ...state, totpConfirmedAt: null, totpLastUsedAt: null });
      await factorRemoved(stores, actor, { factor: 'totp' });
    });
    othersEnded(events, actor);
  }
}

function minutesAfter(moment: Date, minutes: number): Date {
  return new Date(moment.getTime() + minutes * 60_000);
}

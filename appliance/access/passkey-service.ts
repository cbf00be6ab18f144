import type { UserActor } from '../actor.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { SiteSettingsSource } from '../settings/site-settings.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { CredentialEvents } from './credential-events.ts';
import { requireFreshProof } from './fresh-proof.ts';
import { factorAdded, factorRemoved, othersEnded, self } from './own-factors.ts';
import { MOST_PASSKEYS, type Passkey, type PasskeyAnswer, type PasskeyCeremonies } from './second-factor.ts';

const CHALLENGE_MINUTES = 5;

export interface PasskeyServiceDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  passkeys: PasskeyCeremonies;
  settings: SiteSettingsSource;
  events: CredentialEvents;
}

/** The passkeys of a person. */
export class PasskeyService {
  readonly #deps: PasskeyServiceDeps;

  constructor(deps: PasskeyServiceDeps) {
    this.#deps = deps;
  }

  async list(actor: UserActor): Promise<Passkey[]> {
    return await this.#deps.stores.secondFactors.passkeysOf(actor.userId);
  }

  /**
   * What the browser is to make a passkey with. Fails with `invalid` when the site can have none or the person has as
   * many as there can be.
   */
  async registrationOptions(actor: UserActor): Promise<PasskeyAnswer> {
    const { unitOfWork, passkeys, settings } = this.#deps;
    requireAvailable(passkeys);
    return await unitOfWork.inTransaction(async (stores) => {
      const { secondFactors } = stores;
      await requireFreshProof(stores, actor);
      const state = await secondFactors.lock(actor.userId);
      const present = await secondFactors.passkeysOf(actor.userId);
      requireRoom(present);
      const challenge = passkeys.newChallenge();
      await secondFactors.keepChallenge(actor.credentialId, 'register', challenge, CHALLENGE_MINUTES);
      return await passkeys.registrationOptions({
        challenge,
        person: { handle: state.passkeyHandle, name: actor.username, displayName: actor.displayName },
        siteName: settings.current().company_name,
        present,
      });
    });
  }

  /**
   * What the browser made. Fails with `invalid` (`name`, `passkey`). Answers recovery codes for whoever has none; they
   * are shown this once.
   */
  async register(
    actor: UserActor,
    wanted: { name: string; answer: PasskeyAnswer },
  ): Promise<{ passkey: Passkey; recoveryCodes: string[] | undefined }> {
    const { stores, unitOfWork, passkeys } = this.#deps;
    requireAvailable(passkeys);
    const name = nameIn(wanted.name);
    // Taken in a transaction of its own: it is good once, whatever comes of it.
    const challenge = await stores.secondFactors.takeChallenge(actor.credentialId, 'register');
    if (challenge === undefined) throw invalidField('passkey', 'This took too long. Begin again.');
    const made = await passkeys.register(wanted.answer, challenge);
    if ('refused' in made) {
      throw new ApplianceError('invalid', 'The passkey was not accepted.', {
        fields: { passkey: ['The passkey was not accepted. Begin again.'] },
        cause: new Error(made.refused),
      });
    }
    return await unitOfWork.inTransaction(async (inside) => {
      const { secondFactors } = inside;
      await secondFactors.lock(actor.userId);
      requireRoom(await secondFactors.passkeysOf(actor.userId));
      const passkey = await secondFactors.addPasskey(actor.userId, name, made.passkey);
      const recoveryCodes = await factorAdded(inside, actor, { factor: 'passkey', name });
      return { passkey, recoveryCodes };
    });
  }

  /** Fails with `not_found`, or with `conflict` for a name that is taken. */
  async rename(actor: UserActor, id: number, text: string): Promise<Passkey> {
    const name = nameIn(text);
    return await this.#deps.unitOfWork.inTransaction(async ({ secondFactors, auditLog }) => {
      await secondFactors.lock(actor.userId);
      const passkey = own(await secondFactors.passkeysOf(actor.userId), id);
      if (passkey.name === name) return passkey;
      await secondFactors.renamePasskey(id, name);
      await auditLog.record({
        type: 'user.passkey_renamed',
        actor,
        object: self(actor),
        before: { name: passkey.name },
        after: { name },
      });
      return { ...passkey, name };
    });
  }

  /** Fails with `not_found`. The other sign-ins of the person end. */
  async remove(actor: UserActor, id: number): Promise<void> {
    const { unitOfWork, events } = this.#deps;
    await unitOfWork.inTransaction(async (stores) => {
      const { secondFactors } = stores;
      await requireFreshProof(stores, actor);
      await secondFactors.lock(actor.userId);
      const passkey = own(await secondFactors.passkeysOf(actor.userId), id);
      await secondFactors.deletePasskey(id);
      await factorRemoved(stores, actor, { factor: 'passkey', name: passkey.name });
    });
    othersEnded(events, actor);
  }
}

/** Fails with `invalid` and says why the site can have no passkeys. */
export function requireAvailable({ unavailable }: Pick<PasskeyCeremonies, 'unavailable'>): void {
  if (unavailable !== undefined) throw new ApplianceError('invalid', unavailable);
}

function requireRoom(present: readonly Passkey[]): void {
  if (present.length >= MOST_PASSKEYS) {
    throw new ApplianceError(
      'invalid',
      `You have ${MOST_PASSKEYS} passkeys, which is the most. Remove one first.`,
    );
  }
}

function nameIn(text: string): string {
  const name = text.trim();
  if (name === '' || /\p{Cc}/u.test(name)) throw invalidField('name', 'Give the passkey a name.');
  return name;
}

function own(passkeys: readonly Passkey[], id: number): Passkey {
  const passkey = passkeys.find((one) => one.id === id);
  if (passkey === undefined) throw new ApplianceError('not_found', 'You have no such passkey.');
  return passkey;
}

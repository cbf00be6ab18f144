import type { Actor } from '../actor.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { SiteSettingsSource } from '../settings/site-settings.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { requireSecurityConfiguration } from './configuration-rights.ts';
import type { CredentialEvents } from './credential-events.ts';
import { type NetworkRestriction, restrictionProblem, shutsOut } from './network-restriction.ts';
import { EVERYWHERE, type FailureCounter } from './sign-in-failures.ts';
import type { LicenseHolder, LivingCredential } from './user-credentials.ts';

/** How somebody stands with signing in. */
export interface UserSignInState {
  /** Failures in a row by source: a network, a known device. */
  failures: FailureCounter[];
  /** Undefined: the restriction of the site holds. */
  restriction: NetworkRestriction | undefined;
  /** The latest first. */
  signIns: LivingCredential[];
}

/** What administrators see and do about the sign-ins of others. */
export class SignInOversightService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #settings: SiteSettingsSource;
  readonly #events: CredentialEvents;

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    settings: SiteSettingsSource;
    credentialEvents: CredentialEvents;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#settings = deps.settings;
    this.#events = deps.credentialEvents;
  }

  async show(actor: Actor, userId: number): Promise<UserSignInState> {
    requireSecurityConfiguration(actor);
    const { users, signInFailures, userCredentials } = this.#stores;
    if ((await users.findById(userId)) === undefined) throw noSuchUser(userId);
    const [failures, restriction, signIns] = await Promise.all([
      signInFailures.of(userId),
      users.networkRestrictionOf(userId),
      userCredentials.livingOf(userId),
    ]);
    return { failures: failures.filter(({ source }) => source !== EVERYWHERE), restriction, signIns };
  }

  /** Fails with `invalid` (field `networks`) also for what would shut the caller out. */
  async restrict(
    actor: Actor,
    userId: number,
    restriction: NetworkRestriction | undefined,
  ): Promise<UserSignInState> {
    requireSecurityConfiguration(actor);
    if (restriction !== undefined) {
      const own = actor.kind === 'user' && actor.userId === userId;
      const problem =
        restrictionProblem(restriction) ?? (own ? shutsOut(restriction, actor.address) : undefined);
      if (problem !== undefined) throw invalidField('networks', problem);
    }
    await this.#unitOfWork.inTransaction(async ({ users, auditLog }) => {
      const user = await users.lockById(userId);
      if (user === undefined) throw noSuchUser(userId);
      const before = await users.networkRestrictionOf(userId);
      await users.restrictNetworks(userId, restriction);
      await auditLog.record({
        type: 'user.network_restriction_changed',
        actor,
        object: { type: 'user', id: userId, name: user.username },
        before: audited(before),
        after: audited(restriction),
      });
    });
    return await this.show(actor, userId);
  }

  /** Ends every browser session and token of somebody, on every process. */
  async endAll(actor: Actor, userId: number): Promise<void> {
    requireSecurityConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ users, userCredentials, auditLog }) => {
      const user = await users.lockById(userId);
      if (user === undefined) throw noSuchUser(userId);
      await userCredentials.endAllOf(userId);
      await auditLog.record({
        type: 'user.sign_ins_ended',
        actor,
        object: { type: 'user', id: userId, name: user.username },
      });
    });
    this.#events.publish({ kind: 'user_credentials_ended', userId });
  }

  /** How many representatives may be signed in (0: any number), and who is. */
  async licenses(actor: Actor): Promise<{ licenses: number; holders: LicenseHolder[] }> {
    requireSecurityConfiguration(actor);
    return {
      licenses: this.#settings.current().representative_licenses,
      holders: await this.#stores.userCredentials.licenseHolders(),
    };
  }
}

function audited(restriction: NetworkRestriction | undefined): object {
  return {
    network_restriction: restriction?.mode ?? 'site',
    networks: restriction?.networks ?? [],
  };
}

function noSuchUser(id: number): ApplianceError {
  return new ApplianceError('not_found', `There is no user with id ${id}.`);
}

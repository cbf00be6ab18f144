import type { UserActor } from '../actor.ts';
import type { Stores } from '../stores.ts';
import type { AccessPolicySource } from './access-policy.ts';
import { accessDenied } from './authenticator.ts';
import type { CredentialEvents } from './credential-events.ts';
import { effectiveSettings } from './effective-settings.ts';
import { idleLimitSeconds } from './idle-limit.ts';
import type { UserSettingValues } from './user-settings.ts';

/** How long a sign-in still lasts. Seconds left, because clocks of browsers differ. */
export interface SignInStanding {
  expiresAt: Date;
  secondsLeft: number;
  /** Without activity for so long it ends; undefined: it does not. */
  idleSeconds: number | undefined;
  idleSecondsLeft: number | undefined;
}

/** Tells how long sign-ins last, prolongs them and ends those that are idle. */
export class SignInStandings {
  readonly #stores: Stores;
  readonly #policy: AccessPolicySource;
  readonly #events: CredentialEvents;

  constructor(deps: { stores: Stores; policy: AccessPolicySource; events: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#policy = deps.policy;
    this.#events = deps.events;
  }

  /** `settings`: what holds for the person. Fails with `unauthenticated` when the sign-in is gone. */
  async of(actor: UserActor, settings: UserSettingValues): Promise<SignInStanding> {
    const found = await this.#stores.userCredentials.ageOf(actor.credentialId);
    if (found === undefined) throw accessDenied();
    const idleSeconds = idleLimitSeconds(found.kind, settings, this.#policy.current());
    return {
      expiresAt: found.expiresAt,
      secondsLeft: Math.max(0, Math.ceil(found.secondsLeft)),
      idleSeconds,
      idleSecondsLeft:
        idleSeconds === undefined ? undefined : Math.max(0, Math.ceil(idleSeconds - found.idleSeconds)),
    };
  }

  /** Somebody is really there. */
  async keepAlive(actor: UserActor): Promise<SignInStanding> {
    await this.#stores.userCredentials.markSeen(actor.credentialId);
    const profile = await this.#stores.userLogins.profileOf(actor.userId);
    if (profile === undefined) throw accessDenied();
    return await this.of(
      actor,
      effectiveSettings({ ...profile.settings, perm_admin: profile.administrator }, profile.policies),
    );
  }

  /**
   * Ends the browser sessions that are idle for too long or too old, so that what they opened closes with them, on
   * every process. Answers how many there were.
   */
  async endOverdue(): Promise<number> {
    const policy = this.#policy.current();
    const ended: string[] = [];
    for (const session of await this.#stores.userCredentials.idleBrowserSessions(SHORTEST_IDLE_SECONDS)) {
      const settings = effectiveSettings(session.settings, session.policies);
      const limit = idleLimitSeconds('browser', settings, policy);
      if (session.secondsLeft > 0 && (limit === undefined || session.idleSeconds < limit)) continue;
      await this.#stores.userCredentials.end(session.credentialId);
      ended.push(session.credentialId);
    }
    for (const credentialId of ended) this.#events.publish({ kind: 'credential_ended', credentialId });
    return ended.length;
  }
}

/** No limit is shorter. */
const SHORTEST_IDLE_SECONDS = 300;

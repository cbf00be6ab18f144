import type { Stores } from '../stores.ts';
import type { NetworkRestriction } from './network-restriction.ts';
import type { SignInAttempt } from './sign-in-attempt.ts';
import type { UserSettingValues } from './user-settings.ts';

/** Somebody a provider has vouched for, as the gates see them. */
export interface SignInPerson {
  id: number;
  securityProviderId: number;
  username: string;
  displayName: string;
  emailAddress: string;
  /** Own value; `settings.perm_admin` is the effective one. */
  administrator: boolean;
  /** What holds after every group policy has had its say. */
  settings: UserSettingValues;
  lastAuthentication: Date | undefined;
  /** A temporary account of somebody from outside. */
  invited: boolean;
  /** Own network restriction; undefined where the site's holds. */
  restriction: NetworkRestriction | undefined;
}

/** A question before somebody is let in. The screen shows `message`; programs go by `step`. */
export interface SignInStep {
  step: 'challenge' | 'second_factor' | 'agreement' | 'account_in_use';
  message: string;
  /** What was wrong with the answer before. */
  problem?: string;
  /** What the step needs beside it, by wire name, e.g. `methods` of a second factor or the `text` of an agreement. */
  details?: Readonly<Record<string, unknown>>;
}

/** What the person answered, by wire name; checked against the contract (`SignInStepAnswer`). */
export interface SignInAnswer {
  /** A code of an authenticator app, a recovery code, or the answer to a provider's challenge. */
  code?: string | undefined;
  /** An answer of `navigator.credentials.get`, as JSON. */
  passkey?: Readonly<Record<string, unknown>> | undefined;
  /** Accepts an agreement, or ends the other sign-ins of the account. */
  accept?: boolean | undefined;
}

export interface GateContext {
  person: SignInPerson;
  /** Gates may keep notes in `memo` and add to `methods`. */
  attempt: SignInAttempt;
  /** Of the transaction that goes on with the attempt. */
  stores: Stores;
  address: string;
  /** What this browser sent of the cookie that tells known devices; undefined for programs. */
  device?: string | undefined;
  /** The cookie of the sign-in that this browser still has. */
  session?: string | undefined;
}

export type GateRuling =
  | { kind: 'passed' }
  | { kind: 'ask'; step: SignInStep }
  /** `reason` goes to the audit log. The screen shows `message`, or no more than that signing in failed. */
  | { kind: 'refuse'; reason: string; message?: string };

/**
 * Stands between a provider's word and the credential: network restrictions, second factors, agreements, licences.
 * Gates are asked in a fixed order; the first that does not pass decides.
 */
export interface SignInGate {
  readonly name: string;
  ruling(context: GateContext): Promise<GateRuling>;
  /**
   * Judges the answer to what `ruling` asked. `wrong`: the attempt goes on with the same question until too many
   * answers were wrong; `reason` is for the audit log.
   */
  answer?(
    context: GateContext,
    answer: SignInAnswer,
  ): Promise<{ kind: 'passed' } | { kind: 'wrong'; reason: string; message: string }>;
  /**
   * Runs in the transaction that issues the credential, after every gate passed; failing undoes the sign-in. What it
   * answers is called after the commit.
   */
  admitted?(context: GateContext, credentialId: string): Promise<undefined | (() => void)>;
}

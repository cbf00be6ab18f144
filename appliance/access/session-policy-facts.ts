import type { SessionPolicyFacts } from './access-facts.ts';

/** The session policies that may have a say in one session. */
export interface SessionPoliciesAtHand {
  /** Those asked for, those that settings of the person refer to, the portal's and the global one. */
  policies: ReadonlyMap<number, SessionPolicyFacts>;
  portal: SessionPolicyFacts | null;
  global: SessionPolicyFacts;
}

export interface SessionPolicyQuestion {
  userId: number | undefined;
  /** Policies of the Jump Item and whatever else is wanted; null is passed over. */
  policyIds: readonly (number | null)[];
  /** Null: the site's default portal. */
  publicPortalId: number | null;
}

/** Reads the session policies of a question in one round trip. */
export interface SessionPolicyFactsSource {
  find(question: SessionPolicyQuestion): Promise<SessionPoliciesAtHand>;
}

/** Id of the global session policy, which the published contract reserves. */
export const GLOBAL_SESSION_POLICY_ID = 1;

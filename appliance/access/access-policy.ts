import type { NetworkRestrictions } from './network-restriction.ts';
import type { PasswordRules } from './password-policy.ts';

/** The numbers behind sign-in, lockout and rate limits. Their values are site settings. */
export interface AccessPolicy {
  /** Calls an API account may make over all APIs and all processes of the site. */
  apiRate: { perSecond: number; perHour: number };
  /** After so many failures in a row an API account or a person is refused for so many minutes. */
  apiLockout: { attempts: number; minutes: number };
  userLockout: { attempts: number; minutes: number };
  passwords: PasswordRules;
  networks: NetworkRestrictions;
  /** A browser session ends when idle for so long, and at the latest after so long. */
  browserSession: { idleMinutes: number; maximumMinutes: number };
  /** A command-line token ends when unused for so long, and at the latest after so long. */
  userToken: { idleMinutes: number; maximumMinutes: number };
}

/** Read on every call, so it answers from memory; a changed setting takes effect within seconds on every process. */
export interface AccessPolicySource {
  current(): AccessPolicy;
}

import type { AccessPolicy } from './access-policy.ts';
import type { UserCredentialKind } from './user-credentials.ts';
import type { UserSettingValues } from './user-settings.ts';

/** What `perm_console_idle_timeout` says when the site decides. */
const AS_THE_SITE = -1;

/** How long a sign-in lasts without activity, in seconds; undefined for as long as it lasts at all. */
export function idleLimitSeconds(
  kind: UserCredentialKind,
  settings: Pick<UserSettingValues, 'perm_console_idle_timeout'>,
  { browserSession, userToken }: Pick<AccessPolicy, 'browserSession' | 'userToken'>,
): number | undefined {
  if (kind === 'token') return userToken.idleMinutes * 60;
  const own = settings.perm_console_idle_timeout;
  if (own === AS_THE_SITE) return browserSession.idleMinutes * 60;
  return own === 0 ? undefined : own;
}

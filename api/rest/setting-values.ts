import type { UserSettingWishes } from '../../appliance/access/user-setting-values.ts';
import { USER_SETTINGS, type UserSettingName } from '../../appliance/access/user-settings.ts';

/** What a body wants of the settings of the catalogue. Null means not set, except where it is a value. */
export function settingsIn(body: object): UserSettingWishes {
  return Object.fromEntries(
    Object.entries(body).filter(
      ([name, value]) =>
        Object.hasOwn(USER_SETTINGS, name) &&
        (value !== null || USER_SETTINGS[name as UserSettingName].form.kind === 'session_policy'),
    ),
  ) as UserSettingWishes;
}

/** Fields under which the sister product has some of the settings. */
export interface AliasFields {
  perm_access_allowed?: boolean | 'not_allowed' | 'full_support' | null;
  perm_invite_external_user?: boolean | null;
}

export function aliasesIn({
  perm_access_allowed: allowed,
  perm_invite_external_user: invites,
}: AliasFields): UserSettingWishes {
  const words = { true: 'full_support', false: 'not_allowed' } as const;
  return {
    ...(typeof allowed === 'boolean' && { perm_support_allowed: words[`${allowed}`] }),
    ...(typeof allowed === 'string' && { perm_support_allowed: allowed }),
    ...(typeof invites === 'boolean' && { perm_invite_external_rep: invites }),
  };
}

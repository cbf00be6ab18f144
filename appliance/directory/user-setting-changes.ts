import { effectiveSettings, explainSetting, type PolicyLayer } from '../access/effective-settings.ts';
import { sameSettingValue, type UserSettingWishes } from '../access/user-setting-values.ts';
import {
  INITIAL_USER_SETTINGS,
  type UserSettingName,
  type UserSettingValues,
} from '../access/user-settings.ts';
import { ApplianceError, type FieldErrors } from '../errors.ts';
import { refuseBadValues, withAliases } from './group-policy-settings.ts';
import type { User } from './user.ts';

/** Own values of a person, the right to administer apart. */
export type OwnValues = Pick<User, 'administrator' | 'settings'>;

/** Own values as the rules take them. */
export function ownValuesOf({ administrator, settings }: OwnValues): Partial<UserSettingValues> {
  return { ...settings, ...(administrator && { perm_admin: true }) };
}

export function effectiveOf(own: OwnValues, policies: readonly PolicyLayer[]): UserSettingValues {
  return effectiveSettings(ownValuesOf(own), policies);
}

/**
 * Own values after a request in the fields that show what holds for the person. What it shows already changes nothing:
 * clients send back what they read, and what a policy grants must not become the person's own by that. Fails with
 * `invalid`, naming the policy, for another value of a setting that a group policy decides.
 */
export function changedByShownValues<Own extends OwnValues>(
  own: Own,
  policies: readonly PolicyLayer[],
  values: UserSettingWishes,
  aliases: UserSettingWishes,
): Own {
  const shown = effectiveOf(own, policies);
  const wishes = withAliases(values, aliases, shown);
  refuseBadValues(wishes);
  const fields: FieldErrors = {};
  const wanted: Record<string, unknown> = {};
  for (const name of Object.keys(wishes) as UserSettingName[]) {
    const value = wishes[name];
    if (value === undefined || sameSettingValue(value, shown[name])) continue;
    const { source } = explainSetting(name, ownValuesOf(own), policies);
    // Nothing takes the right to administer from whoever has it as own value.
    if (source.kind === 'group_policy' && !(name === 'perm_admin' && value === true)) {
      fields[name] = [`The group policy “${source.name}” decides this. Change it there.`];
    } else {
      wanted[name] = value;
    }
  }
  const [first] = Object.values(fields);
  if (first !== undefined) throw new ApplianceError('invalid', first[0]!, { fields });
  return withOwn(own, wanted);
}

/** Own values as they are asked for; null takes one away, so that policies or the initial value hold. */
export function changedOwnValues<Own extends OwnValues>(
  own: Own,
  wishes: { [Name in UserSettingName]?: UserSettingValues[Name] | null | undefined },
): Own {
  refuseBadValues(
    Object.fromEntries(Object.entries(wishes).filter(([, value]) => value !== null)) as UserSettingWishes,
  );
  return withOwn(own, wishes);
}

function withOwn<Own extends OwnValues>(own: Own, wanted: Record<string, unknown>): Own {
  const settings: Record<string, unknown> = { ...own.settings };
  let { administrator } = own;
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    if (name === 'perm_admin') administrator = value === true;
    else if (value === null) delete settings[name];
    else settings[name] = value;
  }
  return { ...own, administrator, settings: settings as User['settings'] };
}

/** Settings in whose words a person may do more than another one: the further right, the more. */
const GRADED = [
  'perm_support_allowed',
  'perm_view_vault_reports',
  'perm_endpoint_automation',
] as const satisfies readonly UserSettingName[];
const GRADES = {
  perm_support_allowed: ['not_allowed', 'full_support'],
  perm_view_vault_reports: ['not_allowed', 'view_user_events', 'view_all_events'],
  perm_endpoint_automation: ['not_allowed', 'user', 'administrator'],
} as const satisfies Record<(typeof GRADED)[number], readonly string[]>;

/** Names of the settings by which one person may do what another one may not. Requirements on people are no rights. */
export function rightsBeyond(one: UserSettingValues, other: UserSettingValues): UserSettingName[] {
  if (other.perm_admin) return [];
  const beyond = (Object.keys(INITIAL_USER_SETTINGS) as UserSettingName[]).filter(
    (name) => one[name] === true && other[name] !== true && name !== 'two_factor_required',
  );
  for (const name of GRADED) {
    const grades: readonly string[] = GRADES[name];
    if (grades.indexOf(one[name]) > grades.indexOf(other[name])) beyond.push(name);
  }
  const [reports, theirs] = [one.perm_view_support_reports, other.perm_view_support_reports];
  const covered = reports === theirs || reports === 'not_allowed' || theirs === 'all_sessions';
  // One's own sessions are among those of one's teams; Jump Groups and teams are not comparable.
  if (!covered && !(reports === 'user_sessions' && theirs !== 'not_allowed'))
    beyond.push('perm_view_support_reports');
  return beyond;
}

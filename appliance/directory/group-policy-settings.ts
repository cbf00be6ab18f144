import type { GroupPolicySettings } from '../access/effective-settings.ts';
import {
  sameSettingValue,
  type UserSettingWishes,
  userSettingProblem,
} from '../access/user-setting-values.ts';
import {
  INITIAL_USER_SETTINGS,
  USER_SETTING_NAMES,
  USER_SETTINGS,
  type UserSettingName,
  type UserSettingValues,
} from '../access/user-settings.ts';
import { ApplianceError, type FieldErrors, invalidField } from '../errors.ts';
import type { GroupPolicy } from './group-policy.ts';

/** `not_defined`: the policy says nothing about the setting. */
export const SETTING_STATUSES = ['not_defined', 'defined', 'final'] as const;
export type SettingStatus = (typeof SETTING_STATUSES)[number];

type Said = Pick<GroupPolicy, 'settings' | 'keptValues'>;

/** What a caller wants a policy to say. */
export interface GroupPolicySettingChanges {
  values?: UserSettingWishes | undefined;
  /** The same values under their names of the sister product: they count where they differ from what is shown. */
  aliases?: UserSettingWishes | undefined;
  statuses?: Partial<Record<UserSettingName, SettingStatus>> | undefined;
  /** One status for the whole section of representative permissions, and its alias. */
  representativeStatus?: SettingStatus | undefined;
  representativeStatusAlias?: SettingStatus | undefined;
}

const REPRESENTATIVE_NAMES = USER_SETTING_NAMES.filter(
  (name) => USER_SETTINGS[name].section === 'representative',
);

export function statusOf({ settings }: Pick<Said, 'settings'>, name: UserSettingName): SettingStatus {
  return settings[name]?.status ?? 'not_defined';
}

export function shownValues({ settings, keptValues }: Said): UserSettingValues {
  const values: Record<string, unknown> = { ...INITIAL_USER_SETTINGS, ...keptValues };
  for (const name of USER_SETTING_NAMES) {
    const defined = settings[name];
    if (defined !== undefined) values[name] = defined.value;
  }
  return values as UserSettingValues;
}

/** The one published status of the section: what all agree on, else `defined`. */
export function representativeStatusOf(said: Pick<Said, 'settings'>): SettingStatus {
  const statuses = new Set(REPRESENTATIVE_NAMES.map((name) => statusOf(said, name)));
  const [one] = statuses;
  return statuses.size === 1 && one !== undefined ? one : 'defined';
}

/**
 * What a policy says after a change. Clients send back what they read, so only what differs from what is shown counts:
 * a status of a single setting before the status of the section. A value of a setting that is not defined is kept
 * without effect. Fails with `invalid` naming every bad value. `before` is undefined for a new policy.
 */
export function changedPolicySettings(before: Said | undefined, changes: GroupPolicySettingChanges): Said {
  const was: Said = before ?? { settings: {}, keptValues: {} };
  const shown = shownValues(was);
  const wishes = withAliases(changes.values ?? {}, changes.aliases ?? {}, shown);
  refuseBadValues(wishes);
  const shownStatus = representativeStatusOf(was);
  const sectionStatus = oneOf(
    'rep_perm_status',
    changes.representativeStatus,
    changes.representativeStatusAlias,
    shownStatus,
  );
  const settings: Record<string, unknown> = {};
  const keptValues: Record<string, unknown> = {};
  for (const name of USER_SETTING_NAMES) {
    const current = statusOf(was, name);
    const own = changes.statuses?.[name];
    let status = current;
    if (own !== undefined && (own !== current || before === undefined)) status = own;
    else if (
      sectionStatus !== undefined &&
      sectionStatus !== shownStatus &&
      USER_SETTINGS[name].section === 'representative'
    ) {
      status = sectionStatus;
    }
    const value = wishes[name] ?? (wishes[name] === null ? null : shown[name]);
    if (status !== 'not_defined') settings[name] = { status, value };
    else if (!sameSettingValue(value, INITIAL_USER_SETTINGS[name])) keptValues[name] = value;
  }
  return {
    settings: settings as GroupPolicySettings,
    keptValues: keptValues as Partial<UserSettingValues>,
  };
}

/** Of a name and its alias the one that differs from what is shown; fails with `invalid` when both do, differently. */
export function withAliases(
  values: UserSettingWishes,
  aliases: UserSettingWishes,
  shown: UserSettingValues,
): UserSettingWishes {
  const wishes: Record<string, unknown> = { ...values };
  for (const name of Object.keys(aliases) as UserSettingName[]) {
    const wanted = oneOf(name, values[name], aliases[name], shown[name]);
    if (wanted !== undefined) wishes[name] = wanted;
  }
  return wishes as UserSettingWishes;
}

function oneOf<Value>(
  field: string,
  value: Value | undefined,
  alias: Value | undefined,
  shown: Value,
): Value | undefined {
  if (alias === undefined || value === alias) return value;
  if (value === undefined || value === shown) return alias;
  if (alias === shown) return value;
  throw invalidField(field, `${field} and its other name want different things.`);
}

/** Fails with `invalid` naming every bad value. */
export function refuseBadValues(wishes: UserSettingWishes): void {
  const fields: FieldErrors = {};
  for (const [name, value] of Object.entries(wishes)) {
    if (value === undefined) continue;
    const problem = userSettingProblem(name as UserSettingName, value);
    if (problem !== undefined) fields[name] = [problem];
  }
  const [first] = Object.values(fields);
  if (first !== undefined) throw new ApplianceError('invalid', first[0]!, { fields });
}

/** Whether a change touches who is an administrator, now or once it is defined. */
export function changesAdministrators(before: Said | undefined, after: Said): boolean {
  const word = (said: Said | undefined) => {
    const { status = 'not_defined', value = said?.keptValues.perm_admin ?? false } =
      said?.settings.perm_admin ?? {};
    return `${status} ${value}`;
  };
  return word(before) !== word(after);
}

export function definesAdministrators({ settings }: Pick<Said, 'settings'>): boolean {
  return settings.perm_admin !== undefined;
}

/** What an audit row shows: one entry per setting that the policy speaks of. */
export function auditedSettings(said: Said): Record<string, unknown> {
  const shown = shownValues(said);
  const spokenOf = USER_SETTING_NAMES.filter(
    (name) => said.settings[name] !== undefined || said.keptValues[name] !== undefined,
  );
  // Members in one order: the database has its own.
  const entries = spokenOf.map((name) => [
    name,
    { status: statusOf(said, name), value: sorted(shown[name]) },
  ]);
  return Object.fromEntries(entries);
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

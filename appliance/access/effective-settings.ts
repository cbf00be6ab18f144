import {
  INITIAL_USER_SETTINGS,
  OPENING_CHOICES,
  type OpeningRight,
  USER_RIGHTS,
  USER_SETTING_NAMES,
  type UserSettingName,
  type UserSettingValues,
} from './user-settings.ts';

/** `final`: no later group policy replaces it. A setting that a policy does not name is not defined by it. */
export type DefinedStatus = 'defined' | 'final';

export type GroupPolicySettings = {
  readonly [Name in UserSettingName]?: { status: DefinedStatus; value: UserSettingValues[Name] };
};

/** One group policy as it bears on a member. */
export interface PolicyLayer {
  id: number;
  name: string;
  settings: GroupPolicySettings;
}

/** Where a value comes from. `initial`: nobody said anything. */
export type SettingSource =
  | { kind: 'initial' }
  | { kind: 'user' }
  | { kind: 'group_policy'; id: number; name: string; status: DefinedStatus };

/** One thing that was said about a setting, in the order it counts. */
export interface SettingStatement<Value = unknown> {
  source: SettingSource;
  value: Value;
  /** Why it does not hold; undefined for the one that does. */
  passedOver?: { because: 'replaced_later' | 'final_before'; by: SettingSource };
}

export interface ExplainedSetting<Value = unknown> {
  value: Value;
  source: SettingSource;
  statements: SettingStatement<Value>[];
}

/**
 * What holds for a person: the own value first, then each group policy in its order. A defined value replaces, a final
 * one stops. The right to administer is the exception: whoever has it as own value keeps it, so that no group policy
 * can shut the last administrators out.
 */
export function effectiveSettings(
  own: Partial<UserSettingValues>,
  policies: readonly PolicyLayer[],
): UserSettingValues {
  const values: Record<string, unknown> = { ...INITIAL_USER_SETTINGS, ...own };
  const closed = new Set<string>();
  if (own.perm_admin === true) closed.add('perm_admin');
  for (const { settings } of policies) {
    for (const name in settings) {
      const defined = settings[name as UserSettingName];
      if (defined === undefined || closed.has(name)) continue;
      values[name] = defined.value;
      if (defined.status === 'final') closed.add(name);
    }
  }
  return values as UserSettingValues;
}

/** The yes-or-no settings that are yes, and the choices that allow anything. */
export function rightsOf(values: UserSettingValues): Set<OpeningRight> {
  return new Set<OpeningRight>([
    ...USER_RIGHTS.filter((right) => values[right]),
    ...OPENING_CHOICES.filter((choice) => values[choice] !== 'not_allowed'),
  ]);
}

/** The same as `effectiveSettings` with the path it took, for one setting. */
export function explainSetting<Name extends UserSettingName>(
  name: Name,
  own: Partial<UserSettingValues>,
  policies: readonly PolicyLayer[],
): ExplainedSetting<UserSettingValues[Name]> {
  type Value = UserSettingValues[Name];
  const statements: SettingStatement<Value>[] = [];
  const value = own[name] as Value | undefined;
  statements.push(
    value === undefined
      ? { source: { kind: 'initial' }, value: INITIAL_USER_SETTINGS[name] }
      : { source: { kind: 'user' }, value },
  );
  let holding = 0;
  let closed = name === 'perm_admin' && value === true;
  for (const { id, name: policyName, settings } of policies) {
    const defined = settings[name];
    if (defined === undefined) continue;
    const source: SettingSource = { kind: 'group_policy', id, name: policyName, status: defined.status };
    const statement: SettingStatement<Value> = { source, value: defined.value as Value };
    statements.push(statement);
    const held = statements[holding]!;
    if (closed) {
      statement.passedOver = { because: 'final_before', by: held.source };
      continue;
    }
    held.passedOver = { because: 'replaced_later', by: source };
    holding = statements.length - 1;
    closed = defined.status === 'final';
  }
  const { value: held, source } = statements[holding]!;
  return { value: held, source, statements };
}

/** Every setting with where it comes from. */
export function explainSettings(
  own: Partial<UserSettingValues>,
  policies: readonly PolicyLayer[],
): { [Name in UserSettingName]: ExplainedSetting<UserSettingValues[Name]> } {
  return Object.fromEntries(
    USER_SETTING_NAMES.map((name) => [name, explainSetting(name, own, policies)]),
  ) as { [Name in UserSettingName]: ExplainedSetting<UserSettingValues[Name]> };
}

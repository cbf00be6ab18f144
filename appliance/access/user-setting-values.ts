import {
  SESSION_PERMISSIONS,
  type SessionPermissionName,
  sessionPermissionProblem,
} from './session-permissions.ts';
import { USER_SETTINGS, type UserSettingName, type UserSettingValues } from './user-settings.ts';

const LARGEST_ID = 2_147_483_647;
/** The global session policy has id 1 and is given to nobody: it holds for all. */
const FIRST_SESSION_POLICY_ID = 2;

/** Values of some settings, as a caller wants them. */
export type UserSettingWishes = { [Name in UserSettingName]?: UserSettingValues[Name] | undefined };

/** What is wrong with a value of a setting, or undefined. Whether an id exists is for the database to say. */
export function userSettingProblem(name: UserSettingName, value: unknown): string | undefined {
  const { form } = USER_SETTINGS[name];
  switch (form.kind) {
    case 'right':
      return typeof value === 'boolean' ? undefined : `${name} is true or false.`;
    case 'choice':
      if (typeof value === 'string' && form.values.includes(value)) return undefined;
      return `${name} is one of ${form.values.join(', ')}.`;
    case 'number':
      if (typeof value === 'number' && form.values.includes(value)) return undefined;
      return `${name} is one of ${form.values.join(', ')}.`;
    case 'range':
      if (isIntegerWithin(value, form.minimum, form.maximum)) return undefined;
      return `${name} is a whole number from ${form.minimum} to ${form.maximum}.`;
    case 'jump_item_role':
      return isIntegerWithin(value, 1, LARGEST_ID) ? undefined : `${name} is the id of a Jump Item Role.`;
    case 'session_policy':
      return sessionPolicyProblem(name, value);
  }
}

function sessionPolicyProblem(name: string, value: unknown): string | undefined {
  if (value === null || isIntegerWithin(value, FIRST_SESSION_POLICY_ID, LARGEST_ID)) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) {
    return `${name} is null, the id of a session policy, or an object of session permissions.`;
  }
  for (const [permission, wanted] of Object.entries(value)) {
    if (!Object.hasOwn(SESSION_PERMISSIONS, permission))
      return `There is no session permission ${permission}.`;
    const problem = sessionPermissionProblem(permission as SessionPermissionName, wanted);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isIntegerWithin(value: unknown, minimum: number, maximum: number): boolean {
  return Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum;
}

/** Whether two values of a setting are the same; the order of session permissions does not count. */
export function sameSettingValue(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(entries);
}

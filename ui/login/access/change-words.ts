import {
  type Choice,
  useGroupPolicyChoices,
  useJumpGroupChoices,
  useJumpItemRoleChoices,
  useJumpointChoices,
  useJumpPolicyChoices,
  useSessionPolicyChoices,
  useTeamChoices,
} from '../../shared/choices.ts';
import {
  permissionInWords,
  type SessionPermission,
  useSessionPermissions,
} from '../../shared/session-permissions.ts';
import { settingInWords } from '../../shared/setting-value.tsx';
import { useUserNames } from '../../shared/user-picker.tsx';
import { settingOf } from '../../shared/user-settings.ts';
import { JUMP_ITEM_PERMISSIONS } from '../jump/jump-item-roles.tsx';
import type { Change } from './question.ts';

/** What changes may refer to, by name. */
export interface ChangeNames {
  roles: Choice[];
  jumpGroups: Choice[];
  teams: Choice[];
  jumpoints: Choice[];
  jumpPolicies: Choice[];
  sessionPolicies: Choice[];
  groupPolicies: Choice[];
  permissions: SessionPermission[];
}

export function useChangeNames(): ChangeNames {
  return {
    roles: useJumpItemRoleChoices(),
    jumpGroups: useJumpGroupChoices(),
    teams: useTeamChoices(),
    jumpoints: useJumpointChoices(),
    jumpPolicies: useJumpPolicyChoices(),
    sessionPolicies: useSessionPolicyChoices(),
    groupPolicies: useGroupPolicyChoices(),
    permissions: useSessionPermissions().data ?? [],
  };
}

/** The rules of a Jump Policy that can be tried. */
export const JUMP_POLICY_RULES: Choice[] = [
  { value: 'schedule_enabled', label: 'Enforce the schedule' },
  { value: 'ticket_id_required', label: 'Require a ticket ID' },
  { value: 'two_factor_challenge_required', label: 'Require a second factor' },
];

/** Says changes as sentences. */
export function useChangesInWords(changes: Change[], names: ChangeNames): string[] {
  const users = useUserNames(changes.flatMap(usersOf));
  return changes.map((change) => inWords(change, names, users));
}

function usersOf({ user_id: user, add_members: added = [], remove_members: removed = [] }: Change): number[] {
  return [...(user === undefined ? [] : [user]), ...added, ...removed];
}

function inWords(change: Change, names: ChangeNames, user: (id: number) => string): string {
  const called = (choices: Choice[], id: unknown) =>
    choices.find(({ value }) => value === String(id))?.label ?? String(id);
  switch (change.change) {
    case 'user': {
      if (change.enabled !== undefined)
        return `${user(change.user_id ?? 0)} is ${change.enabled ? 'enabled' : 'disabled'}`;
      return `${user(change.user_id ?? 0)}: ${settingsInWords(change.settings ?? {}, names)}`;
    }
    case 'membership': {
      const kinds = { jump_group: names.jumpGroups, team: names.teams, jumpoint: names.jumpoints };
      const of = called(kinds[change.of ?? 'jump_group'], change.id);
      if (change.member === false) return `${user(change.user_id ?? 0)} leaves ${of}`;
      const as =
        change.team_role ??
        (change.jump_item_role_id ? called(names.roles, change.jump_item_role_id) : undefined);
      return `${user(change.user_id ?? 0)} becomes a member of ${of}${as === undefined ? '' : ` as ${as}`}`;
    }
    case 'jump_item_role': {
      const said = Object.entries(change.permissions ?? {}).map(
        ([name, value]) =>
          `${JUMP_ITEM_PERMISSIONS.find((field) => field.name === name)?.label ?? name}: ${value === true ? 'yes' : 'no'}`,
      );
      return `Jump Item Role ${called(names.roles, change.jump_item_role_id)}: ${said.join(', ')}`;
    }
    case 'group_policy': {
      const policy = `Group policy ${called(names.groupPolicies, change.group_policy_id)}`;
      if (change.add_members !== undefined) return `${policy}: ${change.add_members.map(user).join()} joins`;
      if (change.remove_members !== undefined)
        return `${policy}: ${change.remove_members.map(user).join()} leaves`;
      return `${policy}: ${settingsInWords(change.settings ?? {}, names)}`;
    }
    case 'session_policy': {
      const said = Object.entries(change.permissions ?? {}).map(([name, value]) => {
        const permission = names.permissions.find((one) => one.name === name);
        return `${permission?.label ?? name}: ${permissionInWords(permission, value)}`;
      });
      const which =
        change.session_policy_id === 1
          ? 'Global session policy'
          : `Session policy ${called(names.sessionPolicies, change.session_policy_id)}`;
      return `${which}: ${said.join(', ')}`;
    }
    case 'jump_policy': {
      const said = JUMP_POLICY_RULES.flatMap(({ value, label }) => {
        const to = (change as Record<string, unknown>)[value];
        return to === undefined ? [] : [`${label}: ${to === true ? 'yes' : 'no'}`];
      });
      return `Jump Policy ${called(names.jumpPolicies, change.jump_policy_id)}: ${said.join(', ')}`;
    }
    case 'jump_item':
      return change.jump_group === undefined
        ? `The Jump Item has ${change.jump_policy_id === null ? 'no Jump Policy' : `the Jump Policy ${called(names.jumpPolicies, change.jump_policy_id)}`}`
        : `The Jump Item moves to ${called(names.jumpGroups, change.jump_group.id)}`;
    default:
      return change.change.replaceAll('_', ' ');
  }
}

function settingsInWords(settings: Record<string, unknown>, names: ChangeNames): string {
  return Object.entries(settings)
    .map(([name, said]) => {
      const setting = settingOf(name);
      if (setting === undefined) return name;
      if (said === null) return `${setting.label}: not defined`;
      const defined = said as { status?: string; value?: unknown };
      const isPolicy = typeof said === 'object' && defined.status !== undefined;
      const value = isPolicy ? defined.value : said;
      return `${setting.label}: ${settingInWords(setting, value, names)}${isPolicy ? ` (${defined.status})` : ''}`;
    })
    .join(', ');
}

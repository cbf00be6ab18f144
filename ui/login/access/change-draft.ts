import type { Change } from './question.ts';

/** What can be tried here; the API takes more. */
export type Kind =
  | 'user_setting'
  | 'user_enabled'
  | 'membership'
  | 'role'
  | 'policy_member'
  | 'policy_setting'
  | 'jump_policy'
  | 'item_policy'
  | 'item_group'
  | 'session_policy';

export const KINDS: { value: Kind; label: string }[] = [
  { value: 'membership', label: 'A membership of a user' },
  { value: 'user_setting', label: 'A setting of a user' },
  { value: 'user_enabled', label: 'A user enabled or disabled' },
  { value: 'policy_member', label: 'A member of a group policy' },
  { value: 'policy_setting', label: 'A setting of a group policy' },
  { value: 'role', label: 'A permission of a Jump Item Role' },
  { value: 'jump_policy', label: 'A rule of a Jump Policy' },
  { value: 'item_policy', label: 'The Jump Policy of the Jump Item' },
  { value: 'item_group', label: 'The Jump Group of the Jump Item' },
  { value: 'session_policy', label: 'A permission of a session policy' },
];

/** Everything a change may need; which of it counts depends on the kind. */
export interface Draft {
  kind: Kind;
  user: number | null;
  of: 'jump_group' | 'team' | 'jumpoint';
  id: string | null;
  role: string | null;
  member: string;
  name: string | null;
  status: string;
  value: unknown;
}

/** Undefined while something is missing. */
export function changeOf(draft: Draft, item: number | null): Change | undefined {
  const { kind, user, of, role, name, status, value } = draft;
  const id = draft.id === null ? null : Number(draft.id);
  const yes = draft.member === 'yes';
  switch (kind) {
    case 'membership':
      if (user === null || id === null) return undefined;
      return {
        change: 'membership',
        of,
        id,
        user_id: user,
        member: yes,
        ...(yes && of === 'jump_group' ? { jump_item_role_id: role === null ? null : Number(role) } : {}),
        ...(yes && of === 'team' ? { team_role: (role ?? 'member') as 'member' } : {}),
      };
    case 'user_enabled':
      return user === null ? undefined : { change: 'user', user_id: user, enabled: yes };
    case 'user_setting':
      if (user === null || name === null) return undefined;
      return { change: 'user', user_id: user, settings: { [name]: value } };
    case 'policy_member':
      if (user === null || id === null) return undefined;
      return {
        change: 'group_policy',
        group_policy_id: id,
        ...(yes ? { add_members: [user] } : { remove_members: [user] }),
      };
    case 'policy_setting':
      if (id === null || name === null) return undefined;
      return {
        change: 'group_policy',
        group_policy_id: id,
        settings: { [name]: status === 'not_defined' ? null : { status, value } },
      };
    case 'role':
      if (id === null || name === null) return undefined;
      return { change: 'jump_item_role', jump_item_role_id: id, permissions: { [name]: yes } };
    case 'jump_policy':
      return id === null || name === null
        ? undefined
        : { change: 'jump_policy', jump_policy_id: id, [name]: yes };
    case 'item_policy':
      if (item === null || draft.id === null) return undefined;
      return { change: 'jump_item', jump_item_id: item, jump_policy_id: draft.id === 'none' ? null : id };
    case 'item_group':
      return item === null || id === null
        ? undefined
        : { change: 'jump_item', jump_item_id: item, jump_group: { type: 'shared', id } };
    case 'session_policy':
      if (id === null || name === null || value === null) return undefined;
      return {
        change: 'session_policy',
        session_policy_id: id,
        permissions: { [name]: value === 'not_defined' ? null : value },
      };
  }
}

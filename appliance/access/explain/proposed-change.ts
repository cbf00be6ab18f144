import type { JumpGroupType } from '../../jump/jump-item.ts';
import type { JumpItemPermission } from '../../jump/jump-item-role.ts';
import type { JumpPolicy } from '../../jump/jump-policy.ts';
import type { JumpSchedule } from '../../jump/jump-schedule.ts';
import type { TeamRole } from '../../support/team.ts';
import type { GroupPolicySettings } from '../effective-settings.ts';
import type { MembershipEntry } from '../memberships.ts';
import type { SessionPermissionName, SessionPermissionValue } from '../session-permissions.ts';
import type { UserSettingName, UserSettingValues } from '../user-settings.ts';

/** Settings by name; null takes the value away. */
export type SettingChanges = { [Name in UserSettingName]?: UserSettingValues[Name] | null };

/** What a group policy would say about memberships of one kind; what is missing stays. */
export interface StatementChanges<Role> {
  /** Replaces what the policy says about these objects. */
  set?: readonly MembershipEntry<Role>[];
  /** The policy no longer speaks of these. */
  unset?: readonly number[];
  addFinal?: boolean;
  removeFinal?: boolean;
}

interface GroupPolicyContent {
  settings?: { [Name in UserSettingName]?: GroupPolicySettings[Name] | null };
  addMembers?: readonly number[];
  removeMembers?: readonly number[];
  jumpGroups?: StatementChanges<number>;
  teams?: StatementChanges<TeamRole>;
  jumpoints?: StatementChanges<never>;
}

/** A change of the configuration that nobody has saved. */
export type ProposedChange =
  | { change: 'user'; userId: number; enabled?: boolean; settings?: SettingChanges }
  | ({ change: 'group_policy'; groupPolicyId: number; name?: string } & GroupPolicyContent)
  /** Comes at this place of the order, 1 the first; last when there is none. */
  | ({ change: 'new_group_policy'; name: string; position?: number } & GroupPolicyContent)
  | { change: 'remove_group_policy'; groupPolicyId: number }
  /** Policies that are not named keep their order, behind those that are. */
  | { change: 'group_policy_order'; groupPolicyIds: readonly number[] }
  | {
      change: 'jump_item_role';
      jumpItemRoleId: number;
      permissions: { [Name in JumpItemPermission]?: boolean };
    }
  | {
      change: 'membership';
      of: 'jump_group' | 'team' | 'jumpoint';
      id: number;
      userId: number;
      /** False ends it. */
      member: boolean;
      /** Of a Jump Group; null is the person's default role. */
      jumpItemRoleId?: number | null;
      /** Of a team. */
      teamRole?: TeamRole;
    }
  | {
      change: 'session_policy';
      sessionPolicyId: number;
      /** Null: not defined. */
      permissions: { [Name in SessionPermissionName]?: SessionPermissionValue | null };
    }
  | ({ change: 'jump_policy'; jumpPolicyId: number } & JumpPolicyChanges)
  | ({ change: 'jump_item'; jumpItemId: number } & JumpItemChanges);

export type JumpPolicyChanges = Partial<
  Pick<
    JumpPolicy,
    | 'scheduleEnabled'
    | 'scheduleStrict'
    | 'simultaneousJumps'
    | 'simultaneousJumpsRdp'
    | 'ticketIdRequired'
    | 'twoFactorChallengeRequired'
  > &
    JumpSchedule
>;

export interface JumpItemChanges {
  jumpGroup?: { type: JumpGroupType; id: number };
  jumpointId?: number | null;
  jumpPolicyId?: number | null;
  sessionPolicyId?: number | null;
  attendedSessionPolicyId?: number | null;
  publicPortalId?: number | null;
}

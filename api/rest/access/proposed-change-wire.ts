import type { GroupPolicySettings } from '../../../appliance/access/effective-settings.ts';
import type {
  JumpItemChanges,
  JumpPolicyChanges,
  ProposedChange,
  SettingChanges,
  StatementChanges,
} from '../../../appliance/access/explain/proposed-change.ts';
import type { MembershipAction } from '../../../appliance/access/memberships.ts';
import {
  SESSION_PERMISSIONS,
  type SessionPermissionName,
  type SessionPermissionValue,
  sessionPermissionProblem,
} from '../../../appliance/access/session-permissions.ts';
import { userSettingProblem } from '../../../appliance/access/user-setting-values.ts';
import { USER_SETTINGS, type UserSettingName } from '../../../appliance/access/user-settings.ts';
import { invalidField } from '../../../appliance/errors.ts';
import { JUMP_ITEM_PERMISSIONS, type JumpItemPermission } from '../../../appliance/jump/jump-item-role.ts';
import { checkSchedule } from '../../../appliance/jump/jump-policy-service.ts';
import type { components } from '../../generated/openapi.ts';

type Body = components['schemas']['AccessChange'];

/** The changes of a `what_if`. Fails with `invalid` naming `what_if.N.FIELD`. */
export function toChanges(bodies: readonly Body[] | undefined): ProposedChange[] {
  return (bodies ?? []).map((body, index) => new ChangeReader(body, `what_if.${index}.`).read());
}

/** Reads one change: which fields it needs depends on what it changes. */
class ChangeReader {
  readonly #body: Body;
  readonly #at: string;

  constructor(body: Body, at: string) {
    this.#body = body;
    this.#at = at;
  }

  read(): ProposedChange {
    const { change } = this.#body;
    switch (change) {
      case 'user':
        return this.#user();
      case 'group_policy':
        return {
          change,
          groupPolicyId: this.#need('group_policy_id'),
          ...some({ name: this.#body.name }),
          ...this.#policyContent(),
        };
      case 'new_group_policy':
        return {
          change,
          name: this.#need('name'),
          ...some({ position: this.#body.position }),
          ...this.#policyContent(),
        };
      case 'remove_group_policy':
        return { change, groupPolicyId: this.#need('group_policy_id') };
      case 'group_policy_order':
        return { change, groupPolicyIds: this.#need('group_policy_ids') };
      case 'jump_item_role':
        return {
          change,
          jumpItemRoleId: this.#need('jump_item_role_id'),
          permissions: this.#rolePermissions(),
        };
      case 'membership':
        return this.#membership();
      case 'session_policy':
        return {
          change,
          sessionPolicyId: this.#need('session_policy_id'),
          permissions: this.#sessionPermissions(),
        };
      case 'jump_policy':
        return { change, jumpPolicyId: this.#need('jump_policy_id'), ...this.#jumpPolicy() };
      case 'jump_item':
        return { change, jumpItemId: this.#need('jump_item_id'), ...this.#jumpItem() };
    }
  }

  #user(): ProposedChange {
    const settings: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(this.#body.settings ?? {})) {
      const known = this.#settingName(name);
      if (value !== null) this.#refuse(`settings.${name}`, userSettingProblem(known, value));
      settings[name] = value;
    }
    return {
      change: 'user',
      userId: this.#need('user_id'),
      settings: settings as SettingChanges,
      ...some({ enabled: this.#body.enabled }),
    };
  }

  #policyContent() {
    const { settings, add_members: addMembers, remove_members: removeMembers } = this.#body;
    const { jump_groups: groups, teams, jumpoints } = this.#body;
    return {
      ...some({ addMembers, removeMembers }),
      ...(settings !== undefined && { settings: this.#policySettings(settings) }),
      ...(groups !== undefined && {
        jumpGroups: toStatements(groups, ({ jump_item_role_id: role = null }) => role),
      }),
      ...(teams !== undefined && { teams: toStatements(teams, ({ role = 'member' }) => role) }),
      ...(jumpoints !== undefined && { jumpoints: toStatements(jumpoints, () => null as never) }),
    };
  }

  #policySettings(given: Record<string, unknown>) {
    const settings: Record<string, unknown> = {};
    for (const [name, defined] of Object.entries(given)) {
      const known = this.#settingName(name);
      if (defined !== null) {
        const { status, value } = (typeof defined === 'object' ? defined : {}) as Record<string, unknown>;
        const isStatus = status === 'defined' || status === 'final';
        this.#refuse(
          `settings.${name}`,
          isStatus ? userSettingProblem(known, value) : 'status is defined or final, beside it stands value.',
        );
      }
      settings[name] = defined;
    }
    return settings as { [Name in UserSettingName]?: GroupPolicySettings[Name] | null };
  }

  #rolePermissions(): { [Name in JumpItemPermission]?: boolean } {
    const permissions = this.#need('permissions');
    for (const [name, value] of Object.entries(permissions)) {
      const known = JUMP_ITEM_PERMISSIONS.some((permission) => permission === name);
      if (!known) this.#refuse(`permissions.${name}`, 'Jump Item Roles have no such permission.');
      if (typeof value !== 'boolean') this.#refuse(`permissions.${name}`, `${name} is true or false.`);
    }
    return permissions as { [Name in JumpItemPermission]?: boolean };
  }

  #sessionPermissions() {
    const permissions = this.#need('permissions');
    for (const [name, value] of Object.entries(permissions)) {
      if (!Object.hasOwn(SESSION_PERMISSIONS, name))
        this.#refuse(`permissions.${name}`, `There is no session permission ${name}.`);
      if (value !== null)
        this.#refuse(`permissions.${name}`, sessionPermissionProblem(name as SessionPermissionName, value));
    }
    return permissions as { [Name in SessionPermissionName]?: SessionPermissionValue | null };
  }

  #membership(): ProposedChange {
    const { jump_item_role_id: jumpItemRoleId, team_role: teamRole } = this.#body;
    return {
      change: 'membership',
      of: this.#need('of'),
      id: this.#need('id'),
      userId: this.#need('user_id'),
      member: this.#need('member'),
      ...some({ jumpItemRoleId, teamRole }),
    };
  }

  #jumpPolicy(): JumpPolicyChanges {
    const body = this.#body;
    if (body.schedule !== undefined) {
      const entries = body.schedule.entries.map((entry) => ({
        startDay: entry.start_day,
        startTime: entry.start_time,
        endDay: entry.end_day,
        endTime: entry.end_time,
      }));
      const schedule = { timezone: body.schedule.timezone, entries };
      checkSchedule(schedule, `${this.#at}schedule.`);
      return { ...schedule, ...this.#jumpPolicyRules() };
    }
    return this.#jumpPolicyRules();
  }

  #jumpPolicyRules(): JumpPolicyChanges {
    const body = this.#body;
    return some({
      scheduleEnabled: body.schedule_enabled,
      scheduleStrict: body.schedule_strict,
      simultaneousJumps: body.simultaneous_jumps,
      simultaneousJumpsRdp: body.simultaneous_jumps_rdp,
      ticketIdRequired: body.ticket_id_required,
      twoFactorChallengeRequired: body.two_factor_challenge_required,
    });
  }

  #jumpItem(): JumpItemChanges {
    const body = this.#body;
    const { jump_group: group } = body;
    if (group !== undefined && group.id === undefined)
      this.#refuse('jump_group.id', 'jump_group.id is needed here.');
    return {
      ...(group?.id !== undefined && { jumpGroup: { type: group.type ?? 'shared', id: group.id } }),
      ...some({
        jumpointId: body.jumpoint_id,
        jumpPolicyId: body.jump_policy_id,
        sessionPolicyId: body.session_policy_id,
        attendedSessionPolicyId: body.attended_session_policy_id,
        publicPortalId: body.public_portal_id,
      }),
    };
  }

  #settingName(name: string): UserSettingName {
    if (!Object.hasOwn(USER_SETTINGS, name)) this.#refuse(`settings.${name}`, 'There is no such setting.');
    return name as UserSettingName;
  }

  #need<Name extends keyof Body>(name: Name): NonNullable<Body[Name]> {
    const value = this.#body[name];
    if (value === undefined || value === null)
      throw invalidField(`${this.#at}${name}`, `${name} is needed for a change of this kind.`);
    return value as NonNullable<Body[Name]>;
  }

  #refuse(field: string, problem: string | undefined): void {
    if (problem !== undefined) throw invalidField(`${this.#at}${field}`, problem);
  }
}

interface WireStatements<Entry extends { id: number; action?: MembershipAction }> {
  set?: Entry[];
  unset?: number[];
  add_final?: boolean;
  remove_final?: boolean;
}

function toStatements<Role, Entry extends { id: number; action?: MembershipAction }>(
  { set, unset, add_final: addFinal, remove_final: removeFinal }: WireStatements<Entry>,
  roleOf: (entry: Entry) => Role | null,
): StatementChanges<Role> {
  const entries = set?.map((entry) => ({
    id: entry.id,
    action: entry.action ?? 'add',
    role: roleOf(entry),
  }));
  return some({ set: entries, unset, addFinal, removeFinal });
}

/** Without what is left out. */
function some<T extends object>(members: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: Exclude<T[Name], undefined>;
  };
}

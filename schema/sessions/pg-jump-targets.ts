import type { ScheduleEntry } from '../../appliance/jump/jump-schedule.ts';
import type { JumpPolicyRules } from '../../appliance/sessions/jump-policy-check.ts';
import type { JumpRights, JumpTarget, JumpTargets } from '../../appliance/sessions/jump-target.ts';
import type { ShellTarget } from '../../appliance/sessions/support-session.ts';
import type { Sql } from '../sql.ts';

interface TargetRow {
  id: number;
  kind: string;
  name: string;
  hostname: string;
  port: number | null;
  username: string;
  jumpoint_id: number | null;
  settings: { protocol?: ShellTarget['protocol']; terminal?: ShellTarget['terminal']; keep_alive?: number };
  group_id: number | null;
  group_name: string | null;
  owner_user_id: number | null;
  owner_name: string | null;
  jump_policy_id: number | null;
  may_start: boolean;
  may_edit_jump_policy: boolean;
}

type PolicyRow = Omit<JumpPolicyRules, 'schedule'> & { timezone: string; entries: ScheduleEntry[] };

export class PgJumpTargets implements JumpTargets {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(userId: number, kind: string, jumpItemId: number): Promise<JumpTarget | undefined> {
    const [row] = await this.#sql<TargetRow[]>`
      select i.id, i.kind, i.name, i.hostname, i.port, i.username, i.jumpoint_id, i.settings,
             g.id as group_id, g.name as group_name, i.owner_user_id,
             coalesce(nullif(o.private_display_name, ''), nullif(o.public_display_name, ''), o.username) as owner_name,
             i.jump_policy_id,
             u.perm_admin or i.owner_user_id = u.id or r.perm_start as may_start,
             u.perm_admin or i.owner_user_id = u.id or r.perm_edit_jump_policy as may_edit_jump_policy
        from jump_item i
        join app_user u on u.id = ${userId}
        left join jump_group g on g.id = i.jump_group_id
        left join jump_group_user m on m.jump_group_id = i.jump_group_id and m.user_id = u.id
        left join jump_item_role r on r.id = coalesce(m.jump_item_role_id, u.default_jump_item_role_id)
        left join app_user o on o.id = i.owner_user_id
       where i.id = ${jumpItemId} and i.kind = ${kind}
         and (u.perm_admin or i.owner_user_id = u.id or m.user_id is not null)`;
    if (!row) return undefined;
    return {
      id: row.id,
      kind: row.kind,
      name: row.name,
      shell: row.kind === 'shell_jump' ? shellOf(row) : undefined,
      jumpointId: row.jumpoint_id ?? undefined,
      jumpGroup:
        row.group_id !== null
          ? { id: row.group_id, type: 'shared', name: row.group_name ?? '' }
          : { id: row.owner_user_id!, type: 'personal', name: row.owner_name ?? '' },
      jumpPolicy: row.jump_policy_id === null ? undefined : await this.#policy(row.jump_policy_id),
      mayStart: row.may_start,
      mayEditJumpPolicy: row.may_edit_jump_policy,
    };
  }

  async #policy(id: number): Promise<JumpPolicyRules | undefined> {
    const [row] = await this.#sql<PolicyRow[]>`
      select p.id, p.display_name as "displayName", p.schedule_enabled as "scheduleEnabled",
             p.schedule_strict as "scheduleStrict", p.simultaneous_jumps as "simultaneousJumps",
             p.simultaneous_jumps_rdp as "simultaneousJumpsRdp", p.timezone,
             (select coalesce(jsonb_agg(jsonb_build_object('startDay', e.start_day, 'startTime', e.start_time,
                       'endDay', e.end_day, 'endTime', e.end_time) order by e.position), '[]')
                from jump_policy_schedule_entry e where e.jump_policy_id = p.id) as entries
        from jump_policy p where p.id = ${id}`;
    if (!row) return undefined;
    const { timezone, entries, ...rules } = row;
    return { ...rules, schedule: { timezone, entries } };
  }

  async rightsOf(userId: number): Promise<JumpRights | undefined> {
    const [row] = await this.#sql<JumpRights[]>`
      select perm_admin as administrator, enabled, username, public_display_name as "publicDisplayName",
             private_display_name as "privateDisplayName", allowed_jump_methods as "allowedJumpMethods"
        from app_user where id = ${userId}`;
    return row;
  }

  async markAccessed(jumpItemId: number): Promise<void> {
    await this.#sql`update jump_item set last_accessed_at = clock_timestamp() where id = ${jumpItemId}`;
  }
}

function shellOf(row: TargetRow): ShellTarget {
  const protocol = row.settings.protocol ?? 'ssh';
  return {
    hostname: row.hostname,
    port: row.port || (protocol === 'ssh' ? 22 : 23),
    protocol,
    username: row.username,
    terminal: row.settings.terminal ?? 'xterm',
    keep_alive: row.settings.keep_alive ?? 0,
  };
}

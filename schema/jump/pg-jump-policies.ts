import type { JumpPolicies, JumpPolicy, StoredSchedule } from '../../appliance/jump/jump-policy.ts';
import type { JumpSchedule, ScheduleEntry } from '../../appliance/jump/jump-schedule.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';

export class PgJumpPolicies implements JumpPolicies {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: { codeName?: string | undefined }, page: PageRequest): Promise<Page<JumpPolicy>> {
    const sql = this.#sql;
    const where =
      filter.codeName === undefined ? sql`` : sql`where lower(code_name) = lower(${filter.codeName})`;
    const [items, [count]] = await Promise.all([
      sql<JumpPolicy[]>`
        select ${this.#columns()} from jump_policy ${where}
         order by id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from jump_policy ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<JumpPolicy | undefined> {
    const [policy] = await this.#sql<JumpPolicy[]>`
      select ${this.#columns()} from jump_policy where id = ${id}`;
    return policy;
  }

  async lockById(id: number): Promise<JumpPolicy | undefined> {
    const [policy] = await this.#sql<JumpPolicy[]>`
      select ${this.#columns()} from jump_policy where id = ${id} for update`;
    return policy;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`select 1 from jump_policy where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(policy: Omit<JumpPolicy, 'id' | 'revision'>): Promise<JumpPolicy> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number; revision: number }[]>`
      insert into jump_policy ${sql(toRow(policy))} returning id, revision`;
    return { ...row!, ...policy };
  }

  async update(policy: JumpPolicy): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ revision: number }[]>`
      update jump_policy set ${sql(toRow(policy))}, revision = revision + 1
       where id = ${policy.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from jump_policy where id = ${id}`;
  }

  async countUses(id: number): Promise<{ jumpItems: number; installers: number }> {
    const [row] = await this.#sql<{ jumpItems: number; installers: number }[]>`
      select (select count(*)::int from jump_item where jump_policy_id = ${id}) as "jumpItems",
             (select count(*)::int from jump_client_installer where jump_policy_id = ${id}) as installers`;
    return row!;
  }

  async findSchedule(id: number): Promise<StoredSchedule | undefined> {
    const sql = this.#sql;
    const [[policy], entries] = await Promise.all([
      sql<{ timezone: string; revision: number }[]>`
        select timezone, schedule_revision as revision from jump_policy where id = ${id}`,
      sql<ScheduleEntry[]>`
        select start_day as "startDay", start_time as "startTime", end_day as "endDay", end_time as "endTime"
          from jump_policy_schedule_entry where jump_policy_id = ${id} order by position`,
    ]);
    return policy && { ...policy, entries: [...entries] };
  }

  async replaceSchedule(id: number, { timezone, entries }: JumpSchedule): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ revision: number }[]>`
      update jump_policy set timezone = ${timezone}, schedule_revision = schedule_revision + 1
       where id = ${id} returning schedule_revision as revision`;
    await sql`delete from jump_policy_schedule_entry where jump_policy_id = ${id}`;
    if (entries.length === 0) return row!.revision;
    const rows = entries.map((entry, position) => ({
      jump_policy_id: id,
      position,
      start_day: entry.startDay,
      start_time: entry.startTime,
      end_day: entry.endDay,
      end_time: entry.endTime,
    }));
    await sql`insert into jump_policy_schedule_entry ${sql(rows)}`;
    return row!.revision;
  }

  #columns() {
    return this.#sql`
      id, revision, display_name as "displayName", code_name as "codeName", description,
      schedule_enabled as "scheduleEnabled", schedule_strict as "scheduleStrict",
      simultaneous_jumps as "simultaneousJumps",
      simultaneous_jump_behavior_applies_to_copies as "simultaneousJumpBehaviorAppliesToCopies",
      simultaneous_jumps_rdp as "simultaneousJumpsRdp", ticket_id_required as "ticketIdRequired",
      two_factor_challenge_required as "twoFactorChallengeRequired"`;
  }
}

function toRow(policy: Omit<JumpPolicy, 'id' | 'revision'>) {
  return {
    display_name: policy.displayName,
    code_name: policy.codeName,
    description: policy.description,
    schedule_enabled: policy.scheduleEnabled,
    schedule_strict: policy.scheduleStrict,
    simultaneous_jumps: policy.simultaneousJumps,
    simultaneous_jump_behavior_applies_to_copies: policy.simultaneousJumpBehaviorAppliesToCopies,
    simultaneous_jumps_rdp: policy.simultaneousJumpsRdp,
    ticket_id_required: policy.ticketIdRequired,
    two_factor_challenge_required: policy.twoFactorChallengeRequired,
  };
}

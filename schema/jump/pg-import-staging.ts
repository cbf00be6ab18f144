import type { Actor } from '../../appliance/actor.ts';
import { actorName } from '../../appliance/actor.ts';
import type { ImportOptions } from '../../appliance/jump/import/import-job.ts';
import type {
  AppliedRange,
  ImportPlan,
  ImportStaging,
  KindDefaults,
  Lease,
  LineRange,
  ReferenceData,
  StagedChunk,
} from '../../appliance/jump/import/import-ports.ts';
import type { ImportProblem } from '../../appliance/jump/import/import-problem.ts';
import type { ImportRow } from '../../appliance/jump/import/import-row.ts';
import { actorId } from '../audit/pg-audit-log.ts';
import type { Sql } from '../sql.ts';
import { applyLines } from './import-apply.ts';
import { copyInto, copyLine } from './import-copy.ts';
import { planRows } from './import-plan.ts';

/** Any number; only imports use it. */
const APPLY_LOCK = 7_310_421;
const ITEM_LOCK = 7_310_422;

const ROW_COLUMNS = [
  'job_id',
  'line',
  'kind',
  'name',
  'jump_group_id',
  'new_group',
  'external_id',
  'item_id',
  'hostname',
  'jumpoint_id',
  'port',
  'default_port',
  'username',
  'domain',
  'tag',
  'comments',
  'jump_policy_id',
  'session_policy_id',
  'attended_session_policy_id',
  'public_portal_id',
  'settings',
] as const;
const PROBLEM_COLUMNS = ['job_id', 'line', 'position', 'column_name', 'value', 'reason'] as const;
/** More problems than this in one line say nothing new. */
const PROBLEMS_PER_LINE = 100;

export class PgImportStaging implements ImportStaging {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async referenceData(): Promise<ReferenceData> {
    const sql = this.#sql;
    const [groups, jumpoints, jumpPolicies, sessionPolicies, portals] = await Promise.all([
      sql<{ id: number; code: string; name: string }[]>`select id, code_name as code, name from jump_group`,
      sql<Named[]>`select id, lower(code_name) as key from jumpoint`,
      sql<Named[]>`select id, lower(code_name) as key from jump_policy`,
      sql<Named[]>`select id, lower(code_name) as key from session_policy where available_to_jump_items`,
      sql<Named[]>`select public_portal_id as id, address as key from public_portal_address`,
    ]);
    return {
      jumpGroups: new Map(groups.map(({ id, code }) => [code.toLowerCase(), id])),
      jumpGroupNames: new Map(groups.map(({ code, name }) => [name.toLowerCase(), code])),
      jumpoints: byKey(jumpoints),
      jumpPolicies: byKey(jumpPolicies),
      sessionPolicies: byKey(sessionPolicies),
      publicPortals: byKey(portals),
    };
  }

  async stage(id: string, holder: string, chunk: StagedChunk): Promise<Lease> {
    const sql = this.#sql;
    const [job] = await sql<{ cancel: boolean }[]>`
      update import_job
         set revision = revision + 1, bytes_validated = ${chunk.position.bytes}, lines_validated = ${chunk.position.lines},
             rows_validated = rows_validated + ${chunk.rowsRead}, rows_bad = rows_bad + ${chunk.rowsBad}
       where id = ${id} and leased_by = ${holder} and finished_at is null
      returning cancel_requested as cancel`;
    if (job === undefined) return 'lost';
    if (chunk.rows.length > 0) await copyInto(sql, 'import_row', ROW_COLUMNS, rowLines(id, chunk.rows));
    await this.addProblems(id, chunk.problems);
    return job.cancel ? 'cancel_requested' : 'held';
  }

  async addProblems(id: string, problems: readonly ImportProblem[]): Promise<void> {
    if (problems.length === 0) return;
    await copyInto(this.#sql, 'import_problem', PROBLEM_COLUMNS, problemLines(id, problems));
  }

  async tryApplyLock(): Promise<boolean> {
    const [row] = await this.#sql<{ locked: boolean }[]>`
      select pg_try_advisory_xact_lock(${APPLY_LOCK}) as locked`;
    return row!.locked;
  }

  async lockItem(key: string): Promise<void> {
    await this.#sql`select pg_advisory_xact_lock(${ITEM_LOCK}, hashtext(${key}))`;
  }

  async createGroups(id: string, actor: Actor): Promise<number> {
    const sql = this.#sql;
    const { count } = await sql`
      with made as (
        insert into jump_group (name, code_name)
        select min(new_group), min(new_group)
          from import_row
         where job_id = ${id} and new_group is not null
           and not exists (select 1 from jump_group g where lower(g.code_name) = lower(new_group))
         group by lower(new_group)
        returning id, name, code_name, comments)
      insert into audit_event (event_type, actor_kind, actor_id, actor_name, address, object_type, object_id,
                               object_name, after)
      select 'jump_group.created', ${actor.kind}, ${actorId(actor)}, ${actorName(actor)},
             ${actor.kind === 'system' ? '' : actor.address}, 'jump_group', id::text, name,
             jsonb_build_object('id', id, 'name', name, 'code_name', code_name, 'comments', comments)
        from made`;
    await sql`
      update import_row r set jump_group_id = g.id, new_group = null
        from jump_group g
       where r.job_id = ${id} and r.new_group is not null and lower(g.code_name) = lower(r.new_group)`;
    return count;
  }

  plan(id: string, options: ImportOptions): Promise<ImportPlan> {
    return planRows(this.#sql, id, options);
  }

  async recordPlanProblems(id: string): Promise<void> {
    const sql = this.#sql;
    await sql`delete from import_problem where job_id = ${id} and position >= ${PROBLEMS_PER_LINE}`;
    await sql`
      insert into import_problem (job_id, line, position, column_name, value, reason)
      select p.job_id, p.line, ${PROBLEMS_PER_LINE},
             case when r.external_id is not null and p.action <> 'ambiguous' then 'external_id' else 'name' end,
             left(case when r.external_id is not null and p.action <> 'ambiguous' then r.external_id else r.name end, 200),
             case p.action
               when 'ambiguous' then 'Several Jump Items of this kind have this name in the group. Give their external_id.'
               when 'taken' then 'This external_id belongs to a Jump Item of another kind, or to a personal one.'
               else 'Line ' || p.first_line || ' already names this Jump Item.'
             end
        from import_plan p join import_row r using (job_id, line)
       where p.job_id = ${id} and p.action in ('ambiguous', 'taken', 'duplicate')`;
  }

  async ranges(id: string, size: number, removing: boolean): Promise<LineRange[]> {
    const actions = removing ? ['create', 'update', 'remove'] : ['create', 'update'];
    const rows = await this.#sql<LineRange[]>`
      select min(line) as "from", max(line) as "to", count(*) as "rows"
        from (select line, (row_number() over (order by line) - 1) / ${size} as part
                from import_plan
               where job_id = ${id} and action = any(${actions})) as changing
       group by part
       order by part`;
    return [...rows];
  }

  applyRange(id: string, range: LineRange, defaults: KindDefaults, actor: Actor): Promise<AppliedRange> {
    return applyLines(this.#sql, id, range, defaults, actor);
  }

  async clear(id: string): Promise<void> {
    await this.#sql`delete from import_row where job_id = ${id}`;
    await this.#sql`delete from import_plan where job_id = ${id}`;
  }
}

interface Named {
  id: number;
  key: string;
}

function byKey(rows: readonly Named[]): Map<string, number> {
  return new Map(rows.map(({ key, id }) => [key, id]));
}

function* rowLines(id: string, rows: readonly ImportRow[]): Generator<string> {
  for (const row of rows) {
    yield copyLine([
      id,
      row.line,
      row.kind,
      row.name,
      row.jumpGroupId,
      row.newGroup,
      row.externalId,
      row.itemId,
      row.hostname,
      row.jumpointId,
      row.port,
      row.defaultPort,
      row.username,
      row.domain,
      row.tag,
      row.comments,
      row.jumpPolicyId,
      row.sessionPolicyId,
      row.attendedSessionPolicyId,
      row.publicPortalId,
      JSON.stringify(row.settings),
    ]);
  }
}

function* problemLines(id: string, problems: readonly ImportProblem[]): Generator<string> {
  let line = -1;
  let position = 0;
  for (const problem of problems) {
    position = problem.line === line ? position + 1 : 0;
    line = problem.line;
    if (position >= PROBLEMS_PER_LINE) continue;
    yield copyLine([id, line, position, problem.column, problem.value, problem.reason]);
  }
}

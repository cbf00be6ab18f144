import type { OpeningRight } from '../../appliance/access/user-settings.ts';
import type { Actor, ApiPermission } from '../../appliance/actor.ts';
import type { ImportJob } from '../../appliance/jump/import/import-job.ts';
import type {
  ImportJobs,
  JobChange,
  Lease,
  NewImportJob,
  ProblemKey,
  ProblemPage,
} from '../../appliance/jump/import/import-ports.ts';
import type { Sql } from '../sql.ts';

/** An actor as it is kept: sets become arrays. */
type KeptActor =
  | (Actor & { kind: 'system' })
  | (Omit<Actor & { kind: 'user' }, 'rights'> & { rights?: OpeningRight[] })
  | (Omit<Actor & { kind: 'api_account' }, 'permissions'> & { permissions: ApiPermission[] });
type JobRow = Omit<ImportJob, 'actor'> & { actor: KeptActor };

export class PgImportJobs implements ImportJobs {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async create(job: NewImportJob): Promise<ImportJob> {
    const [row] = await this.#sql<JobRow[]>`
      insert into import_job (state, created_by, actor, file_name, options, upload_path, bytes_total)
      values ('queued', ${job.createdBy}, ${JSON.stringify(keptActor(job.actor))}::text::jsonb, ${job.fileName},
              ${JSON.stringify(job.options)}::text::jsonb, ${job.upload}, ${job.bytes})
      returning ${this.#columns()}`;
    return toImportJob(row!);
  }

  async find(id: string): Promise<ImportJob | undefined> {
    const [row] = await this.#sql<JobRow[]>`select ${this.#columns()} from import_job where id = ${id}`;
    return row && toImportJob(row);
  }

  async list(page: {
    before?: { createdAt: Date; id: string } | undefined;
    limit: number;
  }): Promise<ImportJob[]> {
    const sql = this.#sql;
    const before = page.before;
    const rows = await sql<JobRow[]>`
      select ${this.#columns()}
        from import_job
       where ${
         before === undefined
           ? sql`true`
           : sql`(date_trunc('milliseconds', created_at), id) < (${before.createdAt}, ${before.id}::uuid)`
       }
       order by date_trunc('milliseconds', created_at) desc, id desc
       limit ${page.limit}`;
    return rows.map(toImportJob);
  }

  async problems(id: string, page: { after?: ProblemKey | undefined; limit: number }): Promise<ProblemPage> {
    const sql = this.#sql;
    const after = page.after;
    const items = await sql<ProblemPage['items']>`
      select line, position, column_name as "column", value, reason
        from import_problem
       where job_id = ${id}
         ${after === undefined ? sql`` : sql`and (line, position) > (${after.line}, ${after.position})`}
       order by line, position
       limit ${page.limit}`;
    const [count] = await sql<{ total: number }[]>`
      select count(*) as total from import_problem where job_id = ${id}`;
    return { items: [...items], total: count!.total };
  }

  async claim(
    holder: string,
    leaseSeconds: number,
    except: readonly string[],
  ): Promise<ImportJob | undefined> {
    const sql = this.#sql;
    const [row] = await sql<JobRow[]>`
      update import_job
         set leased_by = ${holder}, leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}),
             revision = revision + 1
       where id = (select id
                     from import_job
                    where finished_at is null and state in ('queued', 'validating', 'applying')
                      and (leased_until is null or leased_until < clock_timestamp())
                      and id <> all(${sql.array([...except], 2951)}::uuid[])
                    order by created_at
                      for update skip locked
                    limit 1)
      returning ${this.#columns()}`;
    return row && toImportJob(row);
  }

  async hold(id: string, holder: string): Promise<void> {
    await this.#sql`update import_job set leased_by = ${holder}, state = 'applying' where id = ${id}`;
  }

  async renew(id: string, holder: string, leaseSeconds: number): Promise<Lease> {
    const [row] = await this.#sql<{ cancel: boolean }[]>`
      update import_job set leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
       where id = ${id} and leased_by = ${holder} and finished_at is null
      returning cancel_requested as cancel`;
    return leaseOf(row);
  }

  async release(id: string, holder: string): Promise<void> {
    await this.#sql`
      update import_job
         set leased_by = null, leased_until = null,
             -- A cancel that came while the job was being put to rest: nobody else would notice it.
             revision = revision + case when ${this.#unnoticedCancel()} then 1 else 0 end,
             finished_at = case when ${this.#unnoticedCancel()} then now() else finished_at end,
             state = case when ${this.#unnoticedCancel()} then 'cancelled' else state end
       where id = ${id} and leased_by = ${holder}`;
  }

  async advance(id: string, holder: string, change: JobChange): Promise<Lease> {
    const [row] = await this.#sql<{ cancel: boolean }[]>`
      update import_job set revision = revision + 1 ${this.#assignments(change)}
       where id = ${id} and leased_by = ${holder} and finished_at is null
      returning cancel_requested as cancel`;
    return leaseOf(row);
  }

  async change(
    id: string,
    from: readonly ImportJob['state'][],
    change: JobChange,
  ): Promise<ImportJob | undefined> {
    const [row] = await this.#sql<JobRow[]>`
      update import_job
         set revision = revision + 1, leased_by = null, leased_until = null ${this.#assignments(change)}
       where id = ${id} and state = any(${[...from]}) and finished_at is null
      returning ${this.#columns()}`;
    return row && toImportJob(row);
  }

  async requestCancel(id: string): Promise<ImportJob | undefined> {
    const [row] = await this.#sql<JobRow[]>`
      update import_job
         set revision = revision + 1, cancel_requested = true,
             -- Nobody works on these, so nobody would notice the request.
             state = case when state in ('uploading', 'queued', 'validated') and leased_by is null then 'cancelled' else state end,
             finished_at = case when state in ('uploading', 'queued', 'validated') and leased_by is null then now() end
       where id = ${id} and finished_at is null
      returning ${this.#columns()}`;
    return row && toImportJob(row);
  }

  async abandoned(seconds: number): Promise<ImportJob[]> {
    const rows = await this.#sql<JobRow[]>`
      select ${this.#columns()}
        from import_job
       where finished_at is null
         and coalesce(leased_until, validated_at, created_at) < now() - make_interval(secs => ${seconds})`;
    return rows.map(toImportJob);
  }

  async unclean(): Promise<ImportJob[]> {
    const rows = await this.#sql<JobRow[]>`
      select ${this.#columns()} from import_job where finished_at is not null and upload_path <> ''
       order by finished_at limit 100`;
    return rows.map(toImportJob);
  }

  async markClean(id: string): Promise<void> {
    await this.#sql`update import_job set upload_path = '' where id = ${id} and finished_at is not null`;
  }

  async forget(id: string): Promise<void> {
    await this.#sql`delete from import_row where job_id = ${id}`;
    await this.#sql`delete from import_plan where job_id = ${id}`;
    await this.#sql`delete from import_job where id = ${id}`;
  }

  async forgetFinished(olderThanSeconds: number): Promise<number> {
    const { count } = await this.#sql`
      delete from import_job
       where upload_path = '' and finished_at < now() - make_interval(secs => ${olderThanSeconds})`;
    return count;
  }

  #unnoticedCancel() {
    return this.#sql`(cancel_requested and finished_at is null and state in ('queued', 'validated'))`;
  }

  #columns() {
    return this.#sql`
      id, state, revision, actor, created_by as "createdBy", created_at as "createdAt", validated_at as "validatedAt", finished_at as "finishedAt",
      file_name as "fileName", options, upload_path as "uploadPath", bytes_total as "bytesTotal",
      bytes_validated as "bytesValidated", lines_validated as "linesValidated", rows_validated as "rowsValidated",
      rows_bad as "rowsBad", rows_to_apply as "rowsToApply", rows_applied as "rowsApplied",
      created_count as "createdCount", updated_count as "updatedCount", unchanged_count as "unchangedCount",
      pruned_count as "prunedCount", groups_created as "groupsCreated", prune_agreed as "pruneAgreed", failure,
      cancel_requested as "cancelRequested"`;
  }

  /** `, column = value` for each member, to stand behind another assignment. */
  #assignments(change: JobChange) {
    const sql = this.#sql;
    const members = Object.entries(change);
    if (members.length === 0) return sql``;
    return members.map(([member, value]) => sql`, ${sql(COLUMNS[member as keyof JobChange])} = ${value}`);
  }
}

const COLUMNS: Record<keyof JobChange, string> = {
  state: 'state',
  finishedAt: 'finished_at',
  validatedAt: 'validated_at',
  rowsBad: 'rows_bad',
  rowsToApply: 'rows_to_apply',
  rowsApplied: 'rows_applied',
  createdCount: 'created_count',
  updatedCount: 'updated_count',
  unchangedCount: 'unchanged_count',
  prunedCount: 'pruned_count',
  groupsCreated: 'groups_created',
  pruneAgreed: 'prune_agreed',
  failure: 'failure',
};

function leaseOf(row: { cancel: boolean } | undefined): Lease {
  if (row === undefined) return 'lost';
  return row.cancel ? 'cancel_requested' : 'held';
}

function keptActor(actor: Actor): KeptActor {
  if (actor.kind === 'api_account') return { ...actor, permissions: [...actor.permissions] };
  return actor.kind === 'user' ? { ...actor, rights: [...actor.rights] } : actor;
}

function toImportJob(row: JobRow): ImportJob {
  return { ...row, actor: actorOf(row.actor) };
}

function actorOf(actor: KeptActor): Actor {
  if (actor.kind === 'api_account') return { ...actor, permissions: new Set(actor.permissions) };
  // Rows of the first release say nothing of rights.
  return actor.kind === 'user' ? { ...actor, rights: new Set(actor.rights ?? []) } : actor;
}

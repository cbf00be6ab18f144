import type { Visibility } from '../../appliance/jump/jump-item.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type {
  AutomationEndpoint,
  AutomationExecution,
  AutomationJob,
  AutomationResource,
  AutomationScript,
  EndpointAutomation,
  EndpointFilter,
  JobTarget,
  NewAutomationJob,
  NewAutomationScript,
} from '../../appliance/support/endpoint-automation.ts';
import type { Sql } from '../sql.ts';
import { PgAutomationEndpoints } from './pg-automation-endpoints.ts';

const SCRIPT_COLUMNS = `s.id, s.name, s.description, s.tag, s.cmd, s.script, s.operating_system as "operatingSystem",
  s.created_by_api_account_id as "createdByApiAccountId", s.created_by_user_id as "createdByUserId",
  s.created_at as "createdAt", s.updated_at as "updatedAt",
  array(select r.resource_id from endpoint_automation_script_resource r where r.script_id = s.id order by r.position) as "resourceIds"`;

const RESOURCE_COLUMNS = `r.id, r.file_name as "fileName", r.file_size as "fileSize", r.display_url as "displayUrl", r.hash,
  r.created_at as "createdAt", r.updated_at as "updatedAt", r.created_by as "createdBy", r.updated_by as "updatedBy"`;

const JOB_COLUMNS = `j.id, j.name, j.notes, j.start_at as "startAt", j.tag, j.operating_system as "operatingSystem",
  j.cmd, j.script, j.created_by_api_account_id as "createdByApiAccountId", j.created_by_user_id as "createdByUserId",
  j.created_at as "createdAt", j.finished_at as "finishedAt",
  coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'fileName', r.file_name, 'fileSize', r.file_size,
                                                'displayUrl', r.display_url) order by l.position)
              from endpoint_automation_job_resource l
              join endpoint_automation_resource r on r.id = l.resource_id
             where l.job_id = j.id), '[]') as resources`;

/** Scripts, resources, jobs and executions; endpoints are another table's rows: see `PgAutomationEndpoints`. */
export class PgEndpointAutomation implements EndpointAutomation {
  readonly #sql: Sql;
  readonly #endpoints: PgAutomationEndpoints;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#endpoints = new PgAutomationEndpoints(sql);
  }

  async findScripts(page: PageRequest): Promise<Page<AutomationScript>> {
    const sql = this.#sql;
    const [items, [count]] = await Promise.all([
      sql<AutomationScript[]>`
        select ${sql.unsafe(SCRIPT_COLUMNS)}
          from (select id from endpoint_automation_script order by id limit ${page.limit} offset ${page.offset}) as page
          join endpoint_automation_script s using (id)
         order by s.id`,
      sql<{ total: number }[]>`select count(*)::int as total from endpoint_automation_script`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findScript(id: number): Promise<AutomationScript | undefined> {
    const sql = this.#sql;
    const [script] = await sql<AutomationScript[]>`
      select ${sql.unsafe(SCRIPT_COLUMNS)} from endpoint_automation_script s where s.id = ${id}`;
    return script;
  }

  async insertScript(script: NewAutomationScript): Promise<AutomationScript> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number; createdAt: Date; updatedAt: Date }[]>`
      insert into endpoint_automation_script (name, description, tag, cmd, script, operating_system,
                                              created_by_api_account_id, created_by_user_id)
      values (${script.name}, ${script.description}, ${script.tag}, ${script.cmd}, ${script.script},
              ${script.operatingSystem}, ${script.createdByApiAccountId}, ${script.createdByUserId})
      returning id, created_at as "createdAt", updated_at as "updatedAt"`;
    if (script.resourceIds.length > 0) {
      await sql`
        insert into endpoint_automation_script_resource (script_id, resource_id, position)
        select ${row!.id}::int, resource_id, position
          from unnest(${script.resourceIds}::int[]) with ordinality as r (resource_id, position)`;
    }
    return { ...script, ...row! };
  }

  async findResources(page: PageRequest): Promise<Page<AutomationResource>> {
    const sql = this.#sql;
    const [items, [count]] = await Promise.all([
      sql<AutomationResource[]>`
        select ${sql.unsafe(RESOURCE_COLUMNS)}
          from (select id from endpoint_automation_resource order by id limit ${page.limit} offset ${page.offset}) as page
          join endpoint_automation_resource r using (id)
         order by r.id`,
      sql<{ total: number }[]>`select count(*)::int as total from endpoint_automation_resource`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findResource(id: number): Promise<AutomationResource | undefined> {
    const sql = this.#sql;
    const [resource] = await sql<AutomationResource[]>`
      select ${sql.unsafe(RESOURCE_COLUMNS)} from endpoint_automation_resource r where r.id = ${id}`;
    return resource;
  }

  async findResourcesOfScript(scriptId: number): Promise<AutomationResource[]> {
    const sql = this.#sql;
    return await sql<AutomationResource[]>`
      select ${sql.unsafe(RESOURCE_COLUMNS)}
        from endpoint_automation_script_resource l
        join endpoint_automation_resource r on r.id = l.resource_id
       where l.script_id = ${scriptId} order by l.position`;
  }

  async findEndpoints(
    filter: EndpointFilter,
    visibility: Visibility,
    page: PageRequest,
  ): Promise<Page<AutomationEndpoint>> {
    return await this.#endpoints.find(filter, visibility, page);
  }

  async findEndpoint(id: number, visibility: Visibility): Promise<AutomationEndpoint | undefined> {
    return await this.#endpoints.findById(id, visibility);
  }

  async lockTargets(ids: readonly number[]): Promise<JobTarget[]> {
    return await this.#endpoints.lockTargets(ids);
  }

  async findJobs(
    filter: { name?: string | undefined; createdByUserId?: number | undefined },
    page: PageRequest,
  ): Promise<Page<AutomationJob>> {
    const sql = this.#sql;
    const where = sql`
      where true
        ${filter.name === undefined ? sql`` : sql`and lower(name) = lower(${filter.name})`}
        ${filter.createdByUserId === undefined ? sql`` : sql`and created_by_user_id = ${filter.createdByUserId}`}`;
    const [items, [count]] = await Promise.all([
      sql<AutomationJob[]>`
        select ${sql.unsafe(JOB_COLUMNS)}
          from (select id from endpoint_automation_job ${where}
                 order by id limit ${page.limit} offset ${page.offset}) as page
          join endpoint_automation_job j using (id)
         order by j.id`,
      sql<{ total: number }[]>`select count(*)::int as total from endpoint_automation_job ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findJob(id: number): Promise<AutomationJob | undefined> {
    const sql = this.#sql;
    const [job] = await sql<AutomationJob[]>`
      select ${sql.unsafe(JOB_COLUMNS)} from endpoint_automation_job j where j.id = ${id}`;
    return job;
  }

  async insertJob(job: NewAutomationJob, endpointIds: readonly number[]): Promise<AutomationJob> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number }[]>`
      insert into endpoint_automation_job (name, notes, start_at, tag, operating_system, cmd, script,
                                           created_by_api_account_id, created_by_user_id)
      values (${job.name}, ${job.notes}, ${job.startAt}, ${job.tag}, ${job.operatingSystem}, ${job.cmd}, ${job.script},
              ${job.createdByApiAccountId}, ${job.createdByUserId})
      returning id`;
    const { id } = row!;
    if (job.resourceIds.length > 0) {
      await sql`
        insert into endpoint_automation_job_resource (job_id, resource_id, position)
        select ${id}::int, resource_id, position
          from unnest(${[...job.resourceIds]}::int[]) with ordinality as r (resource_id, position)`;
    }
    await sql`
      insert into endpoint_automation_execution (job_id, endpoint_id)
      select ${id}::int, unnest(${[...endpointIds]}::int[])`;
    return (await this.findJob(id))!;
  }

  async findExecutions(jobId: number): Promise<AutomationExecution[]> {
    return await this.#sql<AutomationExecution[]>`
      select state, started_at as "startedAt", finished_at as "finishedAt", finished_type as "finishedType",
             finished_error as "finishedError", log_file_path as "logFilePath", endpoint_id as "endpointId",
             output_tail as "outputTail", exit_code as "exitCode"
        from endpoint_automation_execution where job_id = ${jobId} order by id`;
  }
}

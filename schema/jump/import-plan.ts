import type { ImportOptions } from '../../appliance/jump/import/import-job.ts';
import type { ImportPlan } from '../../appliance/jump/import/import-ports.ts';
import type { Sql } from '../sql.ts';
import { MERGE_DIFFERS } from './import-merge.ts';

/** Writes down what each staged row of the job will do to the site, set by set, and counts it. */
export async function planRows(sql: Sql, id: string, options: ImportOptions): Promise<ImportPlan> {
  // Staging rows are too young for statistics; a plan made for other parameters would be a guess on a guess.
  await sql`select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('work_mem', '64MB', true)`;
  await sql`delete from import_plan where job_id = ${id}`;
  await matchRows(sql, id);
  await markDuplicates(sql, id);
  if (options.prune !== 'none') await planRemovals(sql, id, options);
  const counts = await sql<{ action: string; rows: number }[]>`
    select action, count(*) as rows from import_plan where job_id = ${id} group by action`;
  const [groups] = await sql<{ count: number }[]>`
    select count(distinct lower(new_group)) as count from import_row where job_id = ${id} and new_group is not null`;
  const rows = (...actions: string[]) =>
    counts.filter(({ action }) => actions.includes(action)).reduce((sum, count) => sum + count.rows, 0);
  return {
    rows: rows('create', 'update', 'unchanged', 'ambiguous', 'taken', 'duplicate'),
    creates: rows('create'),
    updates: rows('update'),
    unchanged: rows('unchanged'),
    bad: rows('ambiguous', 'taken', 'duplicate'),
    prunes: rows('remove'),
    newGroups: groups!.count,
  };
}

/**
 * The item of a row is the one with its external_id; else the one of its kind, group and name, unless that has
 * another external_id. Of several such items `item_id` picks one.
 */
async function matchRows(sql: Sql, id: string): Promise<void> {
  await sql`
    insert into import_plan (job_id, line, action, item_id)
    select r.job_id, r.line,
           case
             when x.id is not null and (x.kind <> r.kind or x.jump_group_id is null) then 'taken'
             when x.id is null and named.items > 1 and not named.picked then 'ambiguous'
             when i.id is null then 'create'
             when ${sql.unsafe(MERGE_DIFFERS)} then 'update'
             else 'unchanged'
           end,
           i.id
      from import_row r
      left join jump_item x on x.external_id = r.external_id
      left join lateral (
        select count(*) as items, min(n.id) as id, coalesce(bool_or(n.id = r.item_id), false) as picked
          from jump_item n
         where x.id is null and n.jump_group_id = r.jump_group_id and n.kind = r.kind and lower(n.name) = lower(r.name)
           and (r.external_id is null or n.external_id is null)) named on true
      left join jump_item i
        on i.id = coalesce(x.id, case when named.picked then r.item_id when named.items = 1 then named.id end)
     where r.job_id = ${id}`;
}

/** Of several rows for one item, old or new, the first stands. */
async function markDuplicates(sql: Sql, id: string): Promise<void> {
  // Without statistics the planner expects one row and would count all groups anew for each of them.
  await sql`select set_config('enable_nestloop', 'off', true)`;
  await sql`
    update import_plan p set action = 'duplicate', first_line = twice.first_line
      from (select item_id, min(line) as first_line
              from import_plan
             where job_id = ${id} and item_id is not null and action in ('update', 'unchanged')
             group by item_id having count(*) > 1) as twice
     where p.job_id = ${id} and p.item_id = twice.item_id and p.line > twice.first_line`;
  await sql`
    update import_plan p set action = 'duplicate', first_line = twice.first_line
      from import_row r,
           (select external_id, min(line) as first_line
              from import_row
             where job_id = ${id} and external_id is not null
             group by external_id having count(*) > 1) as twice
     where r.job_id = ${id} and r.external_id = twice.external_id and r.line > twice.first_line
       and p.job_id = r.job_id and p.line = r.line and p.action = 'create'`;
  // Two rows with an external_id each may share a name; a row without one could then not be told from them.
  await sql`
    update import_plan p
       set action = 'duplicate',
           first_line = case when r.external_id is null then twice.first_line else twice.first_unnumbered end
      from import_row r,
           (select kind, coalesce(jump_group_id, 0) as jump_group_id, lower(coalesce(new_group, '')) as new_group,
                   lower(name) as name, coalesce(item_id, 0) as item_id, min(line) as first_line,
                   min(line) filter (where external_id is null) as first_unnumbered
              from import_row
             where job_id = ${id}
             group by 1, 2, 3, 4, 5 having count(*) > 1 and bool_or(external_id is null)) as twice
     where r.job_id = ${id} and r.kind = twice.kind
       and coalesce(r.jump_group_id, 0) = twice.jump_group_id and lower(coalesce(r.new_group, '')) = twice.new_group
       and lower(r.name) = twice.name and coalesce(r.item_id, 0) = twice.item_id
       and r.line > case when r.external_id is null then twice.first_line else twice.first_unnumbered end
       and p.job_id = r.job_id and p.line = r.line and p.action = 'create'`;
  await sql`select set_config('enable_nestloop', 'on', true)`;
}

/** Items of the kinds (and groups) of the file that no row names. They stand on negative lines. */
async function planRemovals(sql: Sql, id: string, options: ImportOptions): Promise<void> {
  await sql`
    insert into import_plan (job_id, line, action, item_id)
    select ${id}::uuid, -row_number() over (order by i.id), 'remove', i.id
      from jump_item i
     where i.kind in (select distinct kind from import_row where job_id = ${id})
       and ${
         options.pruneScope === 'all_groups'
           ? sql`i.jump_group_id is not null`
           : sql`i.jump_group_id in (select distinct jump_group_id from import_row where job_id = ${id})`
       }
       and not exists (select 1 from import_plan p where p.job_id = ${id} and p.item_id = i.id)`;
}

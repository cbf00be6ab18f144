import type { Actor } from '../../appliance/actor.ts';
import { actorName } from '../../appliance/actor.ts';
import type { AppliedRange, KindDefaults, LineRange } from '../../appliance/jump/import/import-ports.ts';
import { actorId } from '../audit/pg-audit-log.ts';
import type { Sql } from '../sql.ts';
import { auditedItem, MERGE_ASSIGNMENTS } from './import-merge.ts';

/** Does what the plan says for the lines, each change with its audit row in the same statement. */
export async function applyLines(
  sql: Sql,
  id: string,
  range: LineRange,
  defaults: KindDefaults,
  actor: Actor,
): Promise<AppliedRange> {
  const author = sql`${actor.kind}::text, ${actorId(actor)}::text, ${actorName(actor)}::text,
    ${actor.kind === 'system' ? '' : actor.address}::text, 'jump_item'`;
  const into = sql`insert into audit_event (event_type, actor_kind, actor_id, actor_name, address, object_type,
    object_id, object_name, before, after)`;
  // Both sides are bounded by the range, so that no plan can read the whole job for each range of it.
  const rowsOfRange = sql`r.job_id = ${id} and r.line between ${range.from} and ${range.to}`;
  const lines = sql`p.job_id = ${id} and p.line between ${range.from} and ${range.to}`;

  const removed =
    range.from > 0
      ? { count: 0 }
      : await sql`
          with gone as (
            delete from jump_item i using import_plan p
             where ${lines} and p.action = 'remove' and i.id = p.item_id
            returning i.*)
          ${into}
          select 'jump_item.deleted', ${author}, id::text, name, ${sql.unsafe(auditedItem('gone'))}, null from gone`;

  const updated = await sql`
    with old as materialized (
      select i.*, p.line as row_line from import_plan p join jump_item i on i.id = p.item_id
       where ${lines} and p.action = 'update'
       order by i.id
         for no key update of i),
    changed as (
      update jump_item t
         set ${sql.unsafe(MERGE_ASSIGNMENTS)}, revision = t.revision + 1
        from old i join import_row r on ${rowsOfRange} and r.line = i.row_line
       where t.id = i.id
      returning t.*)
    ${into}
    select 'jump_item.updated', ${author}, changed.id::text, changed.name, differs.before, differs.after
      from changed
      join old on old.id = changed.id
      cross join lateral (
        select jsonb_object_agg(key, was.value) as before, jsonb_object_agg(key, became.value) as after
          from jsonb_each(${sql.unsafe(auditedItem('old'))}) as was
          full join jsonb_each(${sql.unsafe(auditedItem('changed'))}) as became using (key)
         where was.value is distinct from became.value) as differs`;

  // Without statistics the planner expects one row on each side and would compare every row with every other.
  await sql`select set_config('enable_nestloop', 'off', true)`;
  const created = await sql`
    with made as (
      insert into jump_item (kind, name, jump_group_id, external_id, hostname, jumpoint_id, port, username, domain, tag,
                             comments, jump_policy_id, session_policy_id, attended_session_policy_id,
                             public_portal_id, settings)
      select r.kind, r.name, r.jump_group_id, r.external_id, coalesce(r.hostname, ''), r.jumpoint_id,
             coalesce(r.port, r.default_port), coalesce(r.username, ''), coalesce(r.domain, ''), coalesce(r.tag, ''),
             coalesce(r.comments, ''), nullif(r.jump_policy_id, 0), nullif(r.session_policy_id, 0),
             nullif(r.attended_session_policy_id, 0), nullif(r.public_portal_id, 0),
             coalesce(${JSON.stringify(defaults)}::text::jsonb -> r.kind, '{}') || r.settings
        from import_plan p join import_row r on ${rowsOfRange} and r.line = p.line
       where ${lines} and p.action = 'create'
       order by p.line
      returning *)
    ${into}
    select 'jump_item.created', ${author}, id::text, name, null, ${sql.unsafe(auditedItem('made'))} from made`;

  await sql`select set_config('enable_nestloop', 'on', true)`;

  return { created: created.count, updated: updated.count, removed: removed.count };
}

import type { Actor } from '../../appliance/actor.ts';
import { actorName } from '../../appliance/actor.ts';
import type { AuditEntry, AuditLog, AuditQuery, AuditRow } from '../../appliance/audit/audit-log.ts';
import type { Sql } from '../sql.ts';

/** One text for every change there is: it is prepared once on each connection. */
const INSERT = `
  insert into audit_event (event_type, actor_kind, actor_id, actor_name, address, object_type, object_id, object_name,
                           before, after)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::jsonb, $10::text::jsonb)`;

export class PgAuditLog implements AuditLog {
  readonly #sql: Sql;
  readonly #written: Promise<unknown>[] | undefined;

  /** With `written`, rows are on their way when `record` resolves, and the transaction waits for them at its end. */
  constructor(sql: Sql, written?: Promise<unknown>[]) {
    this.#sql = sql;
    this.#written = written;
  }

  async record(entry: AuditEntry): Promise<void> {
    const row = this.#insert(entry).execute();
    if (this.#written === undefined) await row;
    else this.#written.push(row);
  }

  #insert(entry: AuditEntry) {
    const { type, actor, object, before, after } = entry;
    const address = actor.kind === 'system' ? '' : actor.address;
    const values = [type, actor.kind, actorId(actor), actorName(actor), address];
    values.push(object?.type ?? '', String(object?.id ?? ''), object?.name ?? '');
    return this.#sql.unsafe(INSERT, [...values, json(before), json(after)], { prepare: true });
  }

  async find(query: AuditQuery): Promise<AuditRow[]> {
    const sql = this.#sql;
    return await sql<AuditRow[]>`
      select id, occurred_at as "occurredAt", event_type as "type", actor_kind as "actorKind", actor_id as "actorId",
             actor_name as "actorName", address, object_type as "objectType", object_id as "objectId",
             object_name as "objectName", before, after
        from audit_event
       where true
         ${query.beforeId === undefined ? sql`` : sql`and id < ${query.beforeId}`}
         ${query.type === undefined ? sql`` : sql`and event_type = ${query.type}`}
         ${query.objectType === undefined ? sql`` : sql`and object_type = ${query.objectType}`}
         ${query.objectId === undefined ? sql`` : sql`and object_id = ${query.objectId}`}
         ${query.actorName === undefined ? sql`` : sql`and lower(actor_name) = lower(${query.actorName})`}
         ${query.from === undefined ? sql`` : sql`and occurred_at >= ${query.from}`}
         ${query.to === undefined ? sql`` : sql`and occurred_at < ${query.to}`}
       order by id desc
       limit ${query.limit}`;
  }
}

/** The id of the person or account as audit rows keep it. */
export function actorId(actor: Actor): string {
  if (actor.kind === 'user') return String(actor.userId);
  return actor.kind === 'api_account' ? String(actor.apiAccountId) : '';
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

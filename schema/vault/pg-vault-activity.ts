import { type Actor, actorName } from '../../appliance/actor.ts';
import type {
  VaultActivity,
  VaultActivityEntry,
  VaultActivityFilter,
  VaultActivityRow,
  VaultEventType,
} from '../../appliance/vault/vault-activity.ts';
import { translated } from '../constraint-errors.ts';
import type { Sql } from '../sql.ts';

type ActivityRow = Omit<VaultActivityRow, 'performedBy'> & {
  kind: Actor['kind'];
  performedById: number | null;
  performedByName: string;
};

const COLUMNS = `id, occurred_at as "occurredAt", event_type as "type", account_id as "accountId",
  account_name as "accountName", performed_by_kind as kind, performed_by_id as "performedById",
  performed_by_name as "performedByName", lsid, data`;

const BATCH = 500;

export class PgVaultActivity implements VaultActivity {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async record({ type, account, actor, lsid, data }: VaultActivityEntry): Promise<void> {
    await this.#sql`
      insert into vault_activity (event_type, account_id, account_name, performed_by_kind, performed_by_id,
                                  performed_by_name, lsid, data)
      values (${type}, ${account.id}, ${account.name}, ${actor.kind}, ${idOf(actor)}, ${actorName(actor)},
              ${lsid ?? null}, ${data ?? lsid ?? ''})`;
  }

  async recordAll(
    type: VaultEventType,
    accounts: readonly { id: number; name: string }[],
    actor: Actor,
  ): Promise<void> {
    if (accounts.length === 0) return;
    await this.#sql`
      insert into vault_activity (event_type, account_id, account_name, performed_by_kind, performed_by_id, performed_by_name)
      select ${type}, id, name, ${actor.kind}, ${idOf(actor)}::int, ${actorName(actor)}
        from unnest(${accounts.map(({ id }) => id)}::int[], ${accounts.map(({ name }) => name)}::text[]) as a (id, name)`;
  }

  async find(
    filter: VaultActivityFilter,
    { beforeId, limit }: { beforeId?: number | undefined; limit: number },
  ): Promise<VaultActivityRow[]> {
    const sql = this.#sql;
    const rows = await sql<ActivityRow[]>`
      select ${sql.unsafe(COLUMNS)} from vault_activity
       where ${this.#matches(filter)} ${beforeId === undefined ? sql`` : sql`and id < ${beforeId}`}
       order by id desc limit ${limit}`;
    return rows.map(toRow);
  }

  async *stream(filter: VaultActivityFilter): AsyncGenerator<VaultActivityRow[]> {
    try {
      yield* this.#batches(filter);
    } catch (error) {
      throw translated(error);
    }
  }

  /** By key, so that a slow reader holds no connection. */
  async *#batches(filter: VaultActivityFilter): AsyncGenerator<VaultActivityRow[]> {
    const sql = this.#sql;
    const [end] = await sql<{ lastId: number }[]>`
      select coalesce(max(id), 0) as "lastId" from vault_activity`;
    let after = sql``;
    for (;;) {
      // The moment is text, because a JavaScript date would lose its microseconds.
      const rows = await sql<(ActivityRow & { moment: string })[]>`
        select ${sql.unsafe(COLUMNS)}, occurred_at::text as moment from vault_activity
         where ${this.#matches(filter)} and id <= ${end!.lastId} ${after}
         order by occurred_at, id limit ${BATCH}`;
      if (rows.length > 0) yield rows.map(({ moment: _, ...row }) => toRow(row));
      const last = rows.at(-1);
      if (rows.length < BATCH || last === undefined) return;
      after = sql`and (occurred_at, id) > (${last.moment}::timestamptz, ${last.id}::bigint)`;
    }
  }

  async deleteBefore(time: Date, limit: number): Promise<number> {
    const { count } = await this.#sql`
      delete from vault_activity where id in (
        select id from vault_activity where occurred_at < ${time} order by occurred_at limit ${limit})`;
    return count;
  }

  #matches({ accountId, userId, type, from, before }: VaultActivityFilter) {
    const sql = this.#sql;
    return sql`true
      ${accountId === undefined ? sql`` : sql`and account_id = ${accountId}`}
      ${userId === undefined ? sql`` : sql`and performed_by_kind = 'user' and performed_by_id = ${userId}`}
      ${type === undefined ? sql`` : sql`and event_type = ${type}`}
      ${from === undefined ? sql`` : sql`and occurred_at >= ${from}`}
      ${before === undefined ? sql`` : sql`and occurred_at < ${before}`}`;
  }
}

function idOf(actor: Actor): number | null {
  if (actor.kind === 'user') return actor.userId;
  return actor.kind === 'api_account' ? actor.apiAccountId : null;
}

function toRow({ kind, performedById, performedByName, ...row }: ActivityRow): VaultActivityRow {
  return { ...row, performedBy: { kind, id: performedById, name: performedByName } };
}

import type { Page, PageRequest } from '../../appliance/paging.ts';
import { LEASE_SECONDS } from '../../appliance/sessions/server-nodes.ts';
import type { RotationCause } from '../../appliance/vault/rotation/rotation-requests.ts';
import type {
  RotationChanges,
  RotationClaim,
  RotationFilter,
  RotationHistory,
  VaultRotation,
  VaultRotations,
} from '../../appliance/vault/rotation/vault-rotation.ts';
import type { Sql } from '../sql.ts';
import { DEFAULT_POLICY_ID } from './pg-vault-accounts.ts';

const COLUMNS = `r.id, r.account_id as "accountId",
  (select a.name from vault_account a where a.id = r.account_id) as "accountName", r.cause,
  r.requested_by as "requestedBy", r.state, r.phase, r.attempts, r.due_at as "dueAt",
  r.next_public_key as "nextPublicKey",
  extract(epoch from clock_timestamp() - r.changing_since)::float8 as "changingForSeconds",
  r.failure_code as "failureCode", r.failure, r.requested_at as "requestedAt", r.finished_at as "finishedAt"`;

export class PgVaultRotations implements VaultRotations {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async insert({
    accountId,
    cause,
    requestedBy,
  }: {
    accountId: number;
    cause: RotationCause;
    requestedBy: string;
  }) {
    const { count } = await this.#sql`
      insert into vault_rotation (account_id, cause, requested_by) values (${accountId}, ${cause}, ${requestedBy})
      on conflict (account_id) where finished_at is null do nothing`;
    return count > 0;
  }

  async findActive(accountId: number): Promise<VaultRotation | undefined> {
    const sql = this.#sql;
    const [rotation] = await sql<VaultRotation[]>`
      select ${sql.unsafe(COLUMNS)} from vault_rotation r where r.account_id = ${accountId} and r.finished_at is null`;
    return rotation;
  }

  async findEnded(accountId: number): Promise<RotationHistory> {
    const sql = this.#sql;
    const rows = await sql<VaultRotation[]>`
      select ${sql.unsafe(COLUMNS)} from vault_rotation r
       where r.id in (select max(id) from vault_rotation
                       where account_id = ${accountId} and state in ('done', 'failed') group by state)`;
    const ofState = (state: string) => rows.find((row) => row.state === state);
    return { done: ofState('done'), failed: ofState('failed') };
  }

  async find({ state, accountId }: RotationFilter, page: PageRequest): Promise<Page<VaultRotation>> {
    const sql = this.#sql;
    const where = sql`
      where true ${state === undefined ? sql`` : sql`and r.state = ${state}`}
        ${accountId === undefined ? sql`` : sql`and r.account_id = ${accountId}`}`;
    const [items, [count]] = await Promise.all([
      sql<VaultRotation[]>`
        select ${sql.unsafe(COLUMNS)} from vault_rotation r ${where}
         order by r.id desc limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from vault_rotation r ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async claim({ holder, nodeId, leaseSeconds }: RotationClaim): Promise<VaultRotation | undefined> {
    const sql = this.#sql;
    // Those of Jumpoints that are connected elsewhere are left to the process there.
    const connections = sql`
      from vault_account a
      join vault_endpoint e on e.id = a.endpoint_id
      join jumpoint_node n on n.jumpoint_id = e.jumpoint_id and n.revoked_at is null
      join server_node s on s.id = n.connected_node_id
           and s.heartbeat_at > clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})
     where a.id = d.account_id`;
    const [rotation] = await sql<VaultRotation[]>`
      with due as (
        select d.id from vault_rotation d
         where d.finished_at is null and d.due_at <= clock_timestamp()
           and (d.lease_until is null or d.lease_until < clock_timestamp())
           and (exists (select ${connections} and s.id = ${nodeId}) or not exists (select ${connections}))
         order by d.due_at limit 1
           for update skip locked
      )
      update vault_rotation r
         set state = case r.state when 'uncertain' then 'uncertain' else 'running' end,
             holder = ${holder}, lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}),
             attempts = r.attempts + 1
        from due where r.id = due.id
      returning ${sql.unsafe(COLUMNS)}`;
    return rotation;
  }

  async renew(
    id: number,
    { holder, leaseSeconds }: Pick<RotationClaim, 'holder' | 'leaseSeconds'>,
  ): Promise<boolean> {
    const { count } = await this.#sql`
      update vault_rotation set lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
       where id = ${id} and holder = ${holder} and finished_at is null`;
    return count > 0;
  }

  async write(id: number, holder: string, changes: RotationChanges): Promise<boolean> {
    const { count } = await this.#sql`
      update vault_rotation r set ${this.#assignments(changes)}
       where id = ${id} and holder = ${holder} and finished_at is null`;
    return count > 0;
  }

  async resume(accountId: number): Promise<boolean> {
    const { count } = await this.#sql`
      update vault_rotation set state = 'waiting', due_at = clock_timestamp(), attempts = 0, holder = null, lease_until = null
       where account_id = ${accountId} and state in ('waiting', 'uncertain')
         and (lease_until is null or lease_until < clock_timestamp())`;
    return count > 0;
  }

  async endByHand(accountId: number, state: 'done' | 'failed', failure: string | null): Promise<void> {
    await this.#sql`
      update vault_rotation
         set state = ${state}, failure = ${failure}, failure_code = ${failure === null ? null : 'by-hand'}, due_at = null,
             holder = null, lease_until = null, finished_at = clock_timestamp()
       where account_id = ${accountId} and finished_at is null`;
  }

  async insertDue(now: Date, requestedBy: string, limit: number) {
    return await this.#sql<{ accountId: number; accountName: string }[]>`
      with due as (
        select a.id, a.name
          from vault_account a
          join vault_account_group g on g.id = a.account_group_id
          join vault_account_policy p
            on p.id = coalesce(a.account_policy_id, g.account_policy_id, ${DEFAULT_POLICY_ID})
          join vault_endpoint e on e.id = a.endpoint_id and e.jumpoint_id is not null and e.host_key <> ''
         where a.type in ('username_password', 'ssh') and a.owner_user_id is null and a.public_cert is null
           and p.maximum_password_age is not null
           and a.secret_changed_at + make_interval(days => p.maximum_password_age) <= ${now}
           and (p.allow_simultaneous_checkout or a.type = 'ssh' or not exists (
                select from vault_check_out c where c.account_id = a.id and c.checked_in_at is null))
           and not exists (
                select from vault_rotation r
                 where r.account_id = a.id
                   and (r.finished_at is null or (r.state = 'failed' and r.finished_at > ${now}::timestamptz - interval '1 day')))
         order by a.secret_changed_at limit ${limit}
      ), asked as (
        insert into vault_rotation (account_id, cause, requested_by)
        select id, 'scheduled', ${requestedBy} from due
        on conflict (account_id) where finished_at is null do nothing
        returning account_id
      )
      select due.id as "accountId", due.name as "accountName" from due join asked on asked.account_id = due.id`;
  }

  async deleteEndedBefore(time: Date): Promise<number> {
    const { count } = await this.#sql`
      delete from vault_rotation r
       where r.finished_at < ${time}
         and exists (select from vault_rotation later
                      where later.account_id = r.account_id and later.state = r.state and later.id > r.id)`;
    return count;
  }

  async counts() {
    const [row] = await this.#sql<{ waiting: number; running: number; uncertain: number }[]>`
      select count(*) filter (where state = 'waiting')::int as waiting,
             count(*) filter (where state = 'running')::int as running,
             count(*) filter (where state = 'uncertain')::int as uncertain
        from vault_rotation where finished_at is null`;
    return row!;
  }

  #assignments(changes: RotationChanges) {
    const sql = this.#sql;
    const { state, phase, dueInSeconds, attemptsBack, nextPublicKey, changing, failureCode, failure } =
      changes;
    const due =
      dueInSeconds === null
        ? sql`null`
        : sql`clock_timestamp() + make_interval(secs => ${dueInSeconds ?? 0})`;
    return sql`
      attempts = attempts - ${attemptsBack ? 1 : 0}
      ${state === undefined ? sql`` : sql`, state = ${state}`}
      ${phase === undefined ? sql`` : sql`, phase = ${phase}`}
      ${dueInSeconds === undefined ? sql`` : sql`, due_at = ${due}, holder = null, lease_until = null`}
      ${nextPublicKey === undefined ? sql`` : sql`, next_public_key = ${nextPublicKey}`}
      ${changing === undefined ? sql`` : sql`, changing_since = ${changing === null ? sql`null` : sql`clock_timestamp()`}`}
      ${failureCode === undefined ? sql`` : sql`, failure_code = ${failureCode}`}
      ${failure === undefined ? sql`` : sql`, failure = ${failure}`}
      ${changes.finished ? sql`, finished_at = clock_timestamp()` : sql``}`;
  }
}

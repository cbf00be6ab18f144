import {
  type DueRelease,
  type SessionCredential,
  type SessionCredentials,
  UNRESOLVED_SECONDS,
} from '../../appliance/sessions/session-credential.ts';
import type { Sql } from '../sql.ts';

type CredentialRow = Omit<SessionCredential, 'userId' | 'failureReason'> & {
  userId: number | null;
  failureReason: string | null;
};
type DueRow = CredentialRow & { lease: string | null; attempts: number; endedAt: Date };

const COLUMNS = `c.attempt_id as "attemptId", c.lsid, c.source, c.credential_id as id, c.credential_name as name,
  c.keeps_username as "keepsUsername", c.user_id as "userId", c.state, c.failure_reason as "failureReason"`;

/** Seconds between two attempts to give one back: twice as long each time, between these. */
const SHORTEST_PAUSE = 30;
const LONGEST_PAUSE = 900;

export class PgSessionCredentials implements SessionCredentials {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async insert(credential: Parameters<SessionCredentials['insert']>[0]): Promise<void> {
    await this.#sql`
      insert into session_credential (lsid, source, credential_id, credential_name, keeps_username, user_id)
      values (${credential.lsid}, ${credential.source}, ${credential.id}, ${credential.name},
              ${credential.keepsUsername}, ${credential.userId ?? null})`;
  }

  async find(lsid: string): Promise<SessionCredential | undefined> {
    const sql = this.#sql;
    const [row] = await sql<CredentialRow[]>`
      select ${sql.unsafe(COLUMNS)} from session_credential c where c.lsid = ${lsid} order by c.created_at limit 1`;
    return row && toCredential(row);
  }

  async markAsked(lsid: string, channelId: string): Promise<void> {
    await this.#sql`
      update session_credential set state = 'asked', asked_at = clock_timestamp(), channel_id = ${channelId}
       where lsid = ${lsid}`;
  }

  async markGiven(lsid: string, lease: string | undefined): Promise<void> {
    await this.#sql`
      update session_credential c
         set state = case c.state when 'failed' then 'failed' else 'given' end, given_at = clock_timestamp(), lease = ${lease ?? null},
             release_due_at = case when s.ended_at is not null then clock_timestamp() end, released_at = null
        from support_session s
       where c.lsid = ${lsid} and s.lsid = c.lsid`;
  }

  async markUsed(lsid: string): Promise<boolean> {
    const { count } = await this.#sql`
      update session_credential set state = 'used' where lsid = ${lsid} and state = 'given'`;
    return count > 0;
  }

  async markFailed(lsid: string, reason: string, nothingGiven: boolean): Promise<boolean> {
    const { count } = await this.#sql`
      update session_credential c
         set state = 'failed', failure_reason = ${reason},
             asked_at = case when ${nothingGiven} then null else asked_at end,
             release_due_at = case when s.ended_at is not null and asked_at is not null and not ${nothingGiven}
                                   then case release_attempts when 0 then clock_timestamp() else release_due_at end
                              end
        from support_session s
       where c.lsid = ${lsid} and c.state <> 'failed' and s.lsid = c.lsid`;
    return count > 0;
  }

  async setReleaseDue(lsid: string): Promise<void> {
    await this.#sql`
      update session_credential
         set release_due_at = case state when 'asked' then asked_at + make_interval(secs => ${UNRESOLVED_SECONDS})
                                         else clock_timestamp() end
       where lsid = ${lsid} and asked_at is not null`;
  }

  async takeDue(limit: number): Promise<DueRelease[]> {
    const sql = this.#sql;
    const rows = await sql<DueRow[]>`
      with due as (
        select attempt_id from session_credential
         where release_due_at <= clock_timestamp() and released_at is null and given_up_at is null
         order by release_due_at limit ${limit}
           for update skip locked)
      update session_credential c
         set release_attempts = c.release_attempts + 1,
             release_due_at = clock_timestamp()
               + make_interval(secs => least(${LONGEST_PAUSE}, ${SHORTEST_PAUSE} * 2 ^ least(c.release_attempts, 20)))
        from due, support_session s
       where c.attempt_id = due.attempt_id and s.lsid = c.lsid
      returning ${sql.unsafe(COLUMNS)}, c.lease, c.release_attempts as attempts,
                coalesce(s.ended_at, clock_timestamp()) as "endedAt"`;
    return rows.map((row) => ({
      ...toCredential(row),
      lease: row.lease ?? undefined,
      attempts: row.attempts,
      endedAt: row.endedAt,
    }));
  }

  async markReleased(attemptId: string, lease: string | undefined): Promise<void> {
    await this.#sql`
      update session_credential set released_at = clock_timestamp()
       where attempt_id = ${attemptId} and lease is not distinct from ${lease ?? null}::text`;
  }

  async giveUp(attemptId: string): Promise<void> {
    await this.#sql`
      update session_credential set given_up_at = clock_timestamp() where attempt_id = ${attemptId}`;
  }
}

function toCredential(row: CredentialRow): SessionCredential {
  const { attemptId, lsid, source, id, name, keepsUsername, userId, state, failureReason } = row;
  return {
    attemptId,
    lsid,
    source,
    id,
    name,
    keepsUsername,
    userId: userId ?? undefined,
    state,
    failureReason: failureReason ?? undefined,
  };
}

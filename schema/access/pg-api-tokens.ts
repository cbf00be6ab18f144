import type { ApiAccountLogin, ApiAccountLogins, ApiTokens } from '../../appliance/access/api-tokens.ts';
import type { Sql } from '../sql.ts';

export class PgApiTokens implements ApiTokens {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async issue(apiAccountId: number, tokenHash: Buffer, lifetimeSeconds: number, keep: number): Promise<void> {
    const sql = this.#sql;
    await sql`
      insert into api_token (token_hash, api_account_id, expires_at)
      values (${tokenHash}, ${apiAccountId}, clock_timestamp() + make_interval(secs => ${lifetimeSeconds}))`;
    await sql`
      delete from api_token
       where api_account_id = ${apiAccountId}
         and (expires_at <= clock_timestamp()
              or token_hash in (select token_hash from api_token
                                 where api_account_id = ${apiAccountId} and expires_at > clock_timestamp()
                                 order by issued_at desc offset ${keep}))`;
  }

  async revokeAllOf(apiAccountId: number): Promise<void> {
    const sql = this.#sql;
    await sql`delete from api_token where api_account_id = ${apiAccountId}`;
  }
}

export class PgApiAccountLogins implements ApiAccountLogins {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async lockByClientId(clientId: string): Promise<ApiAccountLogin | undefined> {
    const sql = this.#sql;
    const [row] = await sql<ApiAccountLogin[]>`
      select id, name, enabled, ip_addresses as "ipAddresses", secret_hash as "secretHash",
             case when failed_login_expiration <= clock_timestamp() then 0 else failed_login_attempts end as "failedAttempts",
             coalesce(failed_login_expiration > clock_timestamp(), false) as locked
        from api_account
       where client_id = ${clientId}
         for update`;
    return row;
  }

  async recordFailures(apiAccountId: number, failedAttempts: number, lockMinutes?: number): Promise<void> {
    const sql = this.#sql;
    await sql`
      update api_account
         set failed_login_attempts = ${failedAttempts},
             failed_login_expiration = clock_timestamp() + make_interval(mins => ${lockMinutes ?? null}::int)
       where id = ${apiAccountId}`;
  }
}

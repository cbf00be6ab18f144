import type { ExpiredAccess } from '../../appliance/access/expired-access.ts';
import type { Sql } from '../sql.ts';

export class PgExpiredAccess implements ExpiredAccess {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async deleteAll(): Promise<number> {
    const sql = this.#sql;
    const results = await Promise.all([
      sql`delete from api_token where expires_at <= clock_timestamp()`,
      // Browser sessions are ended by a job that also closes what they opened.
      sql`delete from user_credential where expires_at <= clock_timestamp() - interval '5 minutes'`,
      sql`delete from sign_in_attempt where expires_at <= clock_timestamp()`,
      sql`delete from sign_in_failure
           where last_failure_at < clock_timestamp() - interval '1 day'
             and (blocked_until is null or blocked_until < clock_timestamp())`,
      // Their credentials have ended with the invitation.
      sql`delete from app_user u using rep_invitation i
           where u.invited and i.user_id = u.id
             and least(i.expires_at, i.revoked_at) < clock_timestamp() - interval '5 minutes'`,
      // Whoever invited them was deleted, and the invitation with that account.
      sql`delete from app_user u
           where u.invited and not exists (select from rep_invitation i where i.user_id = u.id)`,
      sql`delete from launch_token where expires_at <= clock_timestamp()`,
      sql`delete from api_rate_window
           where starts_at < clock_timestamp() - case kind when 'second' then interval '1 minute' else interval '2 hours' end`,
      sql`delete from user_rate_window
           where starts_at < clock_timestamp() - case kind when 'second' then interval '1 minute' else interval '2 hours' end`,
    ]);
    return results.reduce((sum, { count }) => sum + count, 0);
  }
}

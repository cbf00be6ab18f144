import type { SessionCredential, SessionCredentials } from '../../appliance/sessions/session-credential.ts';
import type { Sql } from '../sql.ts';

type CredentialRow = Omit<SessionCredential, 'userId'> & { userId: number | null };

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
    const [row] = await this.#sql<CredentialRow[]>`
      select attempt_id as "attemptId", lsid, source, credential_id as id, credential_name as name,
             keeps_username as "keepsUsername", user_id as "userId", state
        from session_credential where lsid = ${lsid} order by created_at limit 1`;
    return row && { ...row, userId: row.userId ?? undefined };
  }
}

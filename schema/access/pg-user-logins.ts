import { effectiveSettings, type PolicyLayer } from '../../appliance/access/effective-settings.ts';
import type { SignInPerson } from '../../appliance/access/sign-in-gate.ts';
import type { UserLogin, UserLogins, UserProfile } from '../../appliance/access/user-credentials.ts';
import type { Sql } from '../sql.ts';
import { POLICY_LAYERS } from './policy-layers.ts';

interface UserLoginRow extends Omit<UserLogin, 'passwordHash'> {
  passwordHash: string | null;
}

interface PersonRow extends Omit<SignInPerson, 'settings' | 'lastAuthentication'> {
  lastAuthentication: Date | null;
  own: Partial<SignInPerson['settings']>;
  policies: PolicyLayer[];
}

export class PgUserLogins implements UserLogins {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async profileOf(userId: number): Promise<UserProfile | undefined> {
    const sql = this.#sql;
    const [row] = await sql<UserProfile[]>`
      select id, username, public_display_name as "publicDisplayName", private_display_name as "privateDisplayName",
             email_address as "emailAddress", perm_admin as administrator, settings, ${sql.unsafe(POLICY_LAYERS)} as policies
        from app_user u
       where id = ${userId}`;
    return row;
  }

  async findByUsername(username: string): Promise<UserLogin | undefined> {
    const sql = this.#sql;
    return this.#find(sql`lower(username) = lower(${username})`);
  }

  async findById(userId: number): Promise<UserLogin | undefined> {
    const sql = this.#sql;
    return this.#find(sql`id = ${userId}`);
  }

  async beginAttempt(
    userId: number,
    lockout: { attempts: number; minutes: number },
  ): Promise<{ allowed: boolean; lastOne: boolean }> {
    const sql = this.#sql;
    // A lockout that has run out starts the count anew.
    const [row] = await sql<{ attempts: number }[]>`
      update app_user
         set failed_logins = case when locked_until is null then failed_logins + 1 else 1 end,
             locked_until = case when (case when locked_until is null then failed_logins + 1 else 1 end) >= ${lockout.attempts}
                                 then clock_timestamp() + make_interval(mins => ${lockout.minutes}) end
       where id = ${userId} and (locked_until is null or locked_until <= clock_timestamp())
      returning failed_logins as attempts`;
    return { allowed: row !== undefined, lastOne: row !== undefined && row.attempts >= lockout.attempts };
  }

  async forgetFailures(userId: number): Promise<void> {
    const sql = this.#sql;
    await sql`update app_user set failed_logins = 0, locked_until = null where id = ${userId}`;
  }

  async personOf(userId: number): Promise<SignInPerson | undefined> {
    const sql = this.#sql;
    const [row] = await sql<PersonRow[]>`
      select id, security_provider_id as "securityProviderId", username, email_address as "emailAddress",
             coalesce(nullif(private_display_name, ''), nullif(public_display_name, ''), username) as "displayName",
             perm_admin as administrator, last_authentication as "lastAuthentication", settings as own,
             ${sql.unsafe(POLICY_LAYERS)} as policies
        from app_user u
       where id = ${userId} and enabled`;
    if (row === undefined) return undefined;
    const { own, policies, lastAuthentication, ...person } = row;
    return {
      ...person,
      lastAuthentication: lastAuthentication ?? undefined,
      settings: effectiveSettings({ ...own, perm_admin: person.administrator }, policies),
    };
  }

  async recordSuccess(userId: number, checkedPasswordHash: string | undefined): Promise<boolean> {
    const sql = this.#sql;
    const { count } = await sql`
      update app_user set last_authentication = clock_timestamp()
       where id = ${userId} and enabled
         ${checkedPasswordHash === undefined ? sql`` : sql`and password_hash = ${checkedPasswordHash}`}`;
    return count === 1;
  }

  async setPassword(userId: number, passwordHash: string, mustChange: boolean): Promise<void> {
    const sql = this.#sql;
    await sql`
      update app_user
         set password_hash = ${passwordHash}, must_change_password = ${mustChange}, failed_logins = 0, locked_until = null,
             password_expires_at = case when password_expires_at > clock_timestamp() then password_expires_at end
       where id = ${userId}`;
  }

  async #find(where: ReturnType<Sql>): Promise<UserLogin | undefined> {
    const sql = this.#sql;
    const [row] = await sql<UserLoginRow[]>`
      select id, username, security_provider_id as "securityProviderId",
             (select (p.settings->>'sign_in_provider')::int from security_provider p
               where p.id = security_provider_id and p.type = 'scim'
                 and jsonb_typeof(p.settings->'sign_in_provider') = 'number') as "signInProviderId",
             coalesce(nullif(private_display_name, ''), nullif(public_display_name, ''), username) as "displayName",
             perm_admin as administrator, enabled, password_hash as "passwordHash",
             must_change_password or coalesce(password_expires_at <= clock_timestamp(), false) as "mustChangePassword"
        from app_user
       where ${where}`;
    return row && { ...row, passwordHash: row.passwordHash ?? undefined };
  }
}

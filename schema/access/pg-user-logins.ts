import { effectiveSettings, type PolicyLayer } from '../../appliance/access/effective-settings.ts';
import { ownRestriction } from '../../appliance/access/network-restriction.ts';
import type { SignInPerson } from '../../appliance/access/sign-in-gate.ts';
import type { UserLogin, UserLogins, UserProfile } from '../../appliance/access/user-credentials.ts';
import type { NetworkRestrictionMode } from '../../appliance/settings/site-settings.ts';
import type { Sql } from '../sql.ts';
import { POLICY_LAYERS } from './policy-layers.ts';

/** The longest history a site can ask for. */
const MOST_FORMER_PASSWORDS = 24;

interface UserLoginRow extends Omit<UserLogin, 'passwordHash'> {
  passwordHash: string | null;
}

interface PersonRow extends Omit<SignInPerson, 'settings' | 'lastAuthentication' | 'restriction'> {
  networkRestriction: NetworkRestrictionMode | null;
  networks: string[];
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
             email_address as "emailAddress", perm_admin as administrator, settings, ${sql.unsafe(POLICY_LAYERS)} as policies,
             case when security_provider_id = 1 then password_expires_at end as "passwordExpiresAt"
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

  async findByExternalId(providerId: number, externalId: string): Promise<UserLogin | undefined> {
    const sql = this.#sql;
    return this.#find(sql`
      id = coalesce(
        (select id from app_user where security_provider_id = ${providerId} and external_id = ${externalId}),
        (select user_id from scim_user
          where sign_in_provider_id = ${providerId} and sign_in_external_id = ${externalId} limit 1))`);
  }

  async personOf(userId: number): Promise<SignInPerson | undefined> {
    const sql = this.#sql;
    const [row] = await sql<PersonRow[]>`
      select id, security_provider_id as "securityProviderId", username, email_address as "emailAddress",
             coalesce(nullif(private_display_name, ''), nullif(public_display_name, ''), username) as "displayName",
             perm_admin as administrator, last_authentication as "lastAuthentication", settings as own,
             network_restriction as "networkRestriction", networks, invited, ${sql.unsafe(POLICY_LAYERS)} as policies
        from app_user u
       where id = ${userId} and enabled`;
    if (row === undefined) return undefined;
    const { own, policies, lastAuthentication, networkRestriction, networks, ...person } = row;
    return {
      ...person,
      restriction: ownRestriction({ networkRestriction, networks }),
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

  async setPassword(
    userId: number,
    passwordHash: string,
    { mustChange, expirationDays }: { mustChange: boolean; expirationDays: number },
  ): Promise<void> {
    const sql = this.#sql;
    await sql`
      insert into former_password (user_id, password_hash)
      select id, password_hash from app_user where id = ${userId} and password_hash is not null`;
    await sql`
      delete from former_password
       where user_id = ${userId}
         and id in (select id from former_password where user_id = ${userId} order by id desc offset ${MOST_FORMER_PASSWORDS})`;
    await sql`
      update app_user
         set password_hash = ${passwordHash}, must_change_password = ${mustChange},
             password_expires_at = case when ${expirationDays}::int > 0 then clock_timestamp() + make_interval(days => ${expirationDays})
                                        when password_expires_at > clock_timestamp() then password_expires_at end
       where id = ${userId}`;
    await sql`delete from sign_in_failure where user_id = ${userId}`;
  }

  async formerPasswords(userId: number, count: number): Promise<string[]> {
    const rows = await this.#sql<{ hash: string }[]>`
      select password_hash as hash from former_password where user_id = ${userId} order by id desc limit ${count}`;
    return rows.map(({ hash }) => hash);
  }

  async #find(where: ReturnType<Sql>): Promise<UserLogin | undefined> {
    const sql = this.#sql;
    const [row] = await sql<UserLoginRow[]>`
      select id, username, security_provider_id as "securityProviderId",
             (select (p.settings->>'sign_in_provider')::int from security_provider p
               where p.id = security_provider_id and p.type = 'scim'
                 and jsonb_typeof(p.settings->'sign_in_provider') = 'number') as "signInProviderId",
             coalesce(nullif(private_display_name, ''), nullif(public_display_name, ''), username) as "displayName",
             email_address as "emailAddress", perm_admin as administrator, enabled, password_hash as "passwordHash",
             must_change_password or coalesce(password_expires_at <= clock_timestamp(), false) as "mustChangePassword"
        from app_user
       where ${where}`;
    return row && { ...row, passwordHash: row.passwordHash ?? undefined };
  }
}

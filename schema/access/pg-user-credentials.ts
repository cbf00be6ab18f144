import type { SignInMethod } from '../../appliance/access/sign-in-attempt.ts';
import type {
  CredentialAge,
  IdleBrowserSession,
  LicenseHolder,
  LivingCredential,
  NewUserCredential,
  UserCredentialHolder,
  UserCredentials,
} from '../../appliance/access/user-credentials.ts';
import type { Sql } from '../sql.ts';
import { POLICY_LAYERS } from './policy-layers.ts';

const SECOND_FACTORS: SignInMethod[] = ['totp', 'passkey', 'recovery_code'];

export class PgUserCredentials implements UserCredentials {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async create(credential: NewUserCredential): Promise<{ id: string; expiresAt: Date }> {
    const sql = this.#sql;
    const [row] = await sql<{ id: string; expiresAt: Date }[]>`
      insert into user_credential (user_id, kind, secret_hash, address, user_agent, expires_at, security_provider_id,
                                   methods, provider_session, second_factor_at)
      values (${credential.userId}, ${credential.kind}, ${credential.secretHash}, ${credential.address},
              ${credential.userAgent}, clock_timestamp() + make_interval(mins => ${credential.maximumMinutes}),
              ${credential.securityProviderId ?? null}, ${[...credential.methods]}, ${credential.providerSession ?? null},
              case when ${[...credential.methods]}::text[] && ${SECOND_FACTORS}::text[] then clock_timestamp() end)
      returning id, expires_at as "expiresAt"`;
    return row!;
  }

  async findHolder(secretHash: Buffer): Promise<UserCredentialHolder | undefined> {
    const sql = this.#sql;
    const [row] = await sql<UserCredentialHolder[]>`
      select c.id as "credentialId", c.kind, u.id as "userId", u.username,
             coalesce(nullif(u.private_display_name, ''), nullif(u.public_display_name, ''), u.username) as "displayName",
             u.perm_admin as administrator, u.settings, ${sql.unsafe(POLICY_LAYERS)} as policies,
             u.network_restriction as "networkRestriction", u.networks,
             u.must_change_password or coalesce(u.password_expires_at <= clock_timestamp(), false) as "mustChangePassword",
             c.second_factor_at is null and (not c.methods && '{saml,oidc}' or exists (
               select from security_provider s
                where s.id = c.security_provider_id and (s.settings->>'require_second_factor')::boolean)) as "secondFactorOpen",
             extract(epoch from clock_timestamp() - c.last_seen_at)::float8 as "idleSeconds"
        from user_credential c
        join app_user u on u.id = c.user_id
       where c.secret_hash = ${secretHash} and c.expires_at > clock_timestamp() and u.enabled`;
    return row;
  }

  async markSeen(credentialId: string): Promise<void> {
    const sql = this.#sql;
    await sql`update user_credential set last_seen_at = clock_timestamp() where id = ${credentialId}`;
  }

  async providerSessionOf(
    credentialId: string,
  ): Promise<{ securityProviderId: number; providerSession: string } | undefined> {
    const sql = this.#sql;
    const [row] = await sql<{ securityProviderId: number; providerSession: string }[]>`
      select security_provider_id as "securityProviderId", provider_session as "providerSession"
        from user_credential
       where id = ${credentialId} and security_provider_id is not null and provider_session is not null`;
    return row;
  }

  async ageOf(credentialId: string): Promise<CredentialAge | undefined> {
    const sql = this.#sql;
    const [row] = await sql<CredentialAge[]>`
      select kind, expires_at as "expiresAt",
             extract(epoch from expires_at - clock_timestamp())::float8 as "secondsLeft",
             extract(epoch from clock_timestamp() - last_seen_at)::float8 as "idleSeconds"
        from user_credential
       where id = ${credentialId}`;
    return row;
  }

  async idleBrowserSessions(seconds: number): Promise<IdleBrowserSession[]> {
    const sql = this.#sql;
    return await sql<IdleBrowserSession[]>`
      select c.id as "credentialId", u.settings, ${sql.unsafe(POLICY_LAYERS)} as policies,
             extract(epoch from c.expires_at - clock_timestamp())::float8 as "secondsLeft",
             extract(epoch from clock_timestamp() - c.last_seen_at)::float8 as "idleSeconds"
        from user_credential c
        join app_user u on u.id = c.user_id
       where c.kind = 'browser'
         and (c.last_seen_at <= clock_timestamp() - make_interval(secs => ${seconds}) or c.expires_at <= clock_timestamp())`;
  }

  async browserSessionsOf(userId: number, exceptSecretHash: Buffer | undefined): Promise<string[]> {
    const sql = this.#sql;
    const rows = await sql<{ id: string }[]>`
      select id from user_credential
       where user_id = ${userId} and kind = 'browser' and expires_at > clock_timestamp()
         and secret_hash is distinct from ${exceptSecretHash ?? null}::bytea`;
    return rows.map(({ id }) => id);
  }

  async endBrowserSessionsOf(userId: number, exceptCredentialId: string): Promise<string[]> {
    const sql = this.#sql;
    const rows = await sql<{ id: string }[]>`
      delete from user_credential
       where user_id = ${userId} and kind = 'browser' and id <> ${exceptCredentialId}
      returning id`;
    return rows.map(({ id }) => id);
  }

  async lockLicenses(): Promise<void> {
    await this.#sql`select pg_advisory_xact_lock(hashtext('bridgehead representative licences'))`;
  }

  async takeLicense(credentialId: string): Promise<void> {
    await this.#sql`update user_credential set representative = true where id = ${credentialId}`;
  }

  async licensesTaken(exceptUserId: number): Promise<number> {
    const [row] = await this.#sql<{ taken: number }[]>`
      select count(distinct c.user_id)::int as taken
        from user_credential c join app_user u on u.id = c.user_id
       where c.representative and c.expires_at > clock_timestamp() and u.enabled and c.user_id <> ${exceptUserId}`;
    return row!.taken;
  }

  async licenseHolders(): Promise<LicenseHolder[]> {
    const sql = this.#sql;
    return await sql<LicenseHolder[]>`
      select * from (
        select distinct on (c.user_id) c.user_id as "userId", u.invited, c.address,
               coalesce(nullif(u.private_display_name, ''), nullif(u.public_display_name, ''), u.username) as name,
               min(c.created_at) over (partition by c.user_id) as since, c.last_seen_at as "lastSeenAt"
          from user_credential c join app_user u on u.id = c.user_id
         where c.representative and c.expires_at > clock_timestamp() and u.enabled
         order by c.user_id, c.last_seen_at desc) held
       order by since, "userId"`;
  }

  async livingOf(userId: number): Promise<LivingCredential[]> {
    const sql = this.#sql;
    return await sql<LivingCredential[]>`
      select kind, address, user_agent as "userAgent", created_at as "createdAt", last_seen_at as "lastSeenAt",
             expires_at as "expiresAt"
        from user_credential
       where user_id = ${userId} and expires_at > clock_timestamp()
       order by last_seen_at desc limit 1000`;
  }

  async end(credentialId: string): Promise<void> {
    const sql = this.#sql;
    await sql`delete from user_credential where id = ${credentialId}`;
  }

  async endAllOfProvider(providerId: number): Promise<{ credentialId: string }[]> {
    const sql = this.#sql;
    await sql`delete from sign_in_attempt where security_provider_id = ${providerId}`;
    return await sql<{ credentialId: string }[]>`
      delete from user_credential where security_provider_id = ${providerId} returning id as "credentialId"`;
  }

  async endByProviderSession(
    providerId: number,
    {
      nameId,
      ignoreCase,
      sessionIndexes,
    }: { nameId: string; ignoreCase: boolean; sessionIndexes: readonly string[] },
  ): Promise<{ credentialId: string; userId: number; username: string }[]> {
    const sql = this.#sql;
    const kept = sql`c.provider_session::jsonb`;
    const name = ignoreCase
      ? sql`lower(${kept}->>'nameId') = lower(${nameId})`
      : sql`${kept}->>'nameId' = ${nameId}`;
    const sessions =
      sessionIndexes.length === 0
        ? sql``
        : sql`and ${kept}->>'sessionIndex' = any(${[...sessionIndexes]}::text[])`;
    const rows = await sql<{ credentialId: string; userId: number; username: string }[]>`
      delete from user_credential c
       using app_user u
       where u.id = c.user_id and c.security_provider_id = ${providerId} and c.provider_session is not null
         and ${name} ${sessions}
      returning c.id as "credentialId", u.id as "userId", u.username`;
    return [...rows];
  }

  async endAllOf(userId: number, exceptCredentialId?: string): Promise<void> {
    const sql = this.#sql;
    await sql`
      delete from user_credential
       where user_id = ${userId} and id is distinct from ${exceptCredentialId ?? null}::uuid`;
    await sql`delete from sign_in_attempt where user_id = ${userId}`;
  }
}

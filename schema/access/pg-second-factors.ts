import { randomBytes } from 'node:crypto';
import type {
  NewPasskey,
  Passkey,
  PasskeyPurpose,
  ProofAges,
  SecondFactorState,
  SecondFactorSummary,
  SecondFactors,
} from '../../appliance/access/second-factor.ts';
import type { Sql } from '../sql.ts';

const HANDLE_BYTES = 32;

export class PgSecondFactors implements SecondFactors {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async lock(userId: number): Promise<SecondFactorState> {
    const sql = this.#sql;
    await sql`
      insert into user_second_factor (user_id, passkey_handle) values (${userId}, ${randomBytes(HANDLE_BYTES)})
      on conflict (user_id) do nothing`;
    const [row] = await sql<SecondFactorState[]>`
      select ${this.#stateColumns()} from user_second_factor where user_id = ${userId} for update`;
    return row!;
  }

  async find(userId: number): Promise<SecondFactorState | undefined> {
    const [row] = await this.#sql<SecondFactorState[]>`
      select ${this.#stateColumns()} from user_second_factor where user_id = ${userId}`;
    return row;
  }

  async update(state: SecondFactorState): Promise<void> {
    await this.#sql`
      update user_second_factor
         set totp_confirmed_at = ${state.totpConfirmedAt}, totp_last_used_at = ${state.totpLastUsedAt},
             totp_last_step = ${state.totpLastStep}, totp_begun_at = ${state.totpBegunAt}, failures = ${state.failures},
             last_failed_at = ${state.lastFailedAt}, locked_until = ${state.lockedUntil}
       where user_id = ${state.userId}`;
  }

  async passkeysOf(userId: number): Promise<Passkey[]> {
    const rows = await this.#sql<Passkey[]>`
      select ${this.#passkeyColumns()} from user_passkey where user_id = ${userId} order by id`;
    return [...rows];
  }

  async passkeyByCredentialId(credentialId: Buffer): Promise<Passkey | undefined> {
    const [row] = await this.#sql<Passkey[]>`
      select ${this.#passkeyColumns()} from user_passkey where credential_id = ${credentialId}`;
    return row;
  }

  async addPasskey(userId: number, name: string, passkey: NewPasskey): Promise<Passkey> {
    const [row] = await this.#sql<Passkey[]>`
      insert into user_passkey (user_id, name, credential_id, public_key, sign_count, transports, backed_up)
      values (${userId}, ${name}, ${passkey.credentialId}, ${passkey.publicKey}, ${passkey.signCount},
              ${passkey.transports}, ${passkey.backedUp})
      returning ${this.#passkeyColumns()}`;
    return row!;
  }

  async renamePasskey(id: number, name: string): Promise<void> {
    await this.#sql`update user_passkey set name = ${name} where id = ${id}`;
  }

  async passkeyUsed(id: number, signCount: number, backedUp: boolean, at: Date): Promise<void> {
    await this.#sql`
      update user_passkey set sign_count = ${signCount}, backed_up = ${backedUp}, last_used_at = ${at} where id = ${id}`;
  }

  async suspectClone(id: number, at: Date): Promise<void> {
    await this.#sql`update user_passkey set clone_suspected_at = ${at} where id = ${id}`;
  }

  async deletePasskey(id: number): Promise<void> {
    await this.#sql`delete from user_passkey where id = ${id}`;
  }

  async replaceRecoveryCodes(userId: number, hashes: readonly Buffer[]): Promise<void> {
    const sql = this.#sql;
    await sql`delete from user_recovery_code where user_id = ${userId}`;
    if (hashes.length === 0) return;
    await sql`
      insert into user_recovery_code ${sql(hashes.map((hash) => ({ user_id: userId, code_hash: hash })))}`;
  }

  async takeRecoveryCode(userId: number, hash: Buffer): Promise<boolean> {
    const { count } = await this.#sql`
      delete from user_recovery_code where user_id = ${userId} and code_hash = ${hash}`;
    return count === 1;
  }

  async recoveryCodesLeft(userId: number): Promise<number> {
    const [row] = await this.#sql<{ left: number }[]>`
      select count(*)::int as left from user_recovery_code where user_id = ${userId}`;
    return row!.left;
  }

  async removeAll(userId: number): Promise<void> {
    const sql = this.#sql;
    await sql`delete from user_passkey where user_id = ${userId}`;
    await sql`delete from user_recovery_code where user_id = ${userId}`;
    await sql`delete from user_second_factor where user_id = ${userId}`;
  }

  async summaries(userIds: readonly number[]): Promise<Map<number, SecondFactorSummary>> {
    const rows = await this.#sql<(SecondFactorSummary & { userId: number })[]>`
      select f.user_id as "userId", f.totp_confirmed_at is not null or count(p.id) > 0 as enabled,
             count(p.id)::int as passkeys, max(p.last_used_at) as "passkeyLastUsedAt"
        from user_second_factor f
        left join user_passkey p on p.user_id = f.user_id
       where f.user_id = any(${[...userIds]}::int[])
       group by f.user_id`;
    return new Map(rows.map(({ userId, ...summary }) => [userId, summary]));
  }

  async proofsOf(credentialId: string): Promise<ProofAges | undefined> {
    const [row] = await this.#sql<ProofAges[]>`
      select extract(epoch from clock_timestamp() - proven_at)::float8 / 60 as "anyProof",
             extract(epoch from clock_timestamp() - second_factor_at)::float8 / 60 as "secondFactor"
        from user_credential where id = ${credentialId}`;
    return row;
  }

  async noteProof(credentialId: string, kind: 'password' | 'second_factor'): Promise<void> {
    const sql = this.#sql;
    await sql`
      update user_credential
         set proven_at = clock_timestamp()
             ${kind === 'second_factor' ? sql`, second_factor_at = clock_timestamp()` : sql``}
       where id = ${credentialId}`;
  }

  async keepChallenge(
    credentialId: string,
    purpose: PasskeyPurpose,
    challenge: string,
    minutes: number,
  ): Promise<void> {
    await this.#sql`
      insert into passkey_challenge (credential_id, purpose, challenge, expires_at)
      values (${credentialId}, ${purpose}, ${challenge}, clock_timestamp() + make_interval(mins => ${minutes}))
      on conflict (credential_id, purpose) do update
         set challenge = excluded.challenge, expires_at = excluded.expires_at`;
  }

  async takeChallenge(credentialId: string, purpose: PasskeyPurpose): Promise<string | undefined> {
    const [row] = await this.#sql<{ challenge: string; good: boolean }[]>`
      delete from passkey_challenge where credential_id = ${credentialId} and purpose = ${purpose}
      returning challenge, expires_at > clock_timestamp() as good`;
    return row?.good ? row.challenge : undefined;
  }

  #stateColumns() {
    return this.#sql`
      user_id as "userId", passkey_handle as "passkeyHandle", totp_confirmed_at as "totpConfirmedAt",
      totp_last_used_at as "totpLastUsedAt", totp_last_step::float8 as "totpLastStep", totp_begun_at as "totpBegunAt",
      failures, last_failed_at as "lastFailedAt", locked_until as "lockedUntil"`;
  }

  #passkeyColumns() {
    return this.#sql`
      id, user_id as "userId", name, credential_id as "credentialId", public_key as "publicKey",
      sign_count::float8 as "signCount", transports, backed_up as "backedUp", created_at as "createdAt",
      last_used_at as "lastUsedAt", clone_suspected_at as "cloneSuspectedAt"`;
  }
}

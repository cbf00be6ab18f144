import type {
  AttemptKeys,
  NewSignInAttempt,
  SignInAttempt,
  SignInAttempts,
} from '../../appliance/access/sign-in-attempt.ts';
import type { Sql } from '../sql.ts';

type Row = { [Name in keyof SignInAttempt]: Exclude<SignInAttempt[Name], undefined> | null };

export class PgSignInAttempts implements SignInAttempts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async create(
    attempt: NewSignInAttempt,
    { secretHash, stateHash }: AttemptKeys,
    minutes: number,
  ): Promise<{ id: string; expiresAt: Date }> {
    const sql = this.#sql;
    const [row] = await sql<{ id: string; expiresAt: Date }[]>`
      insert into sign_in_attempt (secret_hash, state_hash, kind, purpose, stage, security_provider_id, user_id, memo,
                                   methods, passed, asking, return_to, provider_session, address, user_agent, expires_at)
      values (${secretHash}, ${stateHash ?? null}, ${attempt.kind}, ${attempt.purpose}, ${attempt.stage},
              ${attempt.providerId ?? null}, ${attempt.userId ?? null}, ${attempt.memo}, ${attempt.methods},
              ${attempt.passed}, ${attempt.asking ?? null}, ${attempt.returnTo}, ${attempt.providerSession ?? null},
              ${attempt.address}, ${attempt.userAgent}, clock_timestamp() + make_interval(mins => ${minutes}))
      returning id, expires_at as "expiresAt"`;
    return row!;
  }

  async take(secretHash: Buffer, id?: string): Promise<SignInAttempt | undefined> {
    const sql = this.#sql;
    const [row] = await sql<Row[]>`
      delete from sign_in_attempt
       where secret_hash = ${secretHash} and expires_at > clock_timestamp()
         ${id === undefined ? sql`` : sql`and id::text = ${id}`}
      returning id, kind, purpose, stage, security_provider_id as "providerId", user_id as "userId", memo, returned,
                methods, passed, asking, return_to as "returnTo", provider_session as "providerSession", address,
                user_agent as "userAgent", failures, expires_at as "expiresAt"`;
    return row && toAttempt(row);
  }

  async putBack(attempt: SignInAttempt, secretHash: Buffer): Promise<void> {
    await this.#sql`
      insert into sign_in_attempt (id, secret_hash, kind, purpose, stage, security_provider_id, user_id, memo, methods,
                                   passed, asking, return_to, provider_session, address, user_agent, failures, expires_at)
      values (${attempt.id}, ${secretHash}, ${attempt.kind}, ${attempt.purpose}, ${attempt.stage},
              ${attempt.providerId ?? null}, ${attempt.userId ?? null}, ${attempt.memo}, ${attempt.methods},
              ${attempt.passed}, ${attempt.asking ?? null}, ${attempt.returnTo}, ${attempt.providerSession ?? null},
              ${attempt.address}, ${attempt.userAgent}, ${attempt.failures}, ${attempt.expiresAt})`;
  }

  async storeReturn(
    stateHash: Buffer,
    providerId: number,
    returned: Readonly<Record<string, string>>,
  ): Promise<{ id: string; returnTo: string } | undefined> {
    const sql = this.#sql;
    const [row] = await sql<{ id: string; returnTo: string }[]>`
      update sign_in_attempt set stage = 'returned', returned = ${sql.json(returned)}
       where state_hash = ${stateHash} and security_provider_id = ${providerId} and stage = 'sent'
         and expires_at > clock_timestamp()
      returning id, return_to as "returnTo"`;
    return row;
  }
}

function toAttempt(row: Row): SignInAttempt {
  return {
    ...(row as SignInAttempt),
    providerId: row.providerId ?? undefined,
    userId: row.userId ?? undefined,
    returned: row.returned ?? undefined,
    asking: row.asking ?? undefined,
    providerSession: row.providerSession ?? undefined,
  };
}

import type { LaunchParameters } from '../../appliance/jump/launch-script.ts';
import type { LaunchTokens, NewLaunchToken } from '../../appliance/jump/launch-token.ts';
import type { Sql } from '../sql.ts';

export class PgLaunchTokens implements LaunchTokens {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async insert(token: NewLaunchToken): Promise<Date> {
    const sql = this.#sql;
    const [row] = await sql<{ expires_at: Date }[]>`
      insert into launch_token (token_hash, user_id, command, created_by, expires_at)
      values (${token.tokenHash}, ${token.userId}, ${sql.json(token.command)}, ${token.createdBy},
              clock_timestamp() + ${token.lifetimeSeconds} * interval '1 second')
      returning expires_at`;
    return row!.expires_at;
  }

  async redeem(tokenHash: Buffer, userId: number): Promise<LaunchParameters | undefined> {
    const [row] = await this.#sql<{ command: LaunchParameters }[]>`
      update launch_token set used_at = clock_timestamp()
       where token_hash = ${tokenHash} and user_id = ${userId}
         and used_at is null and expires_at > clock_timestamp()
      returning command`;
    return row?.command;
  }
}

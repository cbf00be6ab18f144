import type { LaunchJumpoint, LaunchJumpoints } from '../../appliance/jump/launch-token.ts';
import type { Sql } from '../sql.ts';

export class PgLaunchJumpoints implements LaunchJumpoints {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async forShellJump(allowed: 'all' | readonly number[]): Promise<LaunchJumpoint[]> {
    const sql = this.#sql;
    return await sql<LaunchJumpoint[]>`
      select id, name, code_name as "codeName"
        from jumpoint
       where enabled and shell_jump_enabled
         ${allowed === 'all' ? sql`` : sql`and id = any(${[...allowed]}::int[])`}
       order by lower(name)`;
  }
}

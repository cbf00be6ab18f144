import type { Visibility } from '../../appliance/jump/jump-item.ts';
import type { LaunchJumpoint, LaunchJumpoints } from '../../appliance/jump/launch-token.ts';
import type { Sql } from '../sql.ts';

export class PgLaunchJumpoints implements LaunchJumpoints {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async forShellJump(whose: Visibility): Promise<LaunchJumpoint[]> {
    const sql = this.#sql;
    return await sql<LaunchJumpoint[]>`
      select id, name, code_name as "codeName"
        from jumpoint j
       where enabled and shell_jump_enabled
         ${
           whose === 'everything'
             ? sql``
             : sql`and exists (select from jumpoint_user u where u.jumpoint_id = j.id and u.user_id = ${whose.userId})`
         }
       order by lower(name)`;
  }
}

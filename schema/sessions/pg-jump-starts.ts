import type { JumpRights, JumpStarts } from '../../appliance/sessions/jump-target.ts';
import type { Sql } from '../sql.ts';

export class PgJumpStarts implements JumpStarts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async rightsOf(userId: number): Promise<JumpRights | undefined> {
    const [row] = await this.#sql<JumpRights[]>`
      select perm_admin as administrator, enabled, username, public_display_name as "publicDisplayName",
             private_display_name as "privateDisplayName", allowed_jump_methods as "allowedJumpMethods"
        from app_user where id = ${userId}`;
    return row;
  }

  async markAccessed(jumpItemId: number): Promise<void> {
    await this.#sql`update jump_item set last_accessed_at = clock_timestamp() where id = ${jumpItemId}`;
  }
}

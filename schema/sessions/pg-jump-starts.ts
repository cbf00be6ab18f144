import type { JumpItemOwner } from '../../appliance/jump/jump-item-grant.ts';
import type { JumpStarts } from '../../appliance/sessions/jump-facts.ts';
import type { Sql } from '../sql.ts';

export class PgJumpStarts implements JumpStarts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async ownerName({ jumpGroupType, jumpGroupId }: JumpItemOwner): Promise<string> {
    const sql = this.#sql;
    const [row] =
      jumpGroupType === 'shared'
        ? await sql<{ name: string }[]>`select name from jump_group where id = ${jumpGroupId}`
        : await sql<{ name: string }[]>`
            select coalesce(nullif(private_display_name, ''), nullif(public_display_name, ''), username) as name
              from app_user where id = ${jumpGroupId}`;
    return row?.name ?? '';
  }

  async markAccessed(jumpItemId: number): Promise<void> {
    await this.#sql`update jump_item set last_accessed_at = clock_timestamp() where id = ${jumpItemId}`;
  }
}

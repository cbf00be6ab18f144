import type { JumpItemGrant, JumpItemGrants } from '../../appliance/jump/jump-item-access.ts';
import { JUMP_ITEM_PERMISSIONS, type JumpItemPermission } from '../../appliance/jump/jump-item-role.ts';
import type { Sql } from '../sql.ts';

export class PgJumpItemGrants implements JumpItemGrants {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async inGroup(userId: number, jumpGroupId: number): Promise<JumpItemGrant | undefined> {
    const sql = this.#sql;
    const [role] = await sql<Record<JumpItemPermission, boolean>[]>`
      select ${sql(JUMP_ITEM_PERMISSIONS.map((permission) => `r.${permission}`))}
        from jump_group_user m
        join app_user u on u.id = m.user_id
        join jump_item_role r on r.id = coalesce(m.jump_item_role_id, u.default_jump_item_role_id, 1)
       where m.user_id = ${userId} and m.jump_group_id = ${jumpGroupId}`;
    return role && new Set(JUMP_ITEM_PERMISSIONS.filter((permission) => role[permission]));
  }
}

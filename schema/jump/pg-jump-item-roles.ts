import {
  JUMP_ITEM_PERMISSIONS,
  type JumpItemRole,
  type JumpItemRoles,
} from '../../appliance/jump/jump-item-role.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';

const COLUMNS = ['id', 'name', 'description', ...JUMP_ITEM_PERMISSIONS];

export class PgJumpItemRoles implements JumpItemRoles {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: { name?: string | undefined }, page: PageRequest): Promise<Page<JumpItemRole>> {
    const sql = this.#sql;
    const where = filter.name === undefined ? sql`` : sql`where lower(name) = lower(${filter.name})`;
    const [items, [count]] = await Promise.all([
      sql<JumpItemRole[]>`
        select ${sql(COLUMNS)} from jump_item_role ${where}
         order by id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from jump_item_role ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<JumpItemRole | undefined> {
    const sql = this.#sql;
    const [role] = await sql<JumpItemRole[]>`select ${sql(COLUMNS)} from jump_item_role where id = ${id}`;
    return role;
  }
}

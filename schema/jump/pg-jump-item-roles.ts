import {
  JUMP_ITEM_PERMISSIONS,
  type JumpItemRole,
  type JumpItemRoles,
  type RevisedJumpItemRole,
} from '../../appliance/jump/jump-item-role.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Use } from '../../appliance/uses.ts';
import type { Sql } from '../sql.ts';
import { type UseQuery, usesOf } from '../uses.ts';

const WRITTEN = ['name', 'description', ...JUMP_ITEM_PERMISSIONS] as const;
const COLUMNS = ['id', 'revision', ...WRITTEN];

const OF_A_PERSON = [
  'default_jump_item_role_id',
  'private_jump_item_role_id',
  'inferior_jump_item_role_id',
  'unassigned_jump_item_role_id',
];
const USES: UseQuery[] = [
  { type: 'user', table: 'app_user', name: 't.username', columns: OF_A_PERSON },
  { type: 'group_policy', table: 'group_policy', name: 't.name', columns: OF_A_PERSON },
  {
    type: 'jump_group_user',
    table: 'jump_group_user',
    name: '(select g.name from jump_group g where g.id = t.jump_group_id)',
    columns: ['jump_item_role_id'],
  },
  {
    type: 'group_policy_jump_group',
    table: 'group_policy_jump_group',
    name: '(select p.name from group_policy p where p.id = t.group_policy_id)',
    columns: ['jump_item_role_id'],
  },
];

export class PgJumpItemRoles implements JumpItemRoles {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: { name?: string | undefined }, page: PageRequest): Promise<Page<RevisedJumpItemRole>> {
    const sql = this.#sql;
    const where = filter.name === undefined ? sql`` : sql`where lower(name) = lower(${filter.name})`;
    const [items, [count]] = await Promise.all([
      sql<RevisedJumpItemRole[]>`
        select ${sql(COLUMNS)} from jump_item_role
         where id in (select id from jump_item_role ${where} order by id limit ${page.limit} offset ${page.offset})
         order by id`,
      sql<{ total: number }[]>`select count(*)::int as total from jump_item_role ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<RevisedJumpItemRole | undefined> {
    const sql = this.#sql;
    const [role] = await sql<RevisedJumpItemRole[]>`
      select ${sql(COLUMNS)} from jump_item_role where id = ${id}`;
    return role;
  }

  async lockById(id: number): Promise<RevisedJumpItemRole | undefined> {
    const sql = this.#sql;
    const [role] = await sql<RevisedJumpItemRole[]>`
      select ${sql(COLUMNS)} from jump_item_role where id = ${id} for update`;
    return role;
  }

  async insert(role: Omit<JumpItemRole, 'id'>): Promise<RevisedJumpItemRole> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number; revision: number }[]>`
      insert into jump_item_role ${sql(role, ...WRITTEN)} returning id, revision`;
    return { ...row!, ...role };
  }

  async update(role: JumpItemRole): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ revision: number }[]>`
      update jump_item_role set ${sql(role, ...WRITTEN)}, revision = revision + 1
       where id = ${role.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from jump_item_role where id = ${id}`;
  }

  async usesOf(id: number): Promise<Use[]> {
    return await usesOf(this.#sql, USES, id);
  }
}

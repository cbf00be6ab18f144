import type {
  JumpGroup,
  JumpGroupFilter,
  JumpGroupMember,
  JumpGroupMembers,
  JumpGroups,
} from '../../appliance/jump/jump-group.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';
import { escapedForLike } from './jump-item-search-sql.ts';
import { isAmong } from './jump-item-visibility.ts';

export class PgJumpGroups implements JumpGroups {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: JumpGroupFilter, page: PageRequest): Promise<Page<JumpGroup>> {
    const sql = this.#sql;
    const where = sql`
       where true
         ${filter.name === undefined ? sql`` : sql`and lower(name) = lower(${filter.name})`}
         ${filter.search ? sql`and lower(name) like '%' || lower(${escapedForLike(filter.search)}::text) || '%'` : sql``}
         ${filter.codeName === undefined ? sql`` : sql`and lower(code_name) = lower(${filter.codeName})`}
         ${filter.ids === undefined ? sql`` : sql`and ${isAmong(sql, sql`id`, filter.ids)}`}`;
    const [items, [count]] = await Promise.all([
      sql<JumpGroup[]>`
        select id, name, code_name as "codeName", comments, revision from jump_group ${where}
         order by id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from jump_group ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<JumpGroup | undefined> {
    const [group] = await this.#sql<JumpGroup[]>`
      select id, name, code_name as "codeName", comments, revision from jump_group where id = ${id}`;
    return group;
  }

  async lockById(id: number): Promise<JumpGroup | undefined> {
    const [group] = await this.#sql<JumpGroup[]>`
      select id, name, code_name as "codeName", comments, revision from jump_group where id = ${id} for update`;
    return group;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`select 1 from jump_group where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(group: Omit<JumpGroup, 'id' | 'revision'>): Promise<JumpGroup> {
    const [row] = await this.#sql<{ id: number; revision: number }[]>`
      insert into jump_group (name, code_name, comments)
      values (${group.name}, ${group.codeName}, ${group.comments})
      returning id, revision`;
    return { ...row!, ...group };
  }

  async update(group: JumpGroup): Promise<number> {
    const [row] = await this.#sql<{ revision: number }[]>`
      update jump_group
         set name = ${group.name}, code_name = ${group.codeName}, comments = ${group.comments},
             revision = revision + 1
       where id = ${group.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<number> {
    const { count } = await this.#sql`delete from jump_item where jump_group_id = ${id}`;
    await this.#sql`delete from jump_group where id = ${id}`;
    return count;
  }
}

export class PgJumpGroupMembers implements JumpGroupMembers {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(groupId: number, page: PageRequest): Promise<Page<JumpGroupMember>> {
    const sql = this.#sql;
    const [items, [count]] = await Promise.all([
      sql<JumpGroupMember[]>`
        select user_id as "userId", jump_item_role_id as "jumpItemRoleId"
          from jump_group_user where jump_group_id = ${groupId}
         order by user_id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`
        select count(*)::int as total from jump_group_user where jump_group_id = ${groupId}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findOne(groupId: number, userId: number): Promise<JumpGroupMember | undefined> {
    const [member] = await this.#sql<JumpGroupMember[]>`
      select user_id as "userId", jump_item_role_id as "jumpItemRoleId"
        from jump_group_user where jump_group_id = ${groupId} and user_id = ${userId}`;
    return member;
  }

  async insert(groupId: number, member: JumpGroupMember): Promise<void> {
    await this.#sql`
      insert into jump_group_user (jump_group_id, user_id, jump_item_role_id)
      values (${groupId}, ${member.userId}, ${member.jumpItemRoleId})`;
  }

  async update(groupId: number, member: JumpGroupMember): Promise<void> {
    await this.#sql`
      update jump_group_user set jump_item_role_id = ${member.jumpItemRoleId}
       where jump_group_id = ${groupId} and user_id = ${member.userId}`;
  }

  async delete(groupId: number, userId: number): Promise<void> {
    await this.#sql`delete from jump_group_user where jump_group_id = ${groupId} and user_id = ${userId}`;
  }
}

import type {
  GroupPolicyContents,
  PolicyContent,
  PolicyContentKind,
} from '../../appliance/directory/group-policy.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';

/** Table, key and role column of each kind. */
const TABLES = {
  jump_group: { table: 'group_policy_jump_group', key: 'jump_group_id', role: 'jump_item_role_id' },
  team: { table: 'group_policy_team', key: 'team_id', role: 'role' },
  jumpoint: { table: 'group_policy_jumpoint', key: 'jumpoint_id', role: undefined },
} as const satisfies Record<PolicyContentKind, object>;

export class PgGroupPolicyContents implements GroupPolicyContents {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(
    kind: PolicyContentKind,
    policyId: number,
    action: PolicyContent['action'],
    page?: PageRequest,
  ): Promise<Page<PolicyContent>> {
    const sql = this.#sql;
    const { table, key } = TABLES[kind];
    const where = sql`where group_policy_id = ${policyId} and action = ${action}`;
    const [items, [count]] = await Promise.all([
      sql<PolicyContent[]>`
        select ${this.#columns(kind)} from ${sql(table)} ${where} order by ${sql(key)}
         ${page === undefined ? sql`` : sql`limit ${page.limit} offset ${page.offset}`}`,
      sql<{ total: number }[]>`select count(*)::int as total from ${sql(table)} ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findOne(kind: PolicyContentKind, policyId: number, id: number): Promise<PolicyContent | undefined> {
    const sql = this.#sql;
    const { table, key } = TABLES[kind];
    const [content] = await sql<PolicyContent[]>`
      select ${this.#columns(kind)} from ${sql(table)} where group_policy_id = ${policyId} and ${sql(key)} = ${id}`;
    return content;
  }

  async insert(
    kind: PolicyContentKind,
    policyId: number,
    { id, action, role }: PolicyContent,
  ): Promise<void> {
    const sql = this.#sql;
    const { table, key, role: roleColumn } = TABLES[kind];
    await sql`
      insert into ${sql(table)} ${sql({
        group_policy_id: policyId,
        [key]: id,
        action,
        ...(roleColumn !== undefined && role !== null && { [roleColumn]: role }),
      })}`;
  }

  async delete(kind: PolicyContentKind, policyId: number, id: number): Promise<void> {
    const sql = this.#sql;
    const { table, key } = TABLES[kind];
    await sql`delete from ${sql(table)} where group_policy_id = ${policyId} and ${sql(key)} = ${id}`;
  }

  async namesOf(kind: PolicyContentKind, ids: readonly number[]): Promise<Map<number, string>> {
    const sql = this.#sql;
    const rows = await sql<{ id: number; name: string }[]>`
      select id, name from ${sql(kind)} where id = any(${[...ids]}::int[])`;
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  #columns(kind: PolicyContentKind) {
    const { key, role } = TABLES[kind];
    return this.#sql.unsafe(`${key} as id, action, ${role ?? 'null'} as role`);
  }
}

import type {
  GroupPolicies,
  GroupPolicy,
  GroupPolicyFilter,
  GroupPolicyOrder,
} from '../../appliance/directory/group-policy.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Use } from '../../appliance/uses.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';
import { usesOf } from '../uses.ts';

const COLUMNS = `p.id, p.revision, p.name, p.comments, p.position, p.settings, p.kept_values as "keptValues",
  p.jump_groups_add_final as "jumpGroupsAddFinal", p.jump_groups_remove_final as "jumpGroupsRemoveFinal",
  p.teams_add_final as "teamsAddFinal", p.teams_remove_final as "teamsRemoveFinal",
  p.jumpoints_add_final as "jumpointsAddFinal", p.jumpoints_remove_final as "jumpointsRemoveFinal"`;

export class PgGroupPolicies implements GroupPolicies {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find({ name, search, ofUserId }: GroupPolicyFilter, page: PageRequest): Promise<Page<GroupPolicy>> {
    const sql = this.#sql;
    const where = sql`
      where true
        ${name === undefined ? sql`` : sql`and lower(name) = lower(${name})`}
        ${search ? sql`and lower(name) like '%' || lower(${escapedForLike(search)}::text) || '%'` : sql``}
        ${
          ofUserId === undefined
            ? sql``
            : sql`and id in (select group_policy_id from user_group_policy where user_id = ${ofUserId})`
        }`;
    const [items, [count]] = await Promise.all([
      sql<GroupPolicy[]>`
        select ${sql.unsafe(COLUMNS)}
          from (select id from group_policy ${where} order by position limit ${page.limit} offset ${page.offset}) as page
          join group_policy p using (id)
         order by p.position`,
      sql<{ total: number }[]>`select count(*)::int as total from group_policy ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<GroupPolicy | undefined> {
    const sql = this.#sql;
    const [policy] = await sql<GroupPolicy[]>`
      select ${sql.unsafe(COLUMNS)} from group_policy p where p.id = ${id}`;
    return policy;
  }

  async lockById(id: number): Promise<GroupPolicy | undefined> {
    const sql = this.#sql;
    const [policy] = await sql<GroupPolicy[]>`
      select ${sql.unsafe(COLUMNS)} from group_policy p where p.id = ${id} for update`;
    return policy;
  }

  async insert(policy: Omit<GroupPolicy, 'id' | 'revision'>): Promise<GroupPolicy> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number; revision: number }[]>`
      insert into group_policy (name, comments, position, settings, kept_values,
        jump_groups_add_final, jump_groups_remove_final, teams_add_final, teams_remove_final,
        jumpoints_add_final, jumpoints_remove_final)
      values (${policy.name}, ${policy.comments}, ${policy.position},
        ${JSON.stringify(policy.settings)}::text::jsonb, ${JSON.stringify(policy.keptValues)}::text::jsonb,
        ${policy.jumpGroupsAddFinal}, ${policy.jumpGroupsRemoveFinal}, ${policy.teamsAddFinal},
        ${policy.teamsRemoveFinal}, ${policy.jumpointsAddFinal}, ${policy.jumpointsRemoveFinal})
      returning id, revision`;
    return { ...row!, ...policy };
  }

  async update(policy: GroupPolicy): Promise<number> {
    const [row] = await this.#sql<{ revision: number }[]>`
      update group_policy
         set name = ${policy.name}, comments = ${policy.comments},
             settings = ${JSON.stringify(policy.settings)}::text::jsonb,
             kept_values = ${JSON.stringify(policy.keptValues)}::text::jsonb,
             jump_groups_add_final = ${policy.jumpGroupsAddFinal},
             jump_groups_remove_final = ${policy.jumpGroupsRemoveFinal},
             teams_add_final = ${policy.teamsAddFinal}, teams_remove_final = ${policy.teamsRemoveFinal},
             jumpoints_add_final = ${policy.jumpointsAddFinal},
             jumpoints_remove_final = ${policy.jumpointsRemoveFinal},
             revision = revision + 1
       where id = ${policy.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    const sql = this.#sql;
    const [gone] = await sql<
      { position: number }[]
    >`delete from group_policy where id = ${id} returning position`;
    if (gone === undefined) return;
    await sql`update group_policy set position = position - 1 where position > ${gone.position}`;
  }

  async copyContents(fromId: number, toId: number): Promise<void> {
    const sql = this.#sql;
    await sql`
      insert into group_policy_member (group_policy_id, security_provider_id, user_id, distinguished_name, group_name)
      select ${toId}, security_provider_id, user_id, distinguished_name, group_name
        from group_policy_member where group_policy_id = ${fromId} order by id`;
    await sql`
      insert into group_policy_jump_group (group_policy_id, jump_group_id, action, jump_item_role_id)
      select ${toId}, jump_group_id, action, jump_item_role_id
        from group_policy_jump_group where group_policy_id = ${fromId}`;
    await sql`
      insert into group_policy_team (group_policy_id, team_id, action, role)
      select ${toId}, team_id, action, role from group_policy_team where group_policy_id = ${fromId}`;
    await sql`
      insert into group_policy_jumpoint (group_policy_id, jumpoint_id, action)
      select ${toId}, jumpoint_id, action from group_policy_jumpoint where group_policy_id = ${fromId}`;
    await sql`
      insert into group_policy_vault_account (group_policy_id, account_id, role)
      select ${toId}, account_id, role from group_policy_vault_account where group_policy_id = ${fromId}`;
    await sql`
      insert into group_policy_vault_account_group (group_policy_id, account_group_id, role)
      select ${toId}, account_group_id, role from group_policy_vault_account_group where group_policy_id = ${fromId}`;
  }

  async usesOf(id: number): Promise<Use[]> {
    return await usesOf(
      this.#sql,
      [
        {
          type: 'security_provider',
          table: 'security_provider',
          name: 't.name',
          columns: ['default_group_policy_id'],
        },
      ],
      id,
    );
  }
}

export class PgGroupPolicyOrder implements GroupPolicyOrder {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async read(): Promise<{ ids: number[]; revision: number }> {
    const [row] = await this.#sql<{ ids: number[]; revision: number }[]>`
      select revision, array(select id from group_policy order by position) as ids from group_policy_order`;
    return row!;
  }

  async lock(): Promise<{ revision: number; total: number }> {
    const sql = this.#sql;
    const [row] = await sql<{ revision: number }[]>`select revision from group_policy_order for update`;
    // Counted after the wait for the lock, not before it.
    const [count] = await sql<{ total: number }[]>`select count(*)::int as total from group_policy`;
    return { revision: row!.revision, total: count!.total };
  }

  async raise(): Promise<number> {
    const [row] = await this.#sql<{ revision: number }[]>`
      update group_policy_order set revision = revision + 1 returning revision`;
    return row!.revision;
  }

  async definingAdministrators(): Promise<number[]> {
    const rows = await this.#sql<{ id: number }[]>`
      select id from group_policy where settings ? 'perm_admin' order by position`;
    return rows.map(({ id }) => id);
  }

  async move(id: number, from: number, to: number): Promise<void> {
    const [first, last, step] = from < to ? [from + 1, to, -1] : [to, from - 1, 1];
    await this.#sql`
      update group_policy
         set position = case when id = ${id} then ${to}::int else position + ${step}::int end
       where id = ${id} or position between ${first} and ${last}`;
  }

  async write(ids: readonly number[]): Promise<void> {
    await this.#sql`
      update group_policy p set position = o.position
        from unnest(${[...ids]}::int[]) with ordinality as o (id, position)
       where p.id = o.id and p.position <> o.position`;
  }
}

import type { Page, PageRequest } from '../../appliance/paging.ts';
import { VAULT_ROLES, type VaultRole } from '../../appliance/vault/vault-access.ts';
import type {
  GroupedAccount,
  VaultAccountGroup,
  VaultAccountGroupFilter,
  VaultAccountGroups,
  VaultAccountGroupUser,
  VaultAccountGroupUsers,
} from '../../appliance/vault/vault-account-group.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';
import { policyIdOf } from './pg-vault-account-policies.ts';

const COLUMNS = `g.id, g.name, g.description, g.revision,
  (select p.code_name from vault_account_policy p where p.id = g.account_policy_id) as "accountPolicy"`;

export class PgVaultAccountGroups implements VaultAccountGroups {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find({ name, search }: VaultAccountGroupFilter, page: PageRequest): Promise<Page<VaultAccountGroup>> {
    const sql = this.#sql;
    const where = sql`
      where true
        ${name === undefined ? sql`` : sql`and lower(name) = lower(${name})`}
        ${search ? sql`and lower(name || E'\n' || description) like '%' || lower(${escapedForLike(search)}::text) || '%'` : sql``}`;
    const [items, [count]] = await Promise.all([
      sql<VaultAccountGroup[]>`
        select ${sql.unsafe(COLUMNS)}
          from (select id from vault_account_group ${where} order by id limit ${page.limit} offset ${page.offset}) as page
          join vault_account_group g using (id)
         order by g.id`,
      sql<{ total: number }[]>`select count(*)::int as total from vault_account_group ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<VaultAccountGroup | undefined> {
    const sql = this.#sql;
    const [group] = await sql<VaultAccountGroup[]>`
      select ${sql.unsafe(COLUMNS)} from vault_account_group g where g.id = ${id}`;
    return group;
  }

  async lockById(id: number): Promise<VaultAccountGroup | undefined> {
    const sql = this.#sql;
    const [group] = await sql<VaultAccountGroup[]>`
      select ${sql.unsafe(COLUMNS)} from vault_account_group g where g.id = ${id} for update`;
    return group;
  }

  async insert(group: Omit<VaultAccountGroup, 'id' | 'revision'>): Promise<VaultAccountGroup> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number; revision: number }[]>`
      insert into vault_account_group (name, description, account_policy_id)
      values (${group.name}, ${group.description}, ${await policyIdOf(sql, group.accountPolicy)})
      returning id, revision`;
    await sql`insert into vault_association (account_group_id) values (${row!.id})`;
    return { ...row!, ...group };
  }

  async update(group: VaultAccountGroup): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ revision: number }[]>`
      update vault_account_group
         set name = ${group.name}, description = ${group.description},
             account_policy_id = ${await policyIdOf(sql, group.accountPolicy)}, revision = revision + 1
       where id = ${group.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from vault_account_group where id = ${id}`;
  }

  async accounts(id: number, page: PageRequest): Promise<Page<number>> {
    const sql = this.#sql;
    const where = sql`where account_group_id = ${id}`;
    const [rows, [count]] = await Promise.all([
      sql<{ id: number }[]>`
        select id from vault_account ${where} order by id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from vault_account ${where}`,
    ]);
    return { items: rows.map((row) => row.id), total: count?.total ?? 0 };
  }

  async findAccount(accountId: number): Promise<GroupedAccount | undefined> {
    const [account] = await this.#sql<GroupedAccount[]>`
      select id, name, account_group_id as "accountGroupId" from vault_account where id = ${accountId}`;
    return account;
  }

  async lockAccount(accountId: number): Promise<GroupedAccount | undefined> {
    const [account] = await this.#sql<GroupedAccount[]>`
      select id, name, account_group_id as "accountGroupId" from vault_account where id = ${accountId} for update`;
    return account;
  }

  async moveAccount(accountId: number, toGroupId: number): Promise<void> {
    await this.#sql`
      update vault_account set account_group_id = ${toGroupId}, revision = revision + 1 where id = ${accountId}`;
  }

  async moveAccounts(fromGroupId: number, toGroupId: number): Promise<GroupedAccount[]> {
    const moved = await this.#sql<GroupedAccount[]>`
      update vault_account set account_group_id = ${toGroupId}, revision = revision + 1
       where account_group_id = ${fromGroupId}
      returning id, name, account_group_id as "accountGroupId"`;
    return moved.toSorted((a, b) => a.id - b.id);
  }

  async roleOn(groupId: number, userId: number): Promise<VaultRole | undefined> {
    const rows = await this.#sql<{ role: VaultRole }[]>`
      select role from vault_account_group_user where account_group_id = ${groupId} and user_id = ${userId}
      union
      select role from group_policy_vault_account_group
       where account_group_id = ${groupId}
         and group_policy_id in (select group_policy_id from user_group_policy where user_id = ${userId})`;
    return VAULT_ROLES.findLast((role) => rows.some((row) => row.role === role));
  }
}

export class PgVaultAccountGroupUsers implements VaultAccountGroupUsers {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(groupId: number, page: PageRequest): Promise<Page<VaultAccountGroupUser>> {
    const sql = this.#sql;
    const where = sql`where account_group_id = ${groupId}`;
    const [items, [count]] = await Promise.all([
      sql<VaultAccountGroupUser[]>`
        select account_group_id as "accountGroupId", user_id as "userId", role from vault_account_group_user ${where}
         order by user_id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from vault_account_group_user ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findOne(groupId: number, userId: number): Promise<VaultAccountGroupUser | undefined> {
    const [grant] = await this.#sql<VaultAccountGroupUser[]>`
      select account_group_id as "accountGroupId", user_id as "userId", role from vault_account_group_user
       where account_group_id = ${groupId} and user_id = ${userId}`;
    return grant;
  }

  async insert({ accountGroupId, userId, role }: VaultAccountGroupUser): Promise<void> {
    await this.#sql`
      insert into vault_account_group_user (account_group_id, user_id, role)
      values (${accountGroupId}, ${userId}, ${role})`;
  }

  async update({ accountGroupId, userId, role }: VaultAccountGroupUser): Promise<void> {
    await this.#sql`
      update vault_account_group_user set role = ${role}
       where account_group_id = ${accountGroupId} and user_id = ${userId}`;
  }

  async delete(groupId: number, userId: number): Promise<void> {
    await this.#sql`
      delete from vault_account_group_user where account_group_id = ${groupId} and user_id = ${userId}`;
  }
}

import { invalidField } from '../../appliance/errors.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import {
  DEFAULT_ACCOUNT_POLICY_ID,
  type VaultAccountPolicies,
  type VaultAccountPolicy,
  type VaultAccountPolicyFilter,
} from '../../appliance/vault/vault-account-policy.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';

const COLUMNS = `id, name, code_name as "codeName", description, auto_rotate_credentials as "autoRotateCredentials",
  allow_simultaneous_checkout as "allowSimultaneousCheckout",
  scheduled_password_rotation as "scheduledPasswordRotation", maximum_password_age as "maximumPasswordAge", revision`;

export class PgVaultAccountPolicies implements VaultAccountPolicies {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: VaultAccountPolicyFilter, page: PageRequest): Promise<Page<VaultAccountPolicy>> {
    const sql = this.#sql;
    const { name, codeName, search } = filter;
    const where = sql`
      where true
        ${name === undefined ? sql`` : sql`and lower(name) = lower(${name})`}
        ${codeName === undefined ? sql`` : sql`and lower(code_name) = lower(${codeName})`}
        ${search ? sql`and lower(name || E'\n' || description) like '%' || lower(${escapedForLike(search)}::text) || '%'` : sql``}`;
    const [items, [count]] = await Promise.all([
      sql<VaultAccountPolicy[]>`
        select ${sql.unsafe(COLUMNS)} from vault_account_policy ${where}
         order by id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from vault_account_policy ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<VaultAccountPolicy | undefined> {
    const sql = this.#sql;
    const [policy] = await sql<VaultAccountPolicy[]>`
      select ${sql.unsafe(COLUMNS)} from vault_account_policy where id = ${id}`;
    return policy;
  }

  async lockById(id: number): Promise<VaultAccountPolicy | undefined> {
    const sql = this.#sql;
    const [policy] = await sql<VaultAccountPolicy[]>`
      select ${sql.unsafe(COLUMNS)} from vault_account_policy where id = ${id} for update`;
    return policy;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`
      select 1 from vault_account_policy where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(policy: Omit<VaultAccountPolicy, 'id' | 'revision'>): Promise<VaultAccountPolicy> {
    const [row] = await this.#sql<{ id: number; revision: number }[]>`
      insert into vault_account_policy (name, code_name, description, auto_rotate_credentials,
                                        allow_simultaneous_checkout, scheduled_password_rotation, maximum_password_age)
      values (${policy.name}, ${policy.codeName}, ${policy.description}, ${policy.autoRotateCredentials},
              ${policy.allowSimultaneousCheckout}, ${policy.scheduledPasswordRotation}, ${policy.maximumPasswordAge})
      returning id, revision`;
    return { ...row!, ...policy };
  }

  async update(policy: VaultAccountPolicy): Promise<number> {
    const [row] = await this.#sql<{ revision: number }[]>`
      update vault_account_policy
         set name = ${policy.name}, code_name = ${policy.codeName}, description = ${policy.description},
             auto_rotate_credentials = ${policy.autoRotateCredentials},
             allow_simultaneous_checkout = ${policy.allowSimultaneousCheckout},
             scheduled_password_rotation = ${policy.scheduledPasswordRotation},
             maximum_password_age = ${policy.maximumPasswordAge}, revision = revision + 1
       where id = ${policy.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<{ accounts: number; groups: number }> {
    const sql = this.#sql;
    const groups = await sql`
      update vault_account_group set account_policy_id = null, revision = revision + 1 where account_policy_id = ${id}`;
    // An account does not get the policy of its group instead.
    const accounts = await sql`
      update vault_account a
         set account_policy_id = case when exists (
               select from vault_account_group g where g.id = a.account_group_id and g.account_policy_id is not null)
               then ${DEFAULT_ACCOUNT_POLICY_ID}::int end,
             revision = revision + 1
       where account_policy_id = ${id}`;
    await sql`delete from vault_account_policy where id = ${id}`;
    return { accounts: accounts.count, groups: groups.count };
  }
}

/** The id of the policy with this code name, null for none. Fails with `invalid` naming `account_policy`. */
export async function policyIdOf(sql: Sql, codeName: string | null): Promise<number | null> {
  if (codeName === null) return null;
  const [row] = await sql<{ id: number }[]>`
    select id from vault_account_policy where lower(code_name) = lower(${codeName})`;
  if (row !== undefined) return row.id;
  throw invalidField('account_policy', `There is no vault account policy with the code name ${codeName}.`);
}

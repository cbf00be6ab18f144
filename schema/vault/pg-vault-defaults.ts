import type { Page, PageRequest } from '../../appliance/paging.ts';
import type {
  VaultAccountGroup,
  VaultAccountPolicy,
  VaultDefaults,
} from '../../appliance/vault/vault-defaults.ts';
import type { Sql } from '../sql.ts';

export class PgVaultDefaults implements VaultDefaults {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async accountGroups(
    { name }: { name?: string | undefined },
    page: PageRequest,
  ): Promise<Page<VaultAccountGroup>> {
    const sql = this.#sql;
    const where = name === undefined ? sql`` : sql`where lower(g.name) = lower(${name})`;
    const [items, [count]] = await Promise.all([
      sql<VaultAccountGroup[]>`
        ${this.#groups()} ${where} order by g.id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from vault_account_group g ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async accountGroup(id: number): Promise<VaultAccountGroup | undefined> {
    const [group] = await this.#sql<VaultAccountGroup[]>`${this.#groups()} where g.id = ${id}`;
    return group;
  }

  async accountPolicies(
    { name, codeName }: { name?: string | undefined; codeName?: string | undefined },
    page: PageRequest,
  ): Promise<Page<VaultAccountPolicy>> {
    const sql = this.#sql;
    const where = sql`
      where true
        ${name === undefined ? sql`` : sql`and lower(name) = lower(${name})`}
        ${codeName === undefined ? sql`` : sql`and lower(code_name) = lower(${codeName})`}`;
    const [items, [count]] = await Promise.all([
      sql<VaultAccountPolicy[]>`
        ${this.#policies()} ${where} order by id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from vault_account_policy ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async accountPolicy(id: number): Promise<VaultAccountPolicy | undefined> {
    const [policy] = await this.#sql<VaultAccountPolicy[]>`${this.#policies()} where id = ${id}`;
    return policy;
  }

  #groups() {
    return this.#sql`
      select g.id, g.name, g.description, p.code_name as "accountPolicy"
        from vault_account_group g
        left join vault_account_policy p on p.id = g.account_policy_id`;
  }

  #policies() {
    return this.#sql`
      select id, name, code_name as "codeName", description, auto_rotate_credentials as "autoRotateCredentials",
             allow_simultaneous_checkout as "allowSimultaneousCheckout",
             scheduled_password_rotation as "scheduledPasswordRotation",
             maximum_password_age as "maximumPasswordAge"
        from vault_account_policy`;
  }
}

import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { VaultRole } from '../../appliance/vault/vault-access.ts';
import type {
  ListedVaultAccount,
  NewVaultAccount,
  VaultAccount,
  VaultAccountFilter,
  VaultAccountRules,
  VaultAccounts,
  VaultAccountUser,
  VaultAccountUsers,
} from '../../appliance/vault/vault-account.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';

/** Columns of `vault_account a` as a {@link VaultAccount}. */
export const ACCOUNT_COLUMNS = `a.id, a.type, a.name, coalesce(a.code_name, '') as "codeName", a.description, a.username, a.owner_user_id as "ownerUserId",
  a.account_group_id as "accountGroupId",
  (select p.code_name from vault_account_policy p where p.id = a.account_policy_id) as "accountPolicy",
  a.endpoint_id as "endpointId", a.public_key as "publicKey", a.public_cert as "publicCert",
  a.has_passphrase as "hasPassphrase", a.secret_changed_at as "secretChangedAt",
  a.last_checkout_at as "lastCheckoutAt", a.created_at as "createdAt", a.revision`;

export class PgVaultAccounts implements VaultAccounts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: VaultAccountFilter, page: PageRequest): Promise<Page<ListedVaultAccount>> {
    const sql = this.#sql;
    const where = sql`
      where true
        ${filter.includePersonal ? sql`` : sql`and account_group_id is not null`}
        ${filter.type === undefined ? sql`` : sql`and type = ${filter.type}`}
        ${filter.name === undefined ? sql`` : sql`and lower(name) = lower(${filter.name})`}
        ${filter.search ? sql`and ${isNamedLike(sql, filter.search)}` : sql``}
        ${filter.accountGroupId === undefined ? sql`` : sql`and account_group_id = ${filter.accountGroupId}`}
        ${filter.endpointId === undefined ? sql`` : sql`and endpoint_id = ${filter.endpointId}`}`;
    const [items, [count]] = await Promise.all([
      sql<ListedVaultAccount[]>`
        select ${sql.unsafe(ACCOUNT_COLUMNS)},
               array(select c.holder_name from vault_check_out c
                      where c.account_id = a.id and c.checked_in_at is null
                      group by c.holder_name order by min(c.checked_out_at)) as "checkedOutBy",
               (select r.state from vault_rotation r where r.account_id = a.id
                 order by r.id desc limit 1) as "rotationState"
          from (select id from vault_account ${where} order by id limit ${page.limit} offset ${page.offset}) as page
          join vault_account a using (id)
         order by a.id`,
      sql<{ total: number }[]>`select count(*)::int as total from vault_account ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<VaultAccount | undefined> {
    const sql = this.#sql;
    const [account] = await sql<VaultAccount[]>`
      select ${sql.unsafe(ACCOUNT_COLUMNS)} from vault_account a where a.id = ${id}`;
    return account;
  }

  async lockById(id: number): Promise<VaultAccount | undefined> {
    const sql = this.#sql;
    const [account] = await sql<VaultAccount[]>`
      select ${sql.unsafe(ACCOUNT_COLUMNS)} from vault_account a where a.id = ${id} for update`;
    return account;
  }

  async insert(account: NewVaultAccount): Promise<VaultAccount> {
    const sql = this.#sql;
    const [row] = await sql<
      Pick<VaultAccount, 'id' | 'secretChangedAt' | 'lastCheckoutAt' | 'createdAt' | 'revision'>[]
    >`
      insert into vault_account (type, name, code_name, description, username, owner_user_id, account_group_id, account_policy_id,
                                 endpoint_id, public_key, public_cert, has_passphrase)
      values (${account.type}, ${account.name}, ${account.codeName || null}, ${account.description}, ${account.username}, ${account.ownerUserId},
              ${account.accountGroupId}, ${this.#policyId(account)}, ${account.endpointId}, ${account.publicKey},
              ${account.publicCert}, ${account.hasPassphrase})
      returning id, secret_changed_at as "secretChangedAt", last_checkout_at as "lastCheckoutAt",
                created_at as "createdAt", revision`;
    return { ...account, ...row! };
  }

  async update(account: VaultAccount, { secretChanged = false } = {}): Promise<VaultAccount> {
    const sql = this.#sql;
    const [row] = await sql<Pick<VaultAccount, 'revision' | 'secretChangedAt'>[]>`
      update vault_account
         set name = ${account.name}, code_name = ${account.codeName || null}, description = ${account.description}, username = ${account.username},
             account_group_id = ${account.accountGroupId}, account_policy_id = ${this.#policyId(account)},
             endpoint_id = ${account.endpointId}, public_key = ${account.publicKey},
             public_cert = ${account.publicCert}, has_passphrase = ${account.hasPassphrase},
             secret_changed_at = ${secretChanged ? sql`clock_timestamp()` : sql`secret_changed_at`},
             revision = revision + 1
       where id = ${account.id}
      returning revision, secret_changed_at as "secretChangedAt"`;
    return { ...account, ...row! };
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from vault_account where id = ${id}`;
  }

  async freeCodeName(start: string): Promise<string> {
    const sql = this.#sql;
    await sql`select pg_advisory_xact_lock(${CODE_NAMES})`;
    // The longest number still fits behind it.
    const stem = start.slice(0, 53);
    const [row] = await sql<{ taken: boolean; last: number }[]>`
      select coalesce(bool_or(lower(code_name) = lower(${start})), false) as taken,
             coalesce(max(substring(code_name from '_([0-9]{1,9})$')::int), 1) as last
        from vault_account
       where lower(code_name) = lower(${start})
          or (lower(code_name) like lower(${escapedForLike(stem)}::text) || '\\_%'
              and lower(code_name) ~ ('^' || lower(${stem}::text) || '_[0-9]{1,9}$'))`;
    return row?.taken === true ? `${stem}_${row.last + 1}` : start;
  }

  async rulesOf(id: number): Promise<VaultAccountRules> {
    const [rules] = await this.#sql<VaultAccountRules[]>`
      select p.auto_rotate_credentials as "autoRotateCredentials",
             p.allow_simultaneous_checkout as "allowSimultaneousCheckout",
             p.maximum_password_age as "maximumPasswordAge"
        from vault_account a
        left join vault_account_group g on g.id = a.account_group_id
        join vault_account_policy p
          on p.id = coalesce(a.account_policy_id, g.account_policy_id, ${DEFAULT_POLICY_ID})
       where a.id = ${id}`;
    return rules!;
  }

  async policyNamed(codeName: string): Promise<string | undefined> {
    const [row] = await this.#sql<{ codeName: string }[]>`
      select code_name as "codeName" from vault_account_policy where lower(code_name) = lower(${codeName})`;
    return row?.codeName;
  }

  #policyId({ accountPolicy }: Pick<VaultAccount, 'accountPolicy'>) {
    const sql = this.#sql;
    if (accountPolicy === null) return sql`null`;
    return sql`(select id from vault_account_policy where lower(code_name) = lower(${accountPolicy}))`;
  }
}

/** Any constant: those who choose code names take turns. */
const CODE_NAMES = 7_266_420;

/** Holds where an account and its group name none. */
export const DEFAULT_POLICY_ID = 1;

/** Condition over `vault_account`: part of the name or the user name, whatever its case. */
function isNamedLike(sql: Sql, search: string) {
  return sql`lower(name || ' ' || username) like '%' || lower(${escapedForLike(search)}::text) || '%'`;
}

export class PgVaultAccountUsers implements VaultAccountUsers {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(accountId: number, page: PageRequest): Promise<Page<VaultAccountUser>> {
    const sql = this.#sql;
    const [items, [count]] = await Promise.all([
      sql<VaultAccountUser[]>`
        select account_id as "accountId", user_id as "userId", role from vault_account_user
         where account_id = ${accountId} order by user_id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`
        select count(*)::int as total from vault_account_user where account_id = ${accountId}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findOne(accountId: number, userId: number): Promise<VaultAccountUser | undefined> {
    const [row] = await this.#sql<{ role: VaultRole }[]>`
      select role from vault_account_user where account_id = ${accountId} and user_id = ${userId}`;
    return row && { accountId, userId, role: row.role };
  }

  async insert({ accountId, userId, role }: VaultAccountUser): Promise<void> {
    await this.#sql`
      insert into vault_account_user (account_id, user_id, role) values (${accountId}, ${userId}, ${role})`;
  }

  async update(of: VaultAccountUser, { userId, role }: VaultAccountUser): Promise<void> {
    await this.#sql`
      update vault_account_user set user_id = ${userId}, role = ${role}
       where account_id = ${of.accountId} and user_id = ${of.userId}`;
  }

  async delete(accountId: number, userId: number): Promise<void> {
    await this.#sql`delete from vault_account_user where account_id = ${accountId} and user_id = ${userId}`;
  }
}

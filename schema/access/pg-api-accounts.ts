import type { ApiAccount, ApiAccountSettings, ApiAccounts } from '../../appliance/access/api-account.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';

export class PgApiAccounts implements ApiAccounts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: { name?: string | undefined }, page: PageRequest): Promise<Page<ApiAccount>> {
    const sql = this.#sql;
    const where = filter.name === undefined ? sql`` : sql`where lower(name) = lower(${filter.name})`;
    const [items, [count]] = await Promise.all([
      sql<ApiAccount[]>`
        select ${this.#columns()} from api_account ${where}
         order by id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from api_account ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<ApiAccount | undefined> {
    const [account] = await this.#sql<ApiAccount[]>`
      select ${this.#columns()} from api_account where id = ${id}`;
    return account;
  }

  async lockById(id: number): Promise<ApiAccount | undefined> {
    const [account] = await this.#sql<ApiAccount[]>`
      select ${this.#columns()} from api_account where id = ${id} for update`;
    return account;
  }

  async insert(account: ApiAccountSettings, clientId: string, secretHash: Buffer): Promise<ApiAccount> {
    const sql = this.#sql;
    const row = { ...toRow(account), client_id: clientId, secret_hash: secretHash };
    const [created] = await sql<ApiAccount[]>`
      insert into api_account ${sql(row)} returning ${this.#columns()}`;
    return created!;
  }

  async update(account: ApiAccount): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ revision: number }[]>`
      update api_account set ${sql(toRow(account))}, revision = revision + 1
       where id = ${account.id} returning revision`;
    return row!.revision;
  }

  async setSecret(id: number, secretHash: Buffer): Promise<void> {
    await this.#sql`
      update api_account
         set secret_hash = ${secretHash}, failed_login_attempts = 0, failed_login_expiration = null
       where id = ${id}`;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from api_account where id = ${id}`;
  }

  #columns() {
    return this.#sql`
      id, revision, name, comments, enabled, ip_addresses as "ipAddresses", client_id as "clientId",
      perm_command as "commandLevel", permissions, long_lived_bearer_token as "longLivedBearerToken", failed_login_attempts as "failedLogins",
      failed_login_expiration as "lockedUntil"`;
  }
}

function toRow(account: ApiAccountSettings) {
  return {
    name: account.name,
    comments: account.comments,
    enabled: account.enabled,
    ip_addresses: account.ipAddresses,
    perm_command: account.commandLevel,
    permissions: account.permissions,
    long_lived_bearer_token: account.longLivedBearerToken,
  };
}

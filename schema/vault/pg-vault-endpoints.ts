import type { Page, PageRequest } from '../../appliance/paging.ts';
import type {
  VaultEndpoint,
  VaultEndpointFilter,
  VaultEndpoints,
} from '../../appliance/vault/vault-endpoint.ts';
import { escapedForLike } from '../jump/jump-item-search-sql.ts';
import type { Sql } from '../sql.ts';
import { accountsWithAccess } from './vault-access-sql.ts';

const COLUMNS = `e.id, e.name, e.hostname, e.description, e.operating_system as "operatingSystem",
  e.domain_name as "domainName", e.distinguished_name as "distinguishedName", e.jumpoint_id as "jumpointId", e.port,
  e.host_key as "hostKey", e.revision`;

/** As the trigram index has it. */
const SEARCHED = `lower(name || E'\\n' || hostname || E'\\n' || domain_name || E'\\n' || description)`;

export class PgVaultEndpoints implements VaultEndpoints {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: VaultEndpointFilter, page: PageRequest): Promise<Page<VaultEndpoint>> {
    const sql = this.#sql;
    const { name, hostname, description, domainName, search } = filter;
    const where = sql`
      where true
        ${name === undefined ? sql`` : sql`and lower(name) = lower(${name})`}
        ${hostname === undefined ? sql`` : sql`and lower(hostname) = lower(${hostname})`}
        ${description === undefined ? sql`` : sql`and lower(description) = lower(${description})`}
        ${domainName === undefined ? sql`` : sql`and lower(domain_name) = lower(${domainName})`}
        ${search ? sql`and ${sql.unsafe(SEARCHED)} like '%' || lower(${escapedForLike(search)}::text) || '%'` : sql``}`;
    const [items, [count]] = await Promise.all([
      sql<VaultEndpoint[]>`
        select ${sql.unsafe(COLUMNS)}
          from (select id from vault_endpoint ${where} order by id limit ${page.limit} offset ${page.offset}) as page
          join vault_endpoint e using (id)
         order by e.id`,
      sql<{ total: number }[]>`select count(*)::int as total from vault_endpoint ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<VaultEndpoint | undefined> {
    const sql = this.#sql;
    const [endpoint] = await sql<VaultEndpoint[]>`
      select ${sql.unsafe(COLUMNS)} from vault_endpoint e where e.id = ${id}`;
    return endpoint;
  }

  async lockById(id: number): Promise<VaultEndpoint | undefined> {
    const sql = this.#sql;
    const [endpoint] = await sql<VaultEndpoint[]>`
      select ${sql.unsafe(COLUMNS)} from vault_endpoint e where e.id = ${id} for update`;
    return endpoint;
  }

  async insert(endpoint: Omit<VaultEndpoint, 'id' | 'revision'>): Promise<VaultEndpoint> {
    const [row] = await this.#sql<{ id: number; revision: number }[]>`
      insert into vault_endpoint (name, hostname, description, operating_system, domain_name, distinguished_name,
                                  jumpoint_id, port, host_key)
      values (${endpoint.name}, ${endpoint.hostname}, ${endpoint.description}, ${endpoint.operatingSystem},
              ${endpoint.domainName}, ${endpoint.distinguishedName}, ${endpoint.jumpointId}, ${endpoint.port},
              ${endpoint.hostKey})
      returning id, revision`;
    return { ...row!, ...endpoint };
  }

  async update(endpoint: VaultEndpoint): Promise<number> {
    const [row] = await this.#sql<{ revision: number }[]>`
      update vault_endpoint
         set name = ${endpoint.name}, hostname = ${endpoint.hostname}, description = ${endpoint.description},
             operating_system = ${endpoint.operatingSystem}, domain_name = ${endpoint.domainName},
             distinguished_name = ${endpoint.distinguishedName}, jumpoint_id = ${endpoint.jumpointId},
             port = ${endpoint.port}, host_key = ${endpoint.hostKey}, revision = revision + 1
       where id = ${endpoint.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from vault_endpoint where id = ${id}`;
  }

  async hasPasswordsHiddenFrom(id: number, userId: number): Promise<boolean> {
    const sql = this.#sql;
    const rows = await sql`
      select from vault_account v
       where v.endpoint_id = ${id} and v.type = 'username_password'
         and v.id not in (select a.id from ${accountsWithAccess(sql, userId)} where access.rank = 2)
       limit 1`;
    return rows.length > 0;
  }

  async countOf(jumpointId: number): Promise<number> {
    const [row] = await this.#sql<{ total: number }[]>`
      select count(*)::int as total from vault_endpoint where jumpoint_id = ${jumpointId}`;
    return row?.total ?? 0;
  }

  async candidates({ hostname, domainName, jumpointId }: VaultEndpoint, limit: number): Promise<number[]> {
    const sql = this.#sql;
    const rows = await sql<{ id: number }[]>`
      select id from jump_item
       where kind = 'remote_rdp' and vault_endpoint_id is null
         and lower(hostname) = any(array[lower(${hostname}), lower(${hostname} || '.' || ${domainName})])
         ${jumpointId === null ? sql`` : sql`and jumpoint_id = ${jumpointId}`}
       order by id limit ${limit}`;
    return rows.map(({ id }) => id);
  }

  async tie(endpointId: number, jumpItemId: number): Promise<void> {
    await this.#sql`
      update jump_item set vault_endpoint_id = ${endpointId}, revision = revision + 1 where id = ${jumpItemId}`;
  }
}

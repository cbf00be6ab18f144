import type { SecurityProvider, SecurityProviders } from '../../appliance/directory/security-provider.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Use } from '../../appliance/uses.ts';
import type { Sql } from '../sql.ts';
import { type UseQuery, usesOf } from '../uses.ts';

const USES: UseQuery[] = [
  { type: 'user', table: 'app_user', name: 't.username', columns: ['security_provider_id'] },
  {
    type: 'group_policy_member',
    table: 'group_policy_member',
    name: '(select p.name from group_policy p where p.id = t.group_policy_id)',
    columns: ['security_provider_id'],
  },
];

export class PgSecurityProviders implements SecurityProviders {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(
    { withGroupLookupOnly }: { withGroupLookupOnly: boolean },
    page: PageRequest,
  ): Promise<Page<SecurityProvider>> {
    const sql = this.#sql;
    const where = withGroupLookupOnly
      ? sql``
      : sql`where coalesce((settings->>'user_authentication')::boolean, true)`;
    const [items, [count]] = await Promise.all([
      sql<SecurityProvider[]>`
        select ${this.#columns()} from security_provider
         where id in (select id from security_provider ${where} order by id limit ${page.limit} offset ${page.offset})
         order by id`,
      sql<{ total: number }[]>`select count(*)::int as total from security_provider ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<SecurityProvider | undefined> {
    const [provider] = await this.#sql<SecurityProvider[]>`
      select ${this.#columns()} from security_provider where id = ${id}`;
    return provider;
  }

  async enabledForSignIn(): Promise<SecurityProvider[]> {
    const rows = await this.#sql<SecurityProvider[]>`
      select ${this.#columns()} from security_provider
       where enabled and coalesce((settings->>'user_authentication')::boolean, true)
       order by priority, id`;
    return [...rows];
  }

  async lockAll(): Promise<SecurityProvider[]> {
    const sql = this.#sql;
    // In the order of ids, so that two who lock them all never wait for each other.
    const rows = await sql<SecurityProvider[]>`
      select ${this.#columns()} from security_provider order by id for update`;
    return [...rows].sort((a, b) => a.priority - b.priority || a.id - b.id);
  }

  async insert(provider: Omit<SecurityProvider, 'id' | 'revision'>): Promise<SecurityProvider> {
    const { type, name, enabled, priority, defaultPolicyId, settings } = provider;
    const [row] = await this.#sql<{ id: number; revision: number }[]>`
      insert into security_provider (type, name, enabled, priority, default_group_policy_id, settings)
      values (${type}, ${name}, ${enabled}, ${priority}, ${defaultPolicyId}, ${JSON.stringify(settings)}::text::jsonb)
      returning id, revision`;
    return { ...row!, ...provider };
  }

  async update(provider: SecurityProvider): Promise<number> {
    const { id, name, enabled, defaultPolicyId, settings } = provider;
    const [row] = await this.#sql<{ revision: number }[]>`
      update security_provider
         set name = ${name}, enabled = ${enabled}, default_group_policy_id = ${defaultPolicyId},
             settings = ${JSON.stringify(settings)}::text::jsonb, revision = revision + 1
       where id = ${id} returning revision`;
    return row!.revision;
  }

  async setPriority(id: number, priority: number): Promise<void> {
    await this.#sql`update security_provider set priority = ${priority} where id = ${id}`;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from security_provider where id = ${id}`;
  }

  async usesOf(id: number): Promise<Use[]> {
    const sql = this.#sql;
    const [uses, lookups] = await Promise.all([
      usesOf(sql, USES, id),
      sql<{ name: string }[]>`
        select name from security_provider
         where jsonb_typeof(settings->'external_lookup') = 'array' and settings->'external_lookup' @> to_jsonb(${id}::int)
            or type = 'scim' and settings->'sign_in_provider' = to_jsonb(${id}::int)
         order by name`,
    ]);
    const names = lookups.map(({ name }) => name);
    return [...uses, { type: 'security_provider', total: names.length, names: names.slice(0, 5) }];
  }

  #columns() {
    return this.#sql`
      id, revision, type, name, enabled, priority, default_group_policy_id as "defaultPolicyId", settings`;
  }
}

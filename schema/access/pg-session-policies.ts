import type { SessionPolicies, SessionPolicy } from '../../appliance/access/session-policy.ts';
import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Sql } from '../sql.ts';

export class PgSessionPolicies implements SessionPolicies {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(page: PageRequest): Promise<Page<SessionPolicy>> {
    const sql = this.#sql;
    const [items, [count]] = await Promise.all([
      sql<SessionPolicy[]>`
        select id, display_name as "displayName", code_name as "codeName", description from session_policy
         order by id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from session_policy`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }
}

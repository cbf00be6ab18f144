import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { PublicPortal, PublicPortals } from '../../appliance/portals/public-portal.ts';
import type { Sql } from '../sql.ts';

export class PgPublicPortals implements PublicPortals {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(page: PageRequest): Promise<Page<PublicPortal>> {
    const sql = this.#sql;
    const [items, [count]] = await Promise.all([
      sql<PublicPortal[]>`
        select id, name, hostname from public_portal order by id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from public_portal`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }
}

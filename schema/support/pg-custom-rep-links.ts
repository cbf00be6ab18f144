import type { Page, PageRequest } from '../../appliance/paging.ts';
import type {
  CustomRepLink,
  CustomRepLinkFilter,
  CustomRepLinks,
} from '../../appliance/support/custom-rep-link.ts';
import type { Sql } from '../sql.ts';

const COLUMNS = `id, name, code_name as "codeName", url, revision`;

export class PgCustomRepLinks implements CustomRepLinks {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: CustomRepLinkFilter, page: PageRequest): Promise<Page<CustomRepLink>> {
    const sql = this.#sql;
    const where = sql`
      where true
        ${filter.name === undefined ? sql`` : sql`and lower(name) = lower(${filter.name})`}
        ${filter.codeName === undefined ? sql`` : sql`and lower(code_name) = lower(${filter.codeName})`}`;
    const [items, [count]] = await Promise.all([
      sql<CustomRepLink[]>`
        select ${sql.unsafe(COLUMNS)}
          from (select id from custom_rep_link ${where} order by id limit ${page.limit} offset ${page.offset}) as page
          join custom_rep_link using (id)
         order by id`,
      sql<{ total: number }[]>`select count(*)::int as total from custom_rep_link ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<CustomRepLink | undefined> {
    const sql = this.#sql;
    const [link] = await sql<CustomRepLink[]>`
      select ${sql.unsafe(COLUMNS)} from custom_rep_link where id = ${id}`;
    return link;
  }

  async lockById(id: number): Promise<CustomRepLink | undefined> {
    const sql = this.#sql;
    const [link] = await sql<CustomRepLink[]>`
      select ${sql.unsafe(COLUMNS)} from custom_rep_link where id = ${id} for update`;
    return link;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`select 1 from custom_rep_link where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(link: Omit<CustomRepLink, 'id' | 'revision'>): Promise<CustomRepLink> {
    const [row] = await this.#sql<{ id: number; revision: number }[]>`
      insert into custom_rep_link (name, code_name, url)
      values (${link.name}, ${link.codeName}, ${link.url}) returning id, revision`;
    return { ...row!, ...link };
  }

  async update(link: CustomRepLink): Promise<number> {
    const [row] = await this.#sql<{ revision: number }[]>`
      update custom_rep_link
         set name = ${link.name}, code_name = ${link.codeName}, url = ${link.url}, revision = revision + 1
       where id = ${link.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from custom_rep_link where id = ${id}`;
  }
}

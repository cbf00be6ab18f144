import type { Page, PageRequest } from '../../appliance/paging.ts';
import type {
  CustomSessionAttribute,
  CustomSessionAttributes,
} from '../../appliance/sessions/custom-session-attribute.ts';
import type { Sql } from '../sql.ts';

export class PgCustomSessionAttributes implements CustomSessionAttributes {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(
    filter: { codeName?: string | undefined },
    page: PageRequest,
  ): Promise<Page<CustomSessionAttribute>> {
    const sql = this.#sql;
    const where =
      filter.codeName === undefined ? sql`` : sql`where lower(code_name) = lower(${filter.codeName})`;
    const [items, [count]] = await Promise.all([
      sql<CustomSessionAttribute[]>`
        select id, display_name as "displayName", code_name as "codeName", revision
          from custom_session_attribute ${where}
         order by id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from custom_session_attribute ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<CustomSessionAttribute | undefined> {
    const [attribute] = await this.#sql<CustomSessionAttribute[]>`
      select id, display_name as "displayName", code_name as "codeName", revision
        from custom_session_attribute where id = ${id}`;
    return attribute;
  }

  async lockById(id: number): Promise<CustomSessionAttribute | undefined> {
    const [attribute] = await this.#sql<CustomSessionAttribute[]>`
      select id, display_name as "displayName", code_name as "codeName", revision
        from custom_session_attribute where id = ${id} for update`;
    return attribute;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`
      select 1 from custom_session_attribute where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(attribute: Omit<CustomSessionAttribute, 'id' | 'revision'>): Promise<CustomSessionAttribute> {
    const [row] = await this.#sql<{ id: number; revision: number }[]>`
      insert into custom_session_attribute (display_name, code_name)
      values (${attribute.displayName}, ${attribute.codeName}) returning id, revision`;
    return { ...row!, ...attribute };
  }

  async update(attribute: CustomSessionAttribute): Promise<number> {
    const [row] = await this.#sql<{ revision: number }[]>`
      update custom_session_attribute
         set display_name = ${attribute.displayName}, code_name = ${attribute.codeName}, revision = revision + 1
       where id = ${attribute.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from custom_session_attribute where id = ${id}`;
  }
}

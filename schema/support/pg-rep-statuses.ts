import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { RepStatus, RepStatuses } from '../../appliance/support/rep-status.ts';
import type { Sql } from '../sql.ts';

const COLUMNS = `id, name, code_name as "codeName", display_as as "displayAs", built_in as "builtIn", revision`;

export class PgRepStatuses implements RepStatuses {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: { name?: string | undefined }, page: PageRequest): Promise<Page<RepStatus>> {
    const sql = this.#sql;
    const where = filter.name === undefined ? sql`` : sql`where lower(name) = lower(${filter.name})`;
    const [items, [count]] = await Promise.all([
      sql<RepStatus[]>`
        select ${sql.unsafe(COLUMNS)}
          from (select id from rep_status ${where} order by id limit ${page.limit} offset ${page.offset}) as page
          join rep_status using (id)
         order by id`,
      sql<{ total: number }[]>`select count(*)::int as total from rep_status ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<RepStatus | undefined> {
    const sql = this.#sql;
    const [status] = await sql<RepStatus[]>`
      select ${sql.unsafe(COLUMNS)} from rep_status where id = ${id}`;
    return status;
  }

  async lockById(id: number): Promise<RepStatus | undefined> {
    const sql = this.#sql;
    const [status] = await sql<RepStatus[]>`
      select ${sql.unsafe(COLUMNS)} from rep_status where id = ${id} for update`;
    return status;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`select 1 from rep_status where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(status: Omit<RepStatus, 'id' | 'revision'>): Promise<RepStatus> {
    const [row] = await this.#sql<{ id: number; revision: number }[]>`
      insert into rep_status (name, code_name, display_as, built_in)
      values (${status.name}, ${status.codeName}, ${status.displayAs}, ${status.builtIn})
      returning id, revision`;
    return { ...row!, ...status };
  }

  async update(status: RepStatus): Promise<number> {
    const [row] = await this.#sql<{ revision: number }[]>`
      update rep_status
         set name = ${status.name}, code_name = ${status.codeName}, display_as = ${status.displayAs},
             revision = revision + 1
       where id = ${status.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from rep_status where id = ${id}`;
  }
}

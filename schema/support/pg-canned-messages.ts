import type { Page, PageRequest } from '../../appliance/paging.ts';
import type {
  CannedMessage,
  CannedMessageFilter,
  CannedMessages,
} from '../../appliance/support/canned-message.ts';
import type { Sql } from '../sql.ts';
import { cannedConditions, cannedLists, insertCannedLists, replaceCannedLists } from './canned-items.ts';

const TABLE = 'canned_message';
const COLUMNS = `c.id, c.title, c.code_name as "codeName", c.message, c.revision, ${cannedLists(TABLE)}`;

export class PgCannedMessages implements CannedMessages {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(
    filter: CannedMessageFilter,
    page: PageRequest,
    forTeams?: readonly number[],
  ): Promise<Page<CannedMessage>> {
    const sql = this.#sql;
    const where = sql`
      where true
        ${filter.title === undefined ? sql`` : sql`and lower(title) = lower(${filter.title})`}
        ${cannedConditions(sql, TABLE, filter, forTeams)}`;
    const [items, [count]] = await Promise.all([
      sql<CannedMessage[]>`
        select ${sql.unsafe(COLUMNS)}
          from (select id from canned_message ${where} order by id limit ${page.limit} offset ${page.offset}) as page
          join canned_message c using (id)
         order by c.id`,
      sql<{ total: number }[]>`select count(*)::int as total from canned_message ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<CannedMessage | undefined> {
    const sql = this.#sql;
    const [message] = await sql<CannedMessage[]>`
      select ${sql.unsafe(COLUMNS)} from canned_message c where c.id = ${id}`;
    return message;
  }

  async lockById(id: number): Promise<CannedMessage | undefined> {
    const sql = this.#sql;
    const [message] = await sql<CannedMessage[]>`
      select ${sql.unsafe(COLUMNS)} from canned_message c where c.id = ${id} for update`;
    return message;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`select 1 from canned_message where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(message: Omit<CannedMessage, 'id' | 'revision'>): Promise<CannedMessage> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number; revision: number }[]>`
      insert into canned_message (title, code_name, message)
      values (${message.title}, ${message.codeName}, ${message.message}) returning id, revision`;
    await insertCannedLists(sql, TABLE, row!.id, message);
    return { ...row!, ...message };
  }

  async update(message: CannedMessage): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ revision: number }[]>`
      update canned_message
         set title = ${message.title}, code_name = ${message.codeName}, message = ${message.message},
             revision = revision + 1
       where id = ${message.id} returning revision`;
    await replaceCannedLists(sql, TABLE, message);
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from canned_message where id = ${id}`;
  }
}

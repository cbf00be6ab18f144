import type { Page, PageRequest } from '../../appliance/paging.ts';
import type {
  CannedScript,
  CannedScriptFilter,
  CannedScripts,
} from '../../appliance/support/canned-script.ts';
import type { Sql } from '../sql.ts';
import { cannedConditions, cannedLists, insertCannedLists, replaceCannedLists } from './canned-items.ts';

const TABLE = 'canned_script';
const COLUMNS = `c.id, c.name, c.code_name as "codeName", c.description, c.commands, c.elevated,
  c.operating_systems as "operatingSystems", c.shell_kinds as "shellKinds", c.revision, ${cannedLists(TABLE)}`;

export class PgCannedScripts implements CannedScripts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(
    filter: CannedScriptFilter,
    page: PageRequest,
    forTeams?: readonly number[],
  ): Promise<Page<CannedScript>> {
    const sql = this.#sql;
    const where = sql`
      where true
        ${filter.name === undefined ? sql`` : sql`and lower(name) = lower(${filter.name})`}
        ${cannedConditions(sql, TABLE, filter, forTeams)}`;
    const [items, [count]] = await Promise.all([
      sql<CannedScript[]>`
        select ${sql.unsafe(COLUMNS)}
          from (select id from canned_script ${where} order by id limit ${page.limit} offset ${page.offset}) as page
          join canned_script c using (id)
         order by c.id`,
      sql<{ total: number }[]>`select count(*)::int as total from canned_script ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<CannedScript | undefined> {
    const sql = this.#sql;
    const [script] = await sql<CannedScript[]>`
      select ${sql.unsafe(COLUMNS)} from canned_script c where c.id = ${id}`;
    return script;
  }

  async lockById(id: number): Promise<CannedScript | undefined> {
    const sql = this.#sql;
    const [script] = await sql<CannedScript[]>`
      select ${sql.unsafe(COLUMNS)} from canned_script c where c.id = ${id} for update`;
    return script;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`select 1 from canned_script where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(script: Omit<CannedScript, 'id' | 'revision'>): Promise<CannedScript> {
    const sql = this.#sql;
    const [row] = await sql<{ id: number; revision: number }[]>`
      insert into canned_script ${sql(toRow(script))} returning id, revision`;
    await insertCannedLists(sql, TABLE, row!.id, script);
    return { ...row!, ...script };
  }

  async update(script: CannedScript): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ revision: number }[]>`
      update canned_script set ${sql(toRow(script))}, revision = revision + 1
       where id = ${script.id} returning revision`;
    await replaceCannedLists(sql, TABLE, script);
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from canned_script where id = ${id}`;
  }
}

function toRow(script: Omit<CannedScript, 'id' | 'revision'>) {
  return {
    name: script.name,
    code_name: script.codeName,
    description: script.description,
    commands: script.commands,
    operating_systems: script.operatingSystems,
    shell_kinds: script.shellKinds,
    elevated: script.elevated,
  };
}

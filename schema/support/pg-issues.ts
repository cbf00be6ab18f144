import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Issue, IssueFilter, Issues } from '../../appliance/support/issue.ts';
import type { Sql } from '../sql.ts';

const COLUMNS = `i.id, i.name, i.code_name as "codeName", i.description, i.active, i.priority, i.revision,
  array(select s.skill_id from issue_skill s where s.issue_id = i.id order by 1) as "skillIds",
  array(select t.team_id from issue_team t where t.issue_id = i.id order by t.position) as "teamIds"`;

export class PgIssues implements Issues {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: IssueFilter, page: PageRequest): Promise<Page<Issue>> {
    const sql = this.#sql;
    const where = sql`
      where true
        ${filter.name === undefined ? sql`` : sql`and lower(name) = lower(${filter.name})`}
        ${filter.codeName === undefined ? sql`` : sql`and lower(code_name) = lower(${filter.codeName})`}
        ${filter.active === undefined ? sql`` : sql`and active = ${filter.active}`}
        ${
          filter.teamId === undefined
            ? sql``
            : sql`and id in (select issue_id from issue_team where team_id = ${filter.teamId})`
        }`;
    const [items, [count]] = await Promise.all([
      sql<Issue[]>`
        select ${sql.unsafe(COLUMNS)}
          from (select id from issue ${where} order by id limit ${page.limit} offset ${page.offset}) as page
          join issue i using (id)
         order by i.id`,
      sql<{ total: number }[]>`select count(*)::int as total from issue ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<Issue | undefined> {
    const sql = this.#sql;
    const [issue] = await sql<Issue[]>`select ${sql.unsafe(COLUMNS)} from issue i where i.id = ${id}`;
    return issue;
  }

  async lockById(id: number): Promise<Issue | undefined> {
    const sql = this.#sql;
    const [issue] = await sql<Issue[]>`
      select ${sql.unsafe(COLUMNS)} from issue i where i.id = ${id} for update`;
    return issue;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`select 1 from issue where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(issue: Omit<Issue, 'id' | 'revision'>): Promise<Issue> {
    const [row] = await this.#sql<{ id: number; revision: number }[]>`
      insert into issue (name, code_name, description, active, priority)
      values (${issue.name}, ${issue.codeName}, ${issue.description}, ${issue.active}, ${issue.priority})
      returning id, revision`;
    await this.#insertReferences(row!.id, issue);
    return { ...row!, ...issue };
  }

  async update(issue: Issue): Promise<number> {
    const sql = this.#sql;
    const [row] = await sql<{ revision: number }[]>`
      update issue
         set name = ${issue.name}, code_name = ${issue.codeName}, description = ${issue.description},
             active = ${issue.active}, priority = ${issue.priority}, revision = revision + 1
       where id = ${issue.id} returning revision`;
    await sql`delete from issue_skill where issue_id = ${issue.id}`;
    await sql`delete from issue_team where issue_id = ${issue.id}`;
    await this.#insertReferences(issue.id, issue);
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from issue where id = ${id}`;
  }

  async #insertReferences(id: number, { skillIds, teamIds }: Pick<Issue, 'skillIds' | 'teamIds'>) {
    const sql = this.#sql;
    if (skillIds.length > 0) {
      await sql`insert into issue_skill (issue_id, skill_id) select ${id}, unnest(${skillIds}::int[])`;
    }
    if (teamIds.length > 0) {
      await sql`
        insert into issue_team (issue_id, team_id, position)
        select ${id}, team_id, position from unnest(${teamIds}::int[]) with ordinality as t (team_id, position)`;
    }
  }
}

import type { Page, PageRequest } from '../../appliance/paging.ts';
import type { Skill, SkillFilter, Skills, SkillUsers } from '../../appliance/support/skill.ts';
import type { Use } from '../../appliance/support/uses.ts';
import type { Sql } from '../sql.ts';

const COLUMNS = `id, name, code_name as "codeName", description, revision`;

export class PgSkills implements Skills {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(filter: SkillFilter, page: PageRequest): Promise<Page<Skill>> {
    const sql = this.#sql;
    const where = sql`
      where true
        ${filter.name === undefined ? sql`` : sql`and lower(name) = lower(${filter.name})`}
        ${filter.codeName === undefined ? sql`` : sql`and lower(code_name) = lower(${filter.codeName})`}`;
    const [items, [count]] = await Promise.all([
      sql<Skill[]>`
        select ${sql.unsafe(COLUMNS)}
          from (select id from skill ${where} order by id limit ${page.limit} offset ${page.offset}) as page
          join skill using (id)
         order by id`,
      sql<{ total: number }[]>`select count(*)::int as total from skill ${where}`,
    ]);
    return { items: [...items], total: count?.total ?? 0 };
  }

  async findById(id: number): Promise<Skill | undefined> {
    const sql = this.#sql;
    const [skill] = await sql<Skill[]>`select ${sql.unsafe(COLUMNS)} from skill where id = ${id}`;
    return skill;
  }

  async lockById(id: number): Promise<Skill | undefined> {
    const sql = this.#sql;
    const [skill] = await sql<Skill[]>`select ${sql.unsafe(COLUMNS)} from skill where id = ${id} for update`;
    return skill;
  }

  async isCodeNameTaken(codeName: string): Promise<boolean> {
    const rows = await this.#sql`select 1 from skill where lower(code_name) = lower(${codeName})`;
    return rows.length > 0;
  }

  async insert(skill: Omit<Skill, 'id' | 'revision'>): Promise<Skill> {
    const [row] = await this.#sql<{ id: number; revision: number }[]>`
      insert into skill (name, code_name, description)
      values (${skill.name}, ${skill.codeName}, ${skill.description})
      returning id, revision`;
    return { ...row!, ...skill };
  }

  async update(skill: Skill): Promise<number> {
    const [row] = await this.#sql<{ revision: number }[]>`
      update skill
         set name = ${skill.name}, code_name = ${skill.codeName}, description = ${skill.description},
             revision = revision + 1
       where id = ${skill.id} returning revision`;
    return row!.revision;
  }

  async delete(id: number): Promise<void> {
    await this.#sql`delete from skill where id = ${id}`;
  }

  async uses(id: number): Promise<Use[]> {
    return await this.#sql<Use[]>`
      select 'issue' as noun, count(*)::int as total, (array_agg(name order by id))[1:5] as names
        from issue where id in (select issue_id from issue_skill where skill_id = ${id})`;
  }
}

export class PgSkillUsers implements SkillUsers {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(skillId: number, page: PageRequest): Promise<Page<number>> {
    const sql = this.#sql;
    const [rows, [count]] = await Promise.all([
      sql<{ userId: number }[]>`
        select user_id as "userId" from skill_user where skill_id = ${skillId}
         order by user_id limit ${page.limit} offset ${page.offset}`,
      sql<{ total: number }[]>`select count(*)::int as total from skill_user where skill_id = ${skillId}`,
    ]);
    return { items: rows.map(({ userId }) => userId), total: count?.total ?? 0 };
  }

  async has(skillId: number, userId: number): Promise<boolean> {
    const rows = await this
      .#sql`select 1 from skill_user where skill_id = ${skillId} and user_id = ${userId}`;
    return rows.length > 0;
  }

  async insert(skillId: number, userId: number): Promise<void> {
    await this.#sql`insert into skill_user (skill_id, user_id) values (${skillId}, ${userId})`;
  }

  async delete(skillId: number, userId: number): Promise<void> {
    await this.#sql`delete from skill_user where skill_id = ${skillId} and user_id = ${userId}`;
  }
}

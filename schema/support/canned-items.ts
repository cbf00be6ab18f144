import type { Sql } from '../sql.ts';

/** Tables of what representatives choose from lists with categories, offered to teams. */
export type CannedTable = 'canned_script' | 'canned_message';

/** Column expressions over the table under the name `c`: its categories and teams. */
export function cannedLists(table: CannedTable): string {
  return `array(select k.name from ${table}_category k where k.${table}_id = c.id order by k.position) as categories,
    array(select t.team_id from ${table}_team t where t.${table}_id = c.id order by 1) as "teamIds"`;
}

export interface CannedFilter {
  codeName?: string | undefined;
  category?: string | undefined;
  teamId?: number | undefined;
}

/** Conditions, each begun with `and`, over the table under its own name. */
export function cannedConditions(
  sql: Sql,
  table: CannedTable,
  filter: CannedFilter,
  forTeams: readonly number[] | undefined,
) {
  const id = sql(`${table}.id`);
  const itemId = sql(`${table}_id`);
  const categories = sql(`${table}_category`);
  const teams = sql(`${table}_team`);
  const { codeName, category, teamId } = filter;
  return sql`
    ${codeName === undefined ? sql`` : sql`and lower(code_name) = lower(${codeName})`}
    ${
      category === undefined
        ? sql``
        : sql`and ${id} in (select k.${itemId} from ${categories} k where lower(k.name) = lower(${category}))`
    }
    ${teamId === undefined ? sql`` : sql`and ${id} in (select t.${itemId} from ${teams} t where t.team_id = ${teamId})`}
    ${
      forTeams === undefined
        ? sql``
        : sql`and (not exists (select from ${teams} t where t.${itemId} = ${id})
            or ${id} in (select t.${itemId} from ${teams} t where t.team_id = any(${[...forTeams]}::int[])))`
    }`;
}

/** Writes the categories and teams of a new item. */
export async function insertCannedLists(
  sql: Sql,
  table: CannedTable,
  id: number,
  { categories, teamIds }: { categories: readonly string[]; teamIds: readonly number[] },
): Promise<void> {
  const itemId = sql(`${table}_id`);
  if (categories.length > 0) {
    await sql`
      insert into ${sql(`${table}_category`)} (${itemId}, name, position)
      select ${id}::int, name, position
        from unnest(${[...categories]}::text[]) with ordinality as k (name, position)`;
  }
  if (teamIds.length > 0) {
    await sql`
      insert into ${sql(`${table}_team`)} (${itemId}, team_id)
      select ${id}::int, unnest(${[...teamIds]}::int[])`;
  }
}

/** The same for an item that has some already. */
export async function replaceCannedLists(
  sql: Sql,
  table: CannedTable,
  item: { id: number; categories: readonly string[]; teamIds: readonly number[] },
): Promise<void> {
  const itemId = sql(`${table}_id`);
  await sql`delete from ${sql(`${table}_category`)} where ${itemId} = ${item.id}`;
  await sql`delete from ${sql(`${table}_team`)} where ${itemId} = ${item.id}`;
  await insertCannedLists(sql, table, item.id, item);
}

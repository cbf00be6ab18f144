import type { Ids } from '../../appliance/ids.ts';
import type { Visibility } from '../../appliance/jump/jump-item.ts';
import type { Sql } from '../sql.ts';

/** Condition over `jump_item i`: the item is among those a query may find. The ids are parameters. */
export function isVisible(sql: Sql, visibility: Visibility) {
  if (visibility === 'everything') return sql`true`;
  const { groups, owners } = visibility;
  return sql`(${isAmong(sql, sql`i.jump_group_id`, groups)} or ${isAmong(sql, sql`i.owner_user_id`, owners)})`;
}

/** Condition over a column of ids. */
export function isAmong(sql: Sql, column: ReturnType<Sql>, ids: Ids) {
  if ('only' in ids)
    return ids.only.length === 0 ? sql`false` : sql`${column} = any(${[...ids.only]}::int[])`;
  return ids.allBut.length === 0
    ? sql`${column} is not null`
    : sql`${column} <> all(${[...ids.allBut]}::int[])`;
}

/**
 * The same with the ids in the text, for statements that are planned anew each time: knowing them, the planner sees how
 * many rows are meant.
 */
export function visibleText(visibility: Visibility): string {
  if (visibility === 'everything') return 'true';
  const { groups, owners } = visibility;
  return `${among('i.jump_group_id', groups)} or ${among('i.owner_user_id', owners)}`;
}

function among(column: string, ids: Ids): string {
  if ('only' in ids) return isOneOf(column, ids.only);
  return ids.allBut.length === 0 ? `${column} is not null` : `${column} <> all(${idList(ids.allBut)})`;
}

/** Ids come from the database and are numbers, so they may be text of the statement. */
export function isOneOf(column: string, ids: readonly number[]): string {
  return ids.length === 0 ? 'false' : `${column} = any(${idList(ids)})`;
}

function idList(ids: readonly number[]): string {
  return `'{${ids.map(Number).join(',')}}'::int[]`;
}

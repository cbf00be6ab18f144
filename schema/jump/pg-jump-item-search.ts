import { invalidField } from '../../appliance/errors.ts';
import type { Visibility } from '../../appliance/jump/jump-item.ts';
import type {
  JumpItemHit,
  JumpItemSearch,
  JumpItemSearchKey,
  JumpItemSearchPage,
  JumpItemSearchQuery,
  NamedJumpItem,
} from '../../appliance/jump/jump-item-search.ts';
import type { Sql } from '../sql.ts';
import {
  factsStatement,
  HIT_COLUMNS,
  HIT_JOINS,
  type SearchFacts,
  type SearchStatement,
  searchStatement,
} from './jump-item-search-sql.ts';
import { JUMP_ITEM_COLUMNS, type JumpItemRow, toJumpItem } from './pg-jump-items.ts';

const STREAM_BATCH = 500;
/** So many hits are sorted in a few milliseconds. */
const FEW = 5_000;

const NO_FACTS: SearchFacts = {
  groups: [],
  owners: [],
  jumpoints: { available: [], offline: [], disabled: [] },
};

/** `found` counts the collected hits. */
type HitRow = JumpItemHit & { sortValue: string; found: number | null };

interface NamedRow extends JumpItemRow {
  group_code_name: string | null;
  jumpoint_code_name: string | null;
  jump_policy_code_name: string | null;
  session_policy_code_name: string | null;
  attended_session_policy_code_name: string | null;
  public_portal_hostname: string | null;
}

export class PgJumpItemSearch implements JumpItemSearch {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async page(
    query: JumpItemSearchQuery,
    visibility: Visibility,
    { after, limit }: { after?: JumpItemSearchKey | undefined; limit: number },
  ): Promise<JumpItemSearchPage> {
    const statement = await this.#statement(query, visibility);
    const { rows, total } = await this.#rowsAndTotal(statement, after, limit).catch((error: unknown) => {
      // The only text that becomes another type is the key of a page, and callers can make one up.
      throw isUnreadableValue(error) ? invalidField('cursor', 'cursor is not one this search gave.') : error;
    });
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map(({ sortValue: _value, found: _found, ...hit }) => hit),
      total,
      next: rows.length > limit && last ? { value: last.sortValue, id: last.id, total } : undefined,
    };
  }

  async #rowsAndTotal(
    statement: SearchStatement,
    after: JumpItemSearchKey | undefined,
    limit: number,
  ): Promise<{ rows: HitRow[]; total: number }> {
    const everything = statement.where === 'true';
    if (after !== undefined) {
      const way = !everything && after.total <= FEW ? 'collect' : 'walk';
      return { rows: await this.#hits(statement, after, limit, way), total: after.total };
    }
    if (!everything) {
      const rows = await this.#hits(statement, after, limit, 'collect few');
      const found = rows[0]?.found ?? 0;
      if (found <= FEW) return { rows, total: found };
    }
    const [rows, total] = await Promise.all([
      this.#hits(statement, after, limit, 'walk'),
      this.#count(statement),
    ]);
    return { rows, total };
  }

  async #statement(query: JumpItemSearchQuery, visibility: Visibility): Promise<SearchStatement> {
    const lookup = factsStatement(query);
    const [facts] =
      lookup === undefined
        ? []
        : await this.#sql.unsafe<Partial<SearchFacts>[]>(lookup.text, lookup.parameters, { prepare: true });
    return searchStatement(query, visibility, { ...NO_FACTS, ...facts });
  }

  /**
   * One row more than the page holds tells whether there is another page. Keys travel as text: the driver would cut
   * times to milliseconds.
   *
   * Few hits are collected (and counted) and then sorted. Left to itself the planner may walk the index of the sort
   * instead, hoping to meet a page full of hits soon, and then reads every item there is.
   */
  async #hits(
    { where, parameters, sort, direction, sortJoins }: SearchStatement,
    after: JumpItemSearchKey | undefined,
    limit: number,
    way: 'collect' | 'collect few' | 'walk',
  ): Promise<HitRow[]> {
    const values = [...parameters];
    const add = (value: string | number) => `$${values.push(value)}`;
    const order = (value: string, id: string) => `order by ${value} ${direction}, ${id} ${direction}`;
    const afterKey = (value: string, id: string) => {
      if (after === undefined) return 'true';
      const key = `(${add(after.value)}::text::${sort.type}, ${add(after.id)}::int)`;
      return `(${value}, ${id}) ${direction === 'asc' ? '>' : '<'} ${key}`;
    };
    const found = `select i.id, ${sort.expression} as sort_value from jump_item i ${sortJoins} where ${where}`;
    const most = way === 'collect few' ? `limit ${FEW + 1}` : '';
    const page =
      way === 'walk'
        ? `${found} and ${afterKey(sort.expression, 'i.id')} ${order(sort.expression, 'i.id')}`
        : `select id, sort_value from hits where ${afterKey('sort_value', 'id')} ${order('sort_value', 'id')}`;
    return await this.#run<HitRow>(
      `${way === 'walk' ? '' : `with hits as materialized (${found} ${most})`}
       select ${HIT_COLUMNS}, page.sort_value::text as "sortValue",
              ${way === 'walk' ? 'null' : '(select count(*)::int from hits)'} as found
         from (${page} limit ${add(limit + 1)}::int) as page
         join jump_item i on i.id = page.id ${HIT_JOINS}
        ${order('page.sort_value', 'i.id')}`,
      values,
    );
  }

  async #count({ where, parameters }: SearchStatement): Promise<number> {
    const [row] = await this.#run<{ total: number }>(
      `select count(*)::int as total from jump_item i where ${where}`,
      parameters,
    );
    return row?.total ?? 0;
  }

  async *stream(query: JumpItemSearchQuery, visibility: Visibility): AsyncGenerator<NamedJumpItem[]> {
    const { where, parameters, sort, direction, sortJoins } = await this.#statement(query, visibility);
    const batches = this.#sql
      .unsafe<NamedRow[]>(
        `select ${JUMP_ITEM_COLUMNS}, named_group.code_name as group_code_name,
                named_jumpoint.code_name as jumpoint_code_name, named_policy.code_name as jump_policy_code_name,
                named_session_policy.code_name as session_policy_code_name,
                attended.code_name as attended_session_policy_code_name, portal.hostname as public_portal_hostname
           from jump_item i ${sortJoins}
           left join jump_group named_group on named_group.id = i.jump_group_id
           left join jumpoint named_jumpoint on named_jumpoint.id = i.jumpoint_id
           left join jump_policy named_policy on named_policy.id = i.jump_policy_id
           left join session_policy named_session_policy on named_session_policy.id = i.session_policy_id
           left join session_policy attended on attended.id = i.attended_session_policy_id
           left join public_portal portal on portal.id = i.public_portal_id
          where ${where}
          order by ${sort.expression} ${direction}, i.id ${direction}`,
        parameters,
      )
      .cursor(STREAM_BATCH);
    for await (const rows of batches) yield rows.map(toNamedJumpItem);
  }

  /**
   * Planned anew each time, knowing the words: a plan for any words at all would not use the trigram index when it
   * pays, and would use it when it does not.
   */
  async #run<Row extends object>(text: string, parameters: readonly (string | number)[]): Promise<Row[]> {
    return await this.#sql.unsafe<Row[]>(text, [...parameters], { prepare: false });
  }
}

function isUnreadableValue(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['22007', '22008', '22P02'].includes(String(error.code))
  );
}

function toNamedJumpItem(row: NamedRow): NamedJumpItem {
  return {
    item: toJumpItem(row),
    jumpGroupCodeName: row.group_code_name ?? '',
    jumpointCodeName: row.jumpoint_code_name ?? '',
    jumpPolicyCodeName: row.jump_policy_code_name ?? '',
    sessionPolicyCodeName: row.session_policy_code_name ?? '',
    attendedSessionPolicyCodeName: row.attended_session_policy_code_name ?? '',
    publicPortalHostname: row.public_portal_hostname ?? '',
  };
}

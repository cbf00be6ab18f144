import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type JumpItemSearchKey,
  type JumpItemSearchQuery,
  SEARCH_FIELDS,
} from '../../../appliance/jump/jump-item-search.ts';
import { PgJumpItemSearch } from '../../../schema/jump/pg-jump-item-search.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

const ITEMS = 6_000;
let database: TestDatabase;
let search: PgJumpItemSearch;

beforeAll(async () => {
  database = await testDatabase();
  const { sql } = database;
  await sql`insert into jump_group (name, code_name) values ('Kiosks', 'kiosks')`;
  await sql`
    insert into jump_item (kind, name, hostname, jump_group_id, tag, settings)
    select 'local_jump', 'Till ' || n % 100, 'host-' || n, (select id from jump_group), 'tag' || n % 7, '{}'
      from generate_series(1, ${ITEMS}::int) as n`;
  search = new PgJumpItemSearch(sql);
});
afterAll(() => database.drop());

async function everyPage(
  query: Partial<JumpItemSearchQuery>,
): Promise<{ ids: number[]; totals: Set<number> }> {
  const whole: JumpItemSearchQuery = {
    words: [],
    fields: SEARCH_FIELDS,
    sort: 'name',
    order: 'asc',
    ...query,
  };
  const ids: number[] = [];
  const totals = new Set<number>();
  let after: JumpItemSearchKey | undefined;
  do {
    const page = await search.page(whole, 'everything', { after, limit: 500 });
    ids.push(...page.items.map(({ id }) => id));
    totals.add(page.total);
    after = page.next;
  } while (after !== undefined);
  return { ids, totals };
}

it.each([
  ['everything', {}, ITEMS],
  ['more hits than are sorted at once', { words: ['till'] }, ITEMS],
  ['many hits in an order without an index', { words: ['till'], sort: 'tag', order: 'desc' }, ITEMS],
  ['few hits', { words: ['host-1', 'till'] }, 1111],
  ['no hit', { words: ['nothing'] }, 0],
] as const)('gives every item once, with the total on every page: %s', async (_, query, total) => {
  const { ids, totals } = await everyPage(query);
  expect(ids.length).toBe(total);
  expect(new Set(ids).size).toBe(total);
  expect([...totals]).toEqual([total]);
});

it('streams every hit in order', async () => {
  const query: JumpItemSearchQuery = {
    words: ['host-1'],
    fields: SEARCH_FIELDS,
    sort: 'hostname',
    order: 'desc',
  };
  const hostnames: string[] = [];
  for await (const batch of search.stream(query, 'everything')) {
    expect(batch.length).toBeLessThanOrEqual(500);
    hostnames.push(...batch.map(({ item }) => item.hostname));
  }
  expect(hostnames.length).toBe(1111);
  expect(hostnames).toEqual([...hostnames].sort().reverse());
});

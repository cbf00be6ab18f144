import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type AssociationRule,
  type AssociationTarget,
  isAssociated,
} from '../../../appliance/vault/association-rule.ts';
import type { AssociationOwner } from '../../../appliance/vault/vault-association.ts';
import { PgVaultAssociations } from '../../../schema/vault/pg-vault-associations.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

// Random associations and Jump Items in a real database: both ways the statements ask agree with the rule.

const ITEMS = 8;
const WORDS = ['web', 'WEB-1', 'db', 'a_b', '50%', 'back\\slash', 'İ', 'Σ', 'Straße', '', 'x'] as const;

let database: TestDatabase;
let associations: PgVaultAssociations;
const known = { groups: [] as number[], user: 0, accounts: [] as number[], personal: 0, accountGroup: 0 };

beforeAll(async () => {
  database = await testDatabase();
  const { sql } = database;
  associations = new PgVaultAssociations(sql);
  const inserted = async (rows: Promise<readonly { id: number }[]>) => (await rows).map(({ id }) => id);
  known.groups = await inserted(
    sql`insert into jump_group (name, code_name) select 'g' || n, 'g' || n from generate_series(0, 2) n returning id`,
  );
  [known.user = 0] = await inserted(sql`insert into app_user (username) values ('ann') returning id`);
  [known.accountGroup = 0] = await inserted(
    sql`insert into vault_account_group (name) values ('Servers') returning id`,
  );
  known.accounts = await inserted(
    sql`insert into vault_account (type, name, account_group_id)
        select 'opaque_token', 'a' || n, ${known.accountGroup} from generate_series(0, 2) n returning id`,
  );
  [known.personal = 0] = await inserted(
    sql`insert into vault_account (type, name, account_group_id, owner_user_id)
        values ('opaque_token', 'mine', null, ${known.user}) returning id`,
  );
});
afterAll(() => database?.drop());

const word = fc.constantFrom(...WORDS);
const text = fc.array(word, { maxLength: 2 }).map((words) => words.join(' '));
const item = fc.record({
  kind: fc.constantFrom('shell_jump', 'remote_rdp', 'remote_jump', 'web_jump'),
  /** Personal when undefined. */
  group: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
  name: text.map((name) => name || 'item'),
  hostname: text,
  tag: text,
  comments: text,
});
const pattern = fc
  .tuple(
    fc.boolean(),
    word.filter((value) => value !== ''),
    fc.boolean(),
  )
  .map(([start, value, end]) => `${start ? '*' : ''}${small(value)}${end ? '*' : ''}`);
const patterns = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.uniqueArray(pattern, { maxLength: 3 }) },
);
const rule = fc.record({
  filterType: fc.constantFrom('criteria', 'criteria', 'criteria', 'any_jump_items', 'no_jump_items'),
  groups: fc.oneof(fc.constant<number[]>([]), fc.subarray([0, 1, 2])),
  items: fc.oneof(fc.constant<number[]>([]), fc.subarray(Array.from({ length: ITEMS }, (_, n) => n))),
  host: patterns,
  name: patterns,
  tag: patterns,
  comment: patterns,
});

/** As `folded` writes the words above. */
function small(value: string): string {
  return value === 'İ' ? 'i' : value.toLowerCase();
}

it('asks the database as the rule says: accounts for an item and for a host, items for an account', async () => {
  const world = fc.record({
    items: fc.array(item, { minLength: ITEMS, maxLength: ITEMS }),
    ofGroup: rule,
    ofAccount: rule,
    host: text,
  });
  await fc.assert(
    fc.asyncProperty(world, async ({ items, ofGroup, ofAccount, host }) => {
      const { sql } = database;
      await sql`delete from vault_association`;
      await sql`delete from jump_item`;
      const targets: AssociationTarget[] = [];
      const rows = items.map(({ group, ...item }) => ({
        ...item,
        jump_group_id: group === undefined ? null : known.groups[group]!,
        owner_user_id: group === undefined ? known.user : null,
        settings: '{}',
      }));
      const inserted = await sql<{ id: number }[]>`insert into jump_item ${sql(rows)} returning id`;
      for (const [index, { kind, name, hostname, tag, comments, jump_group_id: groupId }] of rows.entries()) {
        const sharedJumpGroupId = groupId ?? undefined;
        const { id } = inserted[index]!;
        targets.push({ hostname, jumpItem: { id, kind, sharedJumpGroupId, name, tag, comments } });
      }
      const made = (of: typeof ofGroup): AssociationRule => ({
        ...of,
        filterType: of.filterType as AssociationRule['filterType'],
        sharedJumpGroupIds: of.groups.map((index) => known.groups[index]!),
        jumpItems: of.items.map((index) => targets[index]!.jumpItem!),
      });
      const [inheriting = 0, other = 0, owning = 0] = known.accounts;
      const group: AssociationOwner = { type: 'account_group', id: known.accountGroup };
      await associations.insert(group, made(ofGroup));
      await associations.insert({ type: 'account', id: owning }, made(ofAccount));

      for (const target of [...targets, { hostname: host, jumpItem: undefined }]) {
        const expected = new Set([
          ...(isAssociated(made(ofGroup), target) ? [inheriting, other] : []),
          ...(isAssociated(made(ofAccount), target) ? [owning] : []),
          known.personal,
        ]);
        const asked = { jumpItemId: target.jumpItem?.id, hostname: target.hostname };
        expect(await associations.fitting(asked, [...known.accounts, known.personal])).toEqual(expected);
      }
      for (const account of [inheriting, owning]) {
        const association = await associations.holdingFor(account);
        const expected = targets.filter((target) => isAssociated(association!, target));
        const { items: found, total } = await associations.matchingItems(association!, {
          limit: 100,
          offset: 0,
        });
        expect(found.map(({ id }) => id)).toEqual(expected.map(({ jumpItem }) => jumpItem!.id));
        expect(total).toBe(expected.length);
      }
    }),
    { numRuns: 60 },
  );
});

it('knows no account for a Jump Item that is gone but personal ones', async () => {
  const all = [...known.accounts, known.personal];
  expect(await associations.fitting({ jumpItemId: 2_000_000, hostname: '' }, all)).toEqual(
    new Set([known.personal]),
  );
  expect(await associations.holdingFor(known.personal)).toBeUndefined();
});

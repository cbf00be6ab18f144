import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessOf } from '../../../appliance/access/person-access.ts';
import { grantOf } from '../../../appliance/jump/jump-item-grant.ts';
import { JUMP_ITEM_PERMISSIONS } from '../../../appliance/jump/jump-item-role.ts';
import { jumpMethodsOf } from '../../../appliance/jump/jump-methods.ts';
import { mayUseJumpoint } from '../../../appliance/jump/jumpoint-ruling.ts';
import { sessionSight } from '../../../appliance/sessions/session-sight.ts';
import { PgAccessFacts } from '../../../schema/access/pg-access-facts.ts';
import { migrate } from '../../../schema/migrate.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

// A site that ran before there were settings, group policies and a system role: everybody keeps what they had.

const quiet = { info() {}, warn() {} };
/** Ids of Jump Item Roles as they were then. */
const [THEN_ADMINISTRATOR, THEN_START, THEN_NO_ACCESS] = [1, 2, 4] as const;
let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
  await database.ownerSql`drop owned by current_user cascade`;
  await migrate({ ...database, log: quiet, upTo: 1 });
  const sql = database.ownerSql;
  await sql`insert into app_user (id, username, perm_admin, default_jump_item_role_id, allowed_jump_methods) overriding system value values
    (101, 'all', false, ${THEN_ADMINISTRATOR}, default),
    (102, 'shells', false, ${THEN_NO_ACCESS}, '{shell_jump}'),
    (103, 'none', false, ${THEN_START}, '{}'),
    (104, 'boss', true, ${THEN_ADMINISTRATOR}, default)`;
  await sql`insert into jump_group (id, name, code_name) overriding system value values (1, 'Kiosks', 'kiosks'), (2, 'Other', 'other')`;
  await sql`insert into jumpoint (id, name, code_name, platform) overriding system value
            values (1, 'Branch', 'branch', 'linux-x86'), (2, 'Unused', 'unused', 'linux-x86')`;
  await sql`insert into jump_item (kind, name, hostname, jump_group_id, jumpoint_id, settings)
            values ('shell_jump', 'till', 'till', 1, 1, '{}')`;
  await sql`insert into jump_group_user (jump_group_id, user_id, jump_item_role_id) values
    (1, 101, null), (1, 102, ${THEN_START}), (1, 103, ${THEN_NO_ACCESS})`;
  await migrate({ ...database, log: quiet });
});
afterAll(() => database.drop());

const everything = [...JUMP_ITEM_PERMISSIONS];
const kiosks = { jumpGroupType: 'shared', jumpGroupId: 1 } as const;
const other = { jumpGroupType: 'shared', jumpGroupId: 2 } as const;

it.each([
  { id: 101, methods: 10, inKiosks: everything },
  { id: 102, methods: 1, inKiosks: ['perm_start'] },
  { id: 103, methods: 0, inKiosks: [] },
])(
  'keeps methods, roles, personal items, Jumpoints and sessions of user $id',
  async ({ id, methods, inKiosks }) => {
    const person = accessOf((await new PgAccessFacts(database.sql).find(id))!);
    // Tunnels to databases and networks came later and go with the tunnels there were.
    const kept = jumpMethodsOf(person.settings).filter((kind) => !/^(mysql|psql|network)_tunnel$/.test(kind));
    expect(kept).toHaveLength(methods);
    expect([...grantOf(person, kiosks)]).toEqual(inKiosks);
    expect([...grantOf(person, other)]).toEqual([]);
    expect([...grantOf(person, { jumpGroupType: 'personal', jumpGroupId: id })]).toEqual(everything);
    expect([...grantOf(person, { jumpGroupType: 'personal', jumpGroupId: 104 })]).toEqual([]);
    expect([mayUseJumpoint(person, 1), mayUseJumpoint(person, 2)]).toEqual([true, false]);
    expect(sessionSight(person, [])).toMatchObject({ userId: id, ownEnded: true });
    expect(person.settings).toMatchObject({ perm_view_sd_recordings: true, perm_edit_external_key: true });
    expect(person.administrator).toBe(false);
  },
);

it('keeps administrators', async () => {
  const person = accessOf((await new PgAccessFacts(database.sql).find(104))!);
  expect(person.administrator).toBe(true);
  expect([...grantOf(person, other)]).toEqual(everything);
});

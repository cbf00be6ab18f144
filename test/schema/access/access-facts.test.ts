import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessOf } from '../../../appliance/access/person-access.ts';
import { grantOf } from '../../../appliance/jump/jump-item-grant.ts';
import { visibilityOf } from '../../../appliance/jump/jump-item-sight.ts';
import { PgAccessFacts } from '../../../schema/access/pg-access-facts.ts';
import { PgSessionPolicyFacts } from '../../../schema/access/pg-session-policy-facts.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

let database: TestDatabase;
let source: PgAccessFacts;
const ids: Record<string, number> = {};

async function add(name: string, statement: ReturnType<TestDatabase['sql']>): Promise<number> {
  const [row] = (await statement) as unknown as { id: number }[];
  ids[name] = row!.id;
  return row!.id;
}

beforeAll(async () => {
  database = await testDatabase();
  const { sql } = database;
  source = new PgAccessFacts(sql);
  for (const name of ['lead', 'member', 'stranger', 'by_directory']) {
    await add(name, sql`insert into app_user (username) values (${name}) returning id`);
  }
  for (const name of ['kiosks', 'servers']) {
    await add(name, sql`insert into jump_group (name, code_name) values (${name}, ${name}) returning id`);
  }
  await add(
    'gate',
    sql`insert into jumpoint (name, code_name, platform) values ('gate', 'gate', 'linux-x86') returning id`,
  );
  await add('team', sql`insert into team (name, code_name) values ('Desk', 'desk') returning id`);
  await add('other', sql`insert into team (name, code_name) values ('Other', 'other') returning id`);
  await add(
    'first',
    sql`
    insert into group_policy (name, position, settings, teams_add_final) values ('First', 10, ${sql.json({
      inferior_jump_item_role_id: { status: 'final', value: 3 },
    })}, true) returning id`,
  );
  await add(
    'second',
    sql`
    insert into group_policy (name, position, settings) values ('Second', 11, ${sql.json({
      inferior_jump_item_role_id: { status: 'defined', value: 4 },
      unattended_session_policy: { status: 'defined', value: 2 },
    })}) returning id`,
  );
  await sql`insert into group_policy_member (group_policy_id, security_provider_id, user_id)
            values (${ids.second!}, 1, ${ids.lead!}), (${ids.first!}, 1, ${ids.lead!}), (${ids.second!}, 1, ${ids.member!})`;
  await sql`insert into group_policy_member (group_policy_id, security_provider_id, group_name)
            values (${ids.first!}, 1, 'Desk Staff')`;
  await sql`insert into user_directory_group (user_id, security_provider_id, group_name)
            values (${ids.by_directory!}, 1, 'desk staff')`;
  await sql`insert into group_policy_jump_group (group_policy_id, jump_group_id, action, jump_item_role_id)
            values (${ids.first!}, ${ids.kiosks!}, 'add', 2), (${ids.second!}, ${ids.servers!}, 'remove', null)`;
  await sql`insert into group_policy_jumpoint (group_policy_id, jumpoint_id) values (${ids.second!}, ${ids.gate!})`;
  await sql`insert into group_policy_team (group_policy_id, team_id, action, role)
            values (${ids.first!}, ${ids.team!}, 'add', 'member'), (${ids.second!}, ${ids.team!}, 'add', 'lead')`;
  await sql`insert into team_user (team_id, user_id, role) values (${ids.team!}, ${ids.lead!}, 'manager'),
            (${ids.team!}, ${ids.member!}, 'lead'), (${ids.other!}, ${ids.stranger!}, 'member')`;
  await sql`insert into jump_group_user (jump_group_id, user_id, jump_item_role_id)
            values (${ids.kiosks!}, ${ids.lead!}, null), (${ids.servers!}, ${ids.lead!}, 4)`;
  for (const owner of ['member', 'stranger', 'by_directory']) {
    await sql`insert into jump_item (kind, name, hostname, owner_user_id, settings)
              values ('shell_jump', 'box', 'box', ${ids[owner]!}, '{}')`;
  }
});
afterAll(() => database.drop());

describe('the facts of a person', () => {
  it('are everything that bears on them, policies in their order', async () => {
    const facts = (await source.find(ids.lead!))!;
    expect(facts.policies.map(({ name }) => name)).toEqual(['First', 'Second']);
    expect(facts.policies[0]).toMatchObject({
      settings: { inferior_jump_item_role_id: { status: 'final', value: 3 } },
      jumpGroups: {
        addFinal: false,
        removeFinal: false,
        entries: [{ id: ids.kiosks, action: 'add', role: 2 }],
      },
      teams: { addFinal: true, entries: [{ id: ids.team, action: 'add', role: 'member' }] },
      jumpoints: { entries: [] },
    });
    expect(facts.jumpGroups).toEqual([
      { id: ids.kiosks, role: null },
      { id: ids.servers, role: 4 },
    ]);
    expect(facts.teams).toEqual([{ id: ids.team, role: 'manager' }]);
    expect(facts.settings).toMatchObject({ perm_admin: false });
    expect(facts.roles.find(({ id }) => id === 1)).toEqual({ id: 1, name: 'No Access', permissions: [] });
    expect(facts.roles.find(({ id }) => id === 4)?.permissions).toContain('perm_edit_identity');
  });

  it('name colleagues with personal items who share a team, whatever made them members', async () => {
    const facts = (await source.find(ids.lead!))!;
    expect(facts.colleagues.map(({ userId }) => userId).sort()).toEqual(
      [ids.member, ids.by_directory].sort(),
    );
    const person = accessOf(facts);
    // The final policy makes the directory's people members; direct members keep the role they were given.
    expect(person.subordinates).toEqual(
      new Map([
        [ids.member, ids.team],
        [ids.by_directory, ids.team],
      ]),
    );
    expect([...grantOf(person, { jumpGroupType: 'personal', jumpGroupId: ids.member! })]).toEqual(
      facts.roles.find(({ id }) => id === 3)?.permissions,
    );
    expect(visibilityOf(person)).toEqual({
      groups: { only: [ids.kiosks] },
      owners: { only: expect.arrayContaining([ids.member, ids.by_directory]) },
    });
  });

  it('are no more than the question is about', async () => {
    const facts = (await source.find(ids.lead!, {
      jumpGroupIds: [ids.servers!],
      jumpointIds: [],
      ownerUserIds: [],
    }))!;
    expect(facts.jumpGroups).toEqual([{ id: ids.servers, role: 4 }]);
    expect(facts.policies.map(({ jumpGroups }) => jumpGroups.entries.length)).toEqual([0, 1]);
    expect(facts.policies.map(({ jumpoints }) => jumpoints.entries.length)).toEqual([0, 0]);
    expect(facts.colleagues).toEqual([]);
    const owner = (await source.find(ids.lead!, { ownerUserIds: [ids.member!] }))!;
    expect(owner.colleagues).toEqual([
      { userId: ids.member, direct: [{ id: ids.team, role: 'lead' }], policyIds: [ids.second] },
    ]);
    expect(await source.find(999_999)).toBeUndefined();
  });

  it('follow directory groups and the policy of a security provider', async () => {
    const { sql } = database;
    expect((await source.find(ids.by_directory!))!.policies.map(({ name }) => name)).toEqual(['First']);
    await sql`update security_provider set default_group_policy_id = ${ids.second!} where id = 1`;
    expect((await source.find(ids.by_directory!))!.policies.map(({ name }) => name)).toEqual([
      'First',
      'Second',
    ]);
    await sql`update security_provider set default_group_policy_id = null where id = 1`;
  });
});

describe('session policies at hand', () => {
  it('are those asked for, of the person, of the portal and the global one', async () => {
    const { sql } = database;
    await add(
      'portal policy',
      sql`
      insert into session_policy (display_name, code_name, permissions)
      values ('Portal', 'portal', '{"chat": "deny"}') returning id`,
    );
    await sql`update public_portal set session_policy_id = ${ids['portal policy']!}`;
    const found = await new PgSessionPolicyFacts(sql).find({
      userId: ids.member,
      policyIds: [3, null],
      publicPortalId: null,
    });
    expect(found.global).toMatchObject({ id: 1, permissions: { command_shell: 'allow' } });
    expect(found.portal).toEqual({ id: ids['portal policy'], name: 'Portal', permissions: { chat: 'deny' } });
    expect([...found.policies.keys()].sort()).toEqual([1, 2, 3, ids['portal policy']]);
  });
});

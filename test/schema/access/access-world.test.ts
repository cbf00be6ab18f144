import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessFacts } from '../../../appliance/access/access-facts.ts';
import { type AccessWorld, factsOf, personIn } from '../../../appliance/access/explain/access-world.ts';
import { accessOf, type PersonAccess } from '../../../appliance/access/person-access.ts';
import { grantOf, type JumpItemOwner } from '../../../appliance/jump/jump-item-grant.ts';
import { PgAccessFacts } from '../../../schema/access/pg-access-facts.ts';
import { PgAccessTargets } from '../../../schema/access/pg-access-targets.ts';
import { PgAccessWorld } from '../../../schema/access/pg-access-world.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

const PEOPLE = 40;
const GROUPS = 12;
const JUMPOINTS = 4;
const TEAMS = 4;
const POLICIES = 8;

let database: TestDatabase;
const ids: Record<'users' | 'groups' | 'jumpoints' | 'teams', number[]> = {
  users: [],
  groups: [],
  jumpoints: [],
  teams: [],
};

/** A crowd of people, memberships and group policies without order: every third of this, every fifth of that. */
beforeAll(async () => {
  database = await testDatabase();
  const { sql } = database;
  const list = async (statement: ReturnType<TestDatabase['sql']>) =>
    ((await statement) as unknown as { id: number }[]).map(({ id }) => id);
  ids.users = await list(sql`
    insert into app_user (username, enabled, perm_admin, distinguished_name, settings)
    select 'person' || n, n % 7 <> 0, n % 11 = 0, case when n % 5 = 0 then 'CN=Person ' || n else '' end,
           case when n % 2 = 0 then jsonb_build_object('default_jump_item_role_id', 1 + n % 4, 'perm_shell_jump', n % 3 = 0)
                else '{}' end
      from generate_series(1, ${PEOPLE}) n returning id`);
  ids.groups = await list(sql`
    insert into jump_group (name, code_name) select 'g' || n, 'g' || n from generate_series(1, ${GROUPS}) n returning id`);
  ids.jumpoints = await list(sql`
    insert into jumpoint (name, code_name, platform)
    select 'j' || n, 'j' || n, 'linux-x86' from generate_series(1, ${JUMPOINTS}) n returning id`);
  ids.teams = await list(sql`
    insert into team (name, code_name) select 't' || n, 't' || n from generate_series(1, ${TEAMS}) n returning id`);
  const policies = await list(sql`
    insert into group_policy (name, position, settings, jump_groups_add_final, jump_groups_remove_final, teams_add_final)
    select 'p' || n, 100 - n, case when n % 2 = 0 then
             jsonb_build_object('inferior_jump_item_role_id', jsonb_build_object('status', 'defined', 'value', 2),
                                'perm_admin', jsonb_build_object('status', 'final', 'value', n % 4 = 0)) else '{}' end,
           n % 3 = 0, n % 4 = 0, n % 5 = 0
      from generate_series(1, ${POLICIES}) n returning id`);
  const [users, groups, jumpoints, teams] = [ids.users, ids.groups, ids.jumpoints, ids.teams];
  await sql`insert into jump_group_user select g, u, case when (g + u) % 2 = 0 then 1 + (g * u) % 4 end
              from unnest(${groups}::int[]) g, unnest(${users}::int[]) u where (g * 7 + u) % 6 = 0`;
  await sql`insert into jumpoint_user select j, u
              from unnest(${jumpoints}::int[]) j, unnest(${users}::int[]) u where (j + u) % 3 = 0`;
  await sql`insert into team_user select t, u, (array['member', 'lead', 'manager'])[1 + (u / 7) % 3]
              from unnest(${teams}::int[]) t, unnest(${users}::int[]) u where (t * 3 + u) % 4 = 0`;
  await sql`insert into group_policy_member (group_policy_id, security_provider_id, user_id)
              select p, 1, u from unnest(${policies}::int[]) p, unnest(${users}::int[]) u where (p * 5 + u) % 4 = 0`;
  await sql`insert into group_policy_member (group_policy_id, security_provider_id, distinguished_name)
              values (${policies[0]!}, 1, 'cn=person 5'), (${policies[1]!}, 1, 'CN=Person 10')`;
  await sql`insert into group_policy_jump_group
              select p, g, case when (p + g) % 3 = 0 then 'remove' else 'add' end, case when (p * g) % 2 = 0 then 1 + (p + g) % 4 end
                from unnest(${policies}::int[]) p, unnest(${groups}::int[]) g where (p + g) % 2 = 0`;
  await sql`insert into group_policy_jumpoint
              select p, j, case when (p + j) % 3 = 0 then 'remove' else 'add' end
                from unnest(${policies}::int[]) p, unnest(${jumpoints}::int[]) j where (p * j) % 2 = 0`;
  await sql`insert into group_policy_team
              select p, t, case when (p + t) % 6 = 0 then 'remove' else 'add' end, (array['member', 'lead', 'manager'])[1 + (p * t) % 3]
                from unnest(${policies}::int[]) p, unnest(${teams}::int[]) t where (p + t) % 2 = 0`;
  await sql`insert into jump_item (kind, name, hostname, owner_user_id)
              select 'shell_jump', 'own', 'own', u from unnest(${users}::int[]) u where u % 3 = 0`;
});
afterAll(() => database.drop());

describe('the facts of many people at once', () => {
  it('come to the same as those of each person', async () => {
    const { sql } = database;
    const owners = ids.users.filter((id) => id % 3 === 0);
    const world = await new PgAccessWorld(sql).read({ ownerUserIds: owners });
    const source = new PgAccessFacts(sql);
    let subordinates = 0;
    for (const userId of ids.users) {
      const alone = (await source.find(userId))!;
      const together = factsOf(world, personIn(world, userId)!);
      expect(comparable(together)).toEqual(comparable(alone));
      const [one, other] = [accessOf(together), accessOf(alone)];
      expect(whatHolds(one)).toEqual(whatHolds(other));
      subordinates += one.subordinates.size;
    }
    expect(subordinates).toBeGreaterThan(10);
  });

  it('are no more than the question is about, and come to the same there', async () => {
    const { sql } = database;
    const [group, jumpoint] = [ids.groups[3]!, ids.jumpoints[1]!];
    const world: AccessWorld = await new PgAccessWorld(sql).read({
      userIds: ids.users.slice(0, 9),
      jumpGroupIds: [group],
      jumpointIds: [jumpoint],
      ownerUserIds: [],
    });
    expect(world.people.map(({ userId }) => userId)).toEqual(ids.users.slice(0, 9));
    expect([...world.jumpoints.keys()]).toEqual([jumpoint]);
    for (const person of world.people) {
      const alone = (await new PgAccessFacts(sql).find(person.userId, {
        jumpGroupIds: [group],
        jumpointIds: [jumpoint],
        ownerUserIds: [],
      }))!;
      expect(comparable(factsOf(world, person))).toEqual(comparable(alone));
    }
    const found = await new PgAccessWorld(sql).read({
      search: 'PERSON12',
      jumpGroupIds: [],
      jumpointIds: [],
    });
    expect(found.people.map(({ username }) => username)).toEqual(['person12']);
  });
});

describe('Jump Items for questions', () => {
  it('are found by id and by name, narrowed by Jump Group', async () => {
    const { sql } = database;
    const [one, other] = ids.groups;
    await sql`insert into jump_item (kind, name, hostname, jump_group_id, settings, port) values
                ('shell_jump', 'Box', 'a', ${one!}, '{"protocol":"telnet"}', null),
                ('shell_jump', 'box', 'b', ${other!}, '{}', 2222), ('remote_rdp', 'BOX', 'c', ${other!}, '{}', null)`;
    const targets = new PgAccessTargets(sql);
    expect((await targets.findByName({ name: 'box', limit: 10 })).map(({ hostname }) => hostname)).toEqual([
      'a',
      'b',
      'c',
    ]);
    const [telnet] = await targets.findByName({ name: 'box', jumpGroupId: one, limit: 2 });
    expect(telnet).toMatchObject({
      ownerCodeName: 'g1',
      shell: { hostname: 'a', port: 23, protocol: 'telnet' },
      running: 0,
    });
    const [rdp] = await targets.findByName({ name: 'box', kind: 'remote_rdp', limit: 2 });
    expect(rdp?.shell).toBeUndefined();
    expect(await targets.findById(rdp!.item!.id, 'shell_jump')).toBeUndefined();
    const page = await targets.page(
      { groups: { only: [other!] }, owners: { only: [] } },
      { kinds: ['shell_jump'] },
      { limit: 5, offset: 0 },
    );
    expect([page.total, page.items.map(({ hostname }) => hostname)]).toEqual([1, ['b']]);
    expect(await targets.count('everything')).toBeGreaterThan(10);
    expect(await targets.countByGroup([one!, other!])).toEqual(
      new Map([
        [one!, 1],
        [other!, 2],
      ]),
    );
  });
});

const byId = <T extends { id: number }>(rows: readonly T[]): T[] => [...rows].sort((a, b) => a.id - b.id);
const sortedRoles = (roles: AccessFacts['roles']) =>
  byId(roles).map((role) => ({ ...role, permissions: [...role.permissions].sort() }));

/** Without what only one of the two reads: colleagues are compared by what follows from them. */
function comparable({ colleagues: _one, colleaguePolicies: _other, ...facts }: AccessFacts) {
  const said = <Statements extends { entries: readonly { id: number }[] }>(statements: Statements) => ({
    ...statements,
    entries: byId(statements.entries),
  });
  return {
    ...facts,
    jumpGroups: byId(facts.jumpGroups),
    teams: byId(facts.teams),
    jumpoints: byId(facts.jumpoints),
    roles: sortedRoles(facts.roles),
    policies: facts.policies.map((policy) => ({
      ...policy,
      jumpGroups: said(policy.jumpGroups),
      teams: said(policy.teams),
      jumpoints: said(policy.jumpoints),
    })),
  };
}

function whatHolds(person: PersonAccess) {
  const owners: JumpItemOwner[] = [
    ...ids.groups.map((jumpGroupId) => ({ jumpGroupType: 'shared', jumpGroupId }) as const),
    ...ids.users.map((jumpGroupId) => ({ jumpGroupType: 'personal', jumpGroupId }) as const),
  ];
  return {
    settings: person.settings,
    jumpoints: new Set(person.jumpoints.keys()),
    subordinates: new Set(person.subordinates.keys()),
    grants: owners.map((owner) => [...grantOf(person, owner)].sort()),
  };
}

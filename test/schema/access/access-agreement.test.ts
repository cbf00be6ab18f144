import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessOf } from '../../../appliance/access/person-access.ts';
import { grantOf, type JumpItemOwner } from '../../../appliance/jump/jump-item-grant.ts';
import { visibilityOf } from '../../../appliance/jump/jump-item-sight.ts';
import { TEAM_ROLES, type TeamRole } from '../../../appliance/support/team.ts';
import { PgAccessFacts } from '../../../schema/access/pg-access-facts.ts';
import { PgJumpItemSearch } from '../../../schema/jump/pg-jump-item-search.ts';
import { PgJumpItems } from '../../../schema/jump/pg-jump-items.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

// Random configurations in a real database: what the statements read, the rules make of it and the lists find agrees
// with the rules said another way over the configuration itself.

const PEOPLE = [0, 1, 2];
const GROUPS = [0, 1, 2];
const POLICIES = [0, 1, 2];
const NO_ACCESS = 1;

let database: TestDatabase;
const ids = { people: [] as number[], groups: [] as number[], policies: [] as number[], team: 0 };

beforeAll(async () => {
  database = await testDatabase();
  const { sql } = database;
  const inserted = async (rows: Promise<readonly { id: number }[]>) => (await rows).map(({ id }) => id);
  ids.people = await inserted(
    sql`insert into app_user (username) select 'p' || n from generate_series(0, 2) n returning id`,
  );
  ids.groups = await inserted(
    sql`insert into jump_group (name, code_name) select 'g' || n, 'g' || n from generate_series(0, 2) n returning id`,
  );
  ids.policies = await inserted(
    sql`insert into group_policy (name, position) select 'p' || n, 50 - n from generate_series(0, 2) n returning id`,
  );
  [ids.team] = (await inserted(sql`insert into team (name, code_name) values ('t', 't') returning id`)) as [
    number,
  ];
  for (const [index, id] of ids.groups.entries()) {
    await sql`insert into jump_item (kind, name, hostname, jump_group_id, settings)
              values ('shell_jump', ${`shared ${index}`}, 'h', ${id}, '{}')`;
  }
  for (const [index, id] of ids.people.entries()) {
    await sql`insert into jump_item (kind, name, hostname, owner_user_id, settings)
              values ('shell_jump', ${`personal ${index}`}, 'h', ${id}, '{}')`;
  }
});
afterAll(() => database.drop());

const roleId = fc.constantFrom(NO_ACCESS, 2, 3, 4);
const optionalRole = fc.option(roleId, { nil: null });
const SETTINGS = [
  'default_jump_item_role_id',
  'private_jump_item_role_id',
  'inferior_jump_item_role_id',
  'unassigned_jump_item_role_id',
] as const;
type Setting = (typeof SETTINGS)[number];

const action = fc.constantFrom('add' as const, 'remove' as const);
const teamRole = fc.constantFrom(...TEAM_ROLES);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const perSetting = <T>(value: fc.Arbitrary<T>) =>
  fc.record(Object.fromEntries(SETTINGS.map((name) => [name, value])) as Record<Setting, fc.Arbitrary<T>>, {
    requiredKeys: [],
  });

const configurations = fc.record({
  people: fc.tuple(
    ...PEOPLE.map(() =>
      fc.record({
        settings: perSetting(roleId),
        groups: fc.tuple(...GROUPS.map(() => maybe(fc.record({ role: optionalRole })))),
        team: maybe(teamRole),
        policies: fc.tuple(...POLICIES.map(() => fc.boolean())),
      }),
    ),
  ),
  policies: fc.tuple(
    ...POLICIES.map(() =>
      fc.record({
        settings: perSetting(
          fc.record({ status: fc.constantFrom('defined' as const, 'final' as const), value: roleId }),
        ),
        addFinal: fc.boolean(),
        removeFinal: fc.boolean(),
        groups: fc.tuple(...GROUPS.map(() => maybe(fc.record({ action, role: optionalRole })))),
        team: maybe(fc.record({ action, role: teamRole })),
      }),
    ),
  ),
});
type Configuration = typeof configurations extends fc.Arbitrary<infer T> ? T : never;

async function write({ people, policies }: Configuration): Promise<void> {
  await database.sql.begin(async (sql) => {
    for (const table of [
      'jump_group_user',
      'team_user',
      'group_policy_member',
      'group_policy_jump_group',
      'group_policy_team',
    ]) {
      await sql`delete from ${sql(table)}`;
    }
    for (const [index, policy] of policies.entries()) {
      const id = ids.policies[index]!;
      const { addFinal, removeFinal, settings } = policy;
      await sql`
        update group_policy set settings = ${sql.json(settings as never)}, jump_groups_add_final = ${addFinal},
               jump_groups_remove_final = ${removeFinal}, teams_add_final = ${addFinal}, teams_remove_final = ${removeFinal}
         where id = ${id}`;
      for (const [group, said] of policy.groups.entries()) {
        if (said === undefined) continue;
        await sql`insert into group_policy_jump_group (group_policy_id, jump_group_id, action, jump_item_role_id)
                  values (${id}, ${ids.groups[group]!}, ${said.action}, ${said.role})`;
      }
      if (policy.team === undefined) continue;
      await sql`insert into group_policy_team (group_policy_id, team_id, action, role)
                values (${id}, ${ids.team}, ${policy.team.action}, ${policy.team.role})`;
    }
    for (const [index, person] of people.entries()) {
      const id = ids.people[index]!;
      await sql`update app_user set settings = ${sql.json(person.settings as never)} where id = ${id}`;
      for (const [group, said] of person.groups.entries()) {
        if (said === undefined) continue;
        await sql`insert into jump_group_user (jump_group_id, user_id, jump_item_role_id)
                  values (${ids.groups[group]!}, ${id}, ${said.role})`;
      }
      if (person.team !== undefined) {
        await sql`insert into team_user (team_id, user_id, role) values (${ids.team}, ${id}, ${person.team})`;
      }
      for (const [policy, belongs] of person.policies.entries()) {
        if (!belongs) continue;
        await sql`insert into group_policy_member (group_policy_id, security_provider_id, user_id)
                  values (${ids.policies[policy]!}, 1, ${id})`;
      }
    }
  });
}

/** Those of the person, in their order: the last one made comes first. */
function policiesOf(
  { people, policies }: Configuration,
  person: number,
): Configuration['policies'][number][] {
  return [...POLICIES]
    .reverse()
    .filter((index) => people[person]!.policies[index])
    .map((index) => policies[index]!);
}

function setting(world: Configuration, person: number, name: Setting): number {
  const said = policiesOf(world, person).flatMap(({ settings }) => settings[name] ?? []);
  const decides = said.find(({ status }) => status === 'final') ?? said.at(-1);
  return decides?.value ?? world.people[person]!.settings[name] ?? NO_ACCESS;
}

type Word<Role> = { action: 'add' | 'remove'; role: Role } | undefined;

/** The policy that decides: the first that is final about what it says, else the last that speaks. */
function deciding<Role>(
  world: Configuration,
  person: number,
  word: (policy: Configuration['policies'][number]) => Word<Role>,
): Word<Role> {
  const said = policiesOf(world, person).flatMap((policy) => {
    const spoken = word(policy);
    if (spoken === undefined) return [];
    return [{ ...spoken, final: spoken.action === 'add' ? policy.addFinal : policy.removeFinal }];
  });
  return said.find(({ final }) => final) ?? said.at(-1);
}

function rankInTeam(world: Configuration, person: number): number {
  const own: TeamRole | undefined = world.people[person]!.team;
  const decided = deciding(world, person, ({ team }) => team);
  if (decided?.action === 'remove' || (decided === undefined && own === undefined)) return -1;
  return TEAM_ROLES.indexOf(own ?? decided!.role);
}

function roleOf(world: Configuration, person: number, type: 'shared' | 'personal', index: number): number {
  if (type === 'shared') {
    const own = world.people[person]!.groups[index];
    const decided = deciding(world, person, ({ groups }) => groups[index]);
    const member = decided === undefined ? own !== undefined : decided.action === 'add';
    if (!member) return setting(world, person, 'unassigned_jump_item_role_id');
    return own?.role ?? decided?.role ?? setting(world, person, 'default_jump_item_role_id');
  }
  if (index === person) return setting(world, person, 'private_jump_item_role_id');
  const [mine, theirs] = [rankInTeam(world, person), rankInTeam(world, index)];
  const leads = theirs >= 0 && mine > theirs;
  return setting(world, person, leads ? 'inferior_jump_item_role_id' : 'unassigned_jump_item_role_id');
}

it('agrees with the rules said another way, in grants, lists and searches', async () => {
  const { sql } = database;
  const facts = new PgAccessFacts(sql);
  const items = new PgJumpItems(sql);
  const search = new PgJumpItemSearch(sql);
  const allowed = new Map(
    (await facts.find(ids.people[0]!))!.roles.map((role) => [role.id, role.permissions]),
  );
  await fc.assert(
    fc.asyncProperty(configurations, async (world) => {
      await write(world);
      for (const person of PEOPLE) {
        const access = accessOf((await facts.find(ids.people[person]!))!);
        const expected: string[] = [];
        for (const type of ['shared', 'personal'] as const) {
          for (const index of type === 'shared' ? GROUPS : PEOPLE) {
            const jumpGroupId = (type === 'shared' ? ids.groups : ids.people)[index]!;
            const owner: JumpItemOwner = { jumpGroupType: type, jumpGroupId };
            const permissions = allowed.get(roleOf(world, person, type, index))!;
            expect([...grantOf(access, owner)]).toEqual(permissions);
            const question =
              type === 'shared'
                ? { jumpGroupIds: [jumpGroupId], ownerUserIds: [] }
                : { jumpGroupIds: [], ownerUserIds: [jumpGroupId] };
            const asked = accessOf((await facts.find(ids.people[person]!, question))!);
            expect([...grantOf(asked, owner)]).toEqual(permissions);
            if (permissions.length > 0) expected.push(`${type} ${index}`);
          }
        }
        const visibility = visibilityOf(access);
        const listed = await items.list('shell_jump', {}, visibility, { limit: 20, offset: 0 });
        expect(listed.items.map(({ name }) => name).sort()).toEqual(expected.sort());
        expect(listed.total).toBe(expected.length);
        const query = { words: [], fields: ['name'], sort: 'name', order: 'asc' } as const;
        const hits = await search.page(query, visibility, { limit: 20 });
        expect(hits.items.map(({ name }) => name)).toEqual(expected);
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);

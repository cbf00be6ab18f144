import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CredentialEvent, CredentialEvents } from '../../../appliance/access/credential-events.ts';
import { GroupPolicyContentService } from '../../../appliance/directory/group-policy-content-service.ts';
import { GroupPolicyMemberService } from '../../../appliance/directory/group-policy-member-service.ts';
import { GroupPolicyOrderService } from '../../../appliance/directory/group-policy-order-service.ts';
import { GroupPolicyService } from '../../../appliance/directory/group-policy-service.ts';
import { UserAccessService } from '../../../appliance/directory/user-access-service.ts';
import { PgUnitOfWork, pgStores } from '../../../schema/pg-stores.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

const ACTOR = { kind: 'system', name: 'test' } as const;
const EVERYONE = { kind: 'everyone_rights_changed' };

let database: TestDatabase;
let published: CredentialEvent[] = [];
const credentialEvents: CredentialEvents = {
  publish: (event) => published.push(event),
  subscribe: () => () => undefined,
};

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database?.drop());

/** What whoever holds open connections is told by a change. */
async function toldBy(change: () => Promise<unknown>): Promise<CredentialEvent[]> {
  published = [];
  await change();
  return published;
}

it('tells whose open connections to check again, whatever is changed about group policies', async () => {
  const { sql } = database;
  const deps = { stores: pgStores(sql), unitOfWork: new PgUnitOfWork(sql), credentialEvents };
  const policies = new GroupPolicyService(deps);
  const members = new GroupPolicyMemberService(deps);
  const contents = new GroupPolicyContentService(deps);
  const people = new UserAccessService(deps);
  const [user] = await sql<{ id: number }[]>`insert into app_user (username) values ('pat') returning id`;
  const [group] = await sql<{ id: number }[]>`
    insert into jump_group (name, code_name) values ('g', 'g') returning id`;
  const [ldap] = await sql<{ id: number }[]>`
    insert into security_provider (type, name) values ('ldap', 'Directory') returning id`;
  const userId = user!.id;
  const one = { kind: 'user_rights_changed', userId };

  const { id } = await policies.create(ACTOR, { name: 'Desk' });
  const add = async (input: Parameters<typeof members.add>[2]) => (await members.add(ACTOR, id, input)).id;
  let memberId = 0;
  const adding = await toldBy(async () => {
    memberId = await add({ userId });
  });
  expect(adding).toEqual([one]);
  expect(await toldBy(() => members.remove(ACTOR, id, memberId))).toEqual([one]);
  expect(await toldBy(() => add({ securityProviderId: ldap!.id, distinguishedName: 'cn=desk' }))).toEqual([
    EVERYONE,
  ]);
  expect(await toldBy(() => people.changeGroupPolicies(ACTOR, userId, { added: [id], removed: [] }))).toEqual(
    [one],
  );
  const entry = { id: group!.id, action: 'add', role: null } as const;
  expect(await toldBy(() => contents.add(ACTOR, id, 'jump_group', entry))).toEqual([EVERYONE]);
  expect(await toldBy(() => contents.remove(ACTOR, id, 'jump_group', 'add', entry.id))).toEqual([EVERYONE]);
  expect(
    await toldBy(() =>
      policies.update(ACTOR, id, { values: { perm_vault: true }, statuses: { perm_vault: 'final' } }),
    ),
  ).toEqual([EVERYONE]);
  expect(await toldBy(() => new GroupPolicyOrderService(deps).move(ACTOR, id, 1))).toEqual([EVERYONE]);
  expect(await toldBy(() => people.provision(ACTOR, [userId, 999]))).toEqual([one]);
  expect(await toldBy(() => people.provision(ACTOR, []))).toEqual([EVERYONE]);
  expect(await toldBy(() => policies.delete(ACTOR, id))).toEqual([EVERYONE]);
  // What is refused is told to nobody.
  expect(await toldBy(() => policies.delete(ACTOR, id).catch(() => undefined))).toEqual([]);
});

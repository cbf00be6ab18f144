import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderIdentity } from '../../appliance/directory/identity-provider.ts';
import { PgUnitOfWork } from '../../schema/pg-stores.ts';
import { BROWSER, type SignInWorld, signInWorld } from '../support/sign-in-world.ts';

let world: SignInWorld;
let ldap: number;
let other: number;
let scim: number;

beforeAll(async () => {
  world = await signInWorld();
  ldap = await world.provider('ldap', 'Signs in');
  other = await world.provider('ldap', 'Unrelated');
});
afterAll(() => world.stop());
beforeEach(async () => {
  const { sql } = world.database;
  await sql`delete from app_user where security_provider_id <> 1`;
  await sql`delete from security_provider where type = 'scim'`;
  await sql`update security_provider set enabled = id in (1, ${ldap})`;
  const settings = { sign_in_provider: ldap, scim_user_query_id: 'userName' };
  const [row] = await sql<{ id: number }[]>`
    insert into security_provider (type, name, priority, settings, default_group_policy_id)
    values ('scim', 'Directory', 9, ${sql.json(settings)}, (select id from group_policy where name = 'Default'))
    returning id`;
  scim = row!.id;
});

async function provisioned(userName: string, externalId: string | null = null): Promise<number> {
  const content = { userName, externalId, active: true, attributes: {} };
  const profile = { username: userName, displayName: 'By SCIM', emailAddress: '', uniqueId: externalId };
  return await new PgUnitOfWork(world.database.sql).inTransaction(
    async ({ scimUsers }) => (await scimUsers.insert(scim, content, profile)).userId,
  );
}

async function signIn(identity: ProviderIdentity) {
  world.script.password = () => ({ outcome: 'accepted', identity });
  const outcome = await world.service.signIn({ username: identity.username, password: 'right' }, BROWSER);
  return outcome.kind === 'signed_in' ? outcome.actor.userId : undefined;
}

const refused = { code: 'unauthenticated' };
const ada: ProviderIdentity = {
  externalId: 'guid-ada',
  username: 'ada',
  displayName: 'By LDAP',
  groups: ['Elsewhere'],
};

describe('a person provisioned by SCIM', () => {
  it('signs in through the provider that is named, and stays as the directory describes them', async () => {
    const id = await provisioned('Ada');
    expect(await signIn(ada)).toBe(id);
    const { sql } = world.database;
    const [account] =
      await sql`select username, public_display_name, security_provider_id from app_user where id = ${id}`;
    expect(account).toEqual({ username: 'Ada', public_display_name: 'By SCIM', security_provider_id: scim });
    expect(await sql`select from user_directory_group where user_id = ${id}`).toHaveLength(0);
  });

  it('is from then on the person the provider meant, not another one who gets the same name there', async () => {
    const id = await provisioned('ada');
    expect(await signIn(ada)).toBe(id);
    await expect(signIn({ ...ada, externalId: 'guid-mallory' })).rejects.toMatchObject(refused);
    await world.database.sql`update scim_user set user_name = 'renamed' where user_id = ${id}`;
    await world.database.sql`update app_user set username = 'renamed' where id = ${id}`;
    expect(await signIn(ada)).toBe(id);
  });

  it('is nobody that an unrelated provider may vouch for', async () => {
    await provisioned('ada');
    await world.database.sql`update security_provider set enabled = id in (1, ${other}, ${scim})`;
    await expect(signIn(ada)).rejects.toMatchObject(refused);
  });

  it('cannot sign in when no provider is named, or the SCIM provider is disabled', async () => {
    const { sql } = world.database;
    await provisioned('ada');
    await sql`update security_provider set settings = settings || '{"sign_in_provider": 0}' where id = ${scim}`;
    await expect(signIn(ada)).rejects.toMatchObject(refused);
    await sql`
      update security_provider set enabled = false, settings = settings || ${sql.json({ sign_in_provider: ldap })}
       where id = ${scim}`;
    await expect(signIn(ada)).rejects.toMatchObject(refused);
  });

  it('is found by the external id where the setting says so, and then not by the name', async () => {
    const { sql } = world.database;
    await sql`update security_provider set settings = settings || '{"scim_user_query_id": "externalId"}' where id = ${scim}`;
    const id = await provisioned('ada', 'guid-ada');
    await expect(signIn({ ...ada, externalId: 'guid-x' })).rejects.toMatchObject(refused);
    expect(await signIn(ada)).toBe(id);
  });

  it('is refused once disabled', async () => {
    const id = await provisioned('ada');
    await world.database.sql`update app_user set enabled = false where id = ${id}`;
    await expect(signIn(ada)).rejects.toMatchObject(refused);
  });

  it('never takes over a local account', async () => {
    await world.database
      .sql`insert into app_user (username, public_display_name) values ('local.ada', 'Local')`;
    await expect(signIn({ ...ada, username: 'local.ada' })).rejects.toMatchObject(refused);
  });
});

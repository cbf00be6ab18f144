import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CredentialContext } from '../../../appliance/vault/credential-source.ts';
import { VaultCredentialSource } from '../../../appliance/vault/vault-credential-source.ts';
import { injectableTypes } from '../../../appliance/vault/vault-injection.ts';
import { pgStores } from '../../../schema/pg-stores.ts';
import { connect } from '../../../schema/sql.ts';
import { PgVaultInjectables } from '../../../schema/vault/pg-vault-injectables.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

const REP = 70;
const OTHER = 71;
const TYPES = injectableTypes('shell_jump');
const HOST = { jumpItemId: undefined, hostname: 'db-1.example.com' };

let database: TestDatabase;
let injectables: PgVaultInjectables;

/** An account in the group `meant for databases` (id 70) unless told otherwise, granted to the person. */
async function account(
  name: string,
  more: {
    type?: string;
    owner?: number;
    group?: number;
    granted?: boolean;
    filter?: string;
    host?: string[];
  } = {},
): Promise<number> {
  const { sql } = database;
  const { type = 'username_password', owner, group = 70, granted = true, filter, host = [] } = more;
  const [row] = await sql<{ id: number }[]>`
    insert into vault_account (type, name, username, owner_user_id, account_group_id)
    values (${type}, ${name}, ${`${name}-login`}, ${owner ?? null}, ${owner === undefined ? group : null}) returning id`;
  const { id } = row!;
  if (granted && owner === undefined)
    await sql`insert into vault_account_user (account_id, user_id) values (${id}, ${REP})`;
  if (filter !== undefined)
    await sql`insert into vault_association (account_id, filter_type, host) values (${id}, ${filter}, ${host})`;
  return id;
}

beforeAll(async () => {
  database = await testDatabase();
  const { sql } = database;
  injectables = new PgVaultInjectables(sql);
  await sql`insert into app_user (id, username) values (${REP}, 'rep'), (${OTHER}, 'other')`;
  await sql`insert into vault_account_group (id, name) values (70, 'Databases'), (71, 'Anything')`;
  await sql`
    insert into vault_association (account_group_id, filter_type, host)
    values (70, 'criteria', '{db-*}'), (71, 'any_jump_items', '{}')
    on conflict do nothing`;
});
afterAll(() => database.drop());

const names = async (target = HOST, search = '', limit = 100) =>
  (await injectables.find(REP, target, { types: TYPES, search, limit })).map(({ name }) => name);

describe('the accounts that somebody may have injected', () => {
  it('are those with a role and an association, the ones meant for the target first', async () => {
    const id = await account('b inherits criteria');
    await account('a anything', { group: 71 });
    await account('c own criteria', { group: 71, filter: 'criteria', host: ['*.example.com'] });
    await account('not granted', { granted: false });
    await account('own says never', { filter: 'no_jump_items' });
    await account('own says elsewhere', { filter: 'criteria', host: ['web-*'] });
    await account('d mine', { owner: REP });
    await account('not mine', { owner: OTHER });
    await account('a token', { type: 'opaque_token' });
    await account('e key', { type: 'ssh', group: 71 });
    expect(await names()).toEqual(['b inherits criteria', 'c own criteria', 'a anything', 'd mine', 'e key']);
    expect(await names({ ...HOST, hostname: 'web-1' })).toEqual([
      'own says elsewhere',
      'a anything',
      'd mine',
      'e key',
    ]);
    expect(await injectables.findOne(REP, HOST, id, TYPES)).toEqual({
      id,
      name: 'b inherits criteria',
      type: 'username_password',
      username: 'b inherits criteria-login',
      groupName: 'Databases',
      associated: true,
    });
    expect(await injectables.findOne(OTHER, HOST, id, TYPES)).toBeUndefined();
    expect(await injectables.findOne(REP, HOST, id, ['ssh'])).toBeUndefined();
    expect(await injectables.findOne(REP, { ...HOST, jumpItemId: 99_999 }, id, TYPES)).toBeUndefined();
  });

  it('are none for a host that the Jump Item does not name any longer', async () => {
    const [item] = await database.sql<{ id: number }[]>`
      insert into jump_item (kind, name, hostname, owner_user_id)
      values ('shell_jump', 'db', 'db-1.example.com', ${REP}) returning id`;
    const id = await account('f for databases');
    const saved = { ...HOST, jumpItemId: item!.id };
    expect(await injectables.findOne(REP, saved, id, TYPES)).toMatchObject({ id });
    expect(
      await injectables.findOne(REP, { ...saved, hostname: 'mine.example.org' }, id, TYPES),
    ).toBeUndefined();
    await database.sql`delete from vault_account where id = ${id}`;
  });

  it('are found by a part of the name or the login name, whatever is in it', async () => {
    await account('100%_sure\\');
    expect(await names(HOST, '%_SURE\\')).toEqual(['100%_sure\\']);
    expect(await names(HOST, 'mine-LOGIN')).toEqual(['d mine']);
    expect(await names(HOST, '%')).toEqual(['100%_sure\\']);
  });

  it('are listed up to two thousand, and searched among all', async () => {
    const { sql } = database;
    await sql`
      insert into vault_account (type, name, username, account_group_id)
      select 'ssh', 'many ' || lpad(n::text, 5, '0'), 'root', 71 from generate_series(1, 10000) n`;
    await sql`
      insert into vault_account_user (account_id, user_id)
      select id, ${REP} from vault_account where name like 'many %'`;
    await sql`analyze vault_account, vault_account_user`;
    const source = new VaultCredentialSource({ stores: pgStores(sql) } as ConstructorParameters<
      typeof VaultCredentialSource
    >[0]);
    const context: CredentialContext = {
      ...HOST,
      userId: REP,
      lsid: undefined,
      kind: 'shell_jump',
      name: 'db',
      port: 22,
      username: '',
      ecmEndpointId: undefined,
    };
    const all = await source.find(context, { search: '', limit: source.limit });
    expect(all).toMatchObject({ truncated: true, problems: [] });
    expect(all.items).toHaveLength(2_000);
    expect(all.items[0]).toMatchObject({ source: 'vault', associated: true });
    const started = performance.now();
    const some = await source.find(context, { search: 'many 09999', limit: source.limit });
    expect(some.items).toMatchObject([{ name: 'many 09999', group: 'Anything', associated: false }]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('are found at once by somebody with many single grants, also in a plan that cannot know how many', async () => {
    await database.sql`
      with made as (insert into vault_account (type, name, username, account_group_id)
        select 'ssh', 'single ' || n, 'root', 71 from generate_series(1, 10000) n returning id)
      insert into vault_account_user (account_id, user_id) select id, ${OTHER} from made`;
    const sql = connect(database.runtime, { max: 1 });
    await sql`set plan_cache_mode = force_generic_plan`;
    const started = performance.now();
    const search = { types: TYPES, search: '', limit: 2_001 };
    expect(await new PgVaultInjectables(sql).find(OTHER, HOST, search)).toHaveLength(2_001);
    expect(performance.now() - started).toBeLessThan(2_000);
    await sql.end();
  });

  it('are none for an id that is none', async () => {
    const source = new VaultCredentialSource({ stores: pgStores(database.sql) } as ConstructorParameters<
      typeof VaultCredentialSource
    >[0]);
    const context = {
      ...HOST,
      userId: REP,
      lsid: undefined,
      kind: 'shell_jump',
      name: '',
      port: 22,
      username: '',
      ecmEndpointId: undefined,
    };
    for (const id of ['', '0', '-1', '1.5', '99999999999', 'x', '2147483648'])
      expect(await source.findOne(context, id), id).toBeUndefined();
  });
});

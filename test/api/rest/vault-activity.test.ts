import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../appliance/clock.ts';
import { VaultActivityService } from '../../../appliance/vault/vault-activity-service.ts';
import { pgStores } from '../../../schema/pg-stores.ts';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { testApiAccount } from '../../support/test-api-account.ts';
import { type Caller, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { testPerson } from '../../support/test-person.ts';
import { expectValid, rootOf } from '../../support/xml-schema.ts';

const NS = 'https://www.beyondtrust.com/namespaces/API/reporting';
/** A moment in whole seconds, an hour ago. */
const START = Math.floor(Date.now() / 1000) - 3600;
const NOTHING = 'No report information matching your chosen criteria is available.';

let appliance: TestAppliance;
let reader: Caller;
let read: Call;
type Person = Awaited<ReturnType<typeof testPerson>>;
let own: Person;
let all: Person;
let none: Person;

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  reader = await testApiAccount(appliance, { perm_reporting_vault: true });
  read = configurationCalls(reader);
  own = await testPerson(appliance, 'own', { perm_view_vault_reports: 'view_user_events' });
  all = await testPerson(appliance, 'all', { perm_view_vault_reports: 'view_all_events' });
  none = await testPerson(appliance, 'none');
  await appliance.sql`delete from vault_activity`;
  const rows = [
    { at: 0, type: 'Account Created', account: 7, kind: 'api_account', id: 1, name: 'Tickets', data: '' },
    { at: 60, type: 'Credentials Checked Out', account: 7, kind: 'user', id: own.id, name: 'own', data: '' },
    {
      at: 120,
      type: 'Credentials Used',
      account: 8,
      kind: 'user',
      id: all.id,
      name: 'all',
      data: 'a'.repeat(32),
    },
    { at: 180, type: 'Password Rotated', account: 7, kind: 'system', id: null, name: 'Bridgehead', data: '' },
  ];
  for (const row of rows) {
    await appliance.sql`
      insert into vault_activity (occurred_at, event_type, account_id, account_name, performed_by_kind,
                                  performed_by_id, performed_by_name, data)
      values (to_timestamp(${START + row.at}), ${row.type}, ${row.account}, ${`root & ${row.account}`}, ${row.kind},
              ${row.id}, ${row.name}, ${row.data})`;
  }
});
afterAll(() => appliance?.stop());

async function report(query: Record<string, string>, as: Caller = reader): Promise<string> {
  const parameters = new URLSearchParams({ generate_report: 'VaultAccountActivity', ...query });
  const answer = await as(`/api/reporting?${parameters}`);
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  await expectValid(appliance, '/api/reporting.xsd', text);
  return text;
}
const types = (text: string) => [...text.matchAll(/event_type="([^"]*)"/g)].map(([, type]) => type);
const window = { start_time: String(START), duration: '0' };

describe('the report VaultAccountActivity', () => {
  it('is told in /me to be open, to those it is open to', async () => {
    const told = async ({ call }: Person) =>
      (await call('GET', '/me')).body.rights.includes('perm_view_vault_reports');
    expect(await Promise.all([own, all, none].map(told))).toEqual([true, true, false]);
  });

  it('tells everything in the published form', async () => {
    expect(await report(window)).toBe(`<?xml version="1.0" encoding="UTF-8"?>

<vault_account_activity_list xmlns="${NS}">
	<vault_account_activity timestamp="${START}" event_type="Account Created" account="root &amp; 7">
		<performed_by id="1" type="api_account">Tickets</performed_by>
	</vault_account_activity>
	<vault_account_activity timestamp="${START + 60}" event_type="Credentials Checked Out" account="root &amp; 7">
		<performed_by id="${own.id}" type="user">own</performed_by>
	</vault_account_activity>
	<vault_account_activity timestamp="${START + 120}" event_type="Credentials Used" account="root &amp; 8">
		<performed_by id="${all.id}" type="user">all</performed_by>
		<data>${'a'.repeat(32)}</data>
	</vault_account_activity>
	<vault_account_activity timestamp="${START + 180}" event_type="Password Rotated" account="root &amp; 7"/>
</vault_account_activity_list>
`);
  });

  it('is chosen by a window, whose start is in it and whose end is not, and by a person or an account', async () => {
    expect(types(await report({ start_time: String(START + 60), duration: '60' }))).toEqual([
      'Credentials Checked Out',
    ]);
    expect(types(await report({ end_time: String(START + 120), duration: '0' }))).toHaveLength(2);
    expect(types(await report({ start_date: '2020-01-01', duration: '0' }))).toHaveLength(4);
    expect(types(await report({ ...window, limit: 'all' }))).toHaveLength(4);
    expect(types(await report({ ...window, limit: 'account:7' }))).toHaveLength(3);
    expect(types(await report({ ...window, limit: `rep:${own.id}` }))).toEqual(['Credentials Checked Out']);
  });

  it('says what is wrong, and that there is nothing', async () => {
    expect(await report({})).toContain('<error');
    expect(rootOf(await report({ ...window, limit: 'team:1' }))).toBe('error');
    expect(await report({ ...window, limit: 'team:1' })).toContain('account:[id]');
    expect(await report({ start_time: '1', duration: '1' })).toContain(NOTHING);
    expect(await report({ ...window, limit: 'account:4711' })).toContain(NOTHING);
  });

  it('is for API accounts with the permission, administrators, and people as far as they may', async () => {
    const without = await testApiAccount(appliance, { perm_reporting_support: true });
    expect(await report(window, without)).toContain('perm_reporting_vault');
    expect(types(await report(window, appliance.admin))).toHaveLength(4);
    expect(types(await report(window, all.caller))).toHaveLength(4);
    expect(types(await report(window, own.caller))).toEqual(['Credentials Checked Out']);
    expect(await report({ ...window, limit: `rep:${all.id}` }, own.caller)).toContain(NOTHING);
    expect(await report(window, none.caller)).toContain('perm_view_vault_reports');
  });

  it('streams more than fits in one batch, each row once', async () => {
    await appliance.sql`
      insert into vault_activity (occurred_at, event_type, account_id, account_name, performed_by_kind, performed_by_name)
      select to_timestamp(${START - 100_000}) + make_interval(secs => n / 3), 'Account Edited', 99, 'n' || n, 'system', 'Bridgehead'
        from generate_series(1, 1234) n`;
    const text = await report({ start_time: String(START - 200_000), duration: '0', limit: 'account:99' });
    const names = [...text.matchAll(/account="(n\d+)"/g)].map(([, name]) => name);
    expect([names.length, new Set(names).size, names[0], names.at(-1)]).toEqual([1234, 1234, 'n1', 'n1234']);
  });
});

describe('the activity of the vault', () => {
  const list = '/vault/activity?occurred_from=2000-01-01T00:00:00Z';

  it('is listed, the latest first, page by page', async () => {
    const first = await read('GET', `${list}&account_id=7&limit=2`);
    expect(first.body.items.map((one: { event_type: string }) => one.event_type)).toEqual([
      'Password Rotated',
      'Credentials Checked Out',
    ]);
    expect(first.body.items[1]).toEqual({
      id: expect.any(Number),
      occurred_at: expect.stringMatching(/\+00:00$/),
      event_type: 'Credentials Checked Out',
      account_id: 7,
      account_name: 'root & 7',
      performed_by: { kind: 'user', id: own.id, name: 'own' },
      lsid: null,
      data: '',
    });
    const second = await read('GET', `${list}&account_id=7&limit=2&cursor=${first.body.next_cursor}`);
    expect([second.body.items.length, second.body.next_cursor]).toEqual([1, null]);
    const used = await read('GET', `${list}&event_type=Credentials%20Used`);
    expect(used.body.items).toHaveLength(1);
    expect((await read('GET', `${list}&user_id=${own.id}`)).body.items).toHaveLength(1);
    expect((await read('GET', '/vault/activity?cursor=x')).status).toBe(422);
  });

  it('is for those who may read its report', async () => {
    const others = configurationCalls(await testApiAccount(appliance, { perm_configuration: true }));
    expect((await others('GET', list)).status).toBe(403);
    const admin = configurationCalls(appliance.admin);
    expect((await admin('GET', `${list}&account_id=8`)).body.items).toHaveLength(1);
    expect((await all.call('GET', `${list}&account_id=8`)).body.items).toHaveLength(1);
    expect((await own.call('GET', list)).body.items).toHaveLength(1);
    expect((await own.call('GET', `${list}&user_id=${all.id}`)).body.items).toEqual([]);
    expect((await none.call('GET', list)).body.items).toEqual([]);
  });

  it('is kept for 90 days', async () => {
    await appliance.sql`
      insert into vault_activity (occurred_at, event_type, account_id, account_name, performed_by_kind, performed_by_name)
      select now() - make_interval(days => d), 'Account Edited', 77, 'd' || d, 'system', 'Bridgehead'
        from unnest(array[89, 91, 400]) d`;
    const activity = new VaultActivityService({ stores: pgStores(appliance.sql), clock: systemClock });
    expect(await activity.deleteOld()).toBe(2);
    const left = await appliance.sql`select account_name from vault_activity where account_id = 77`;
    expect(left.map((row) => row['account_name'])).toEqual(['d89']);
  });
});

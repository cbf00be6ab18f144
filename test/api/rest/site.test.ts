import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SITE_SETTINGS } from '../../../appliance/settings/site-settings.ts';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { caller, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

let appliance: TestAppliance;
let api: Call;
let admin: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  api = configurationCalls(appliance.api);
  admin = configurationCalls(appliance.admin);
});
afterAll(() => appliance?.stop());

describe('site settings', () => {
  it('start with their defaults, change together with an audit row, and go back with null', async () => {
    expect((await admin('GET', '/site-setting')).body).toEqual({
      ...DEFAULT_SITE_SETTINGS,
      ticket_system_secret_set: false,
    });
    await liftRateLimits(appliance);
    const { body } = await admin('PATCH', '/site-setting', {
      company_name: 'Example',
      time_zone: 'Asia/Kathmandu',
    });
    expect(body).toMatchObject({
      company_name: 'Example',
      time_zone: 'Asia/Kathmandu',
      recording_required: true,
    });
    const { body: audit } = await admin('GET', '/audit-event?type=site_setting.updated&limit=1');
    expect(audit.items).toMatchObject([
      {
        actor: { kind: 'user', name: 'admin' },
        before: { company_name: DEFAULT_SITE_SETTINGS.company_name, time_zone: 'UTC' },
        after: { company_name: 'Example', time_zone: 'Asia/Kathmandu' },
      },
    ]);
    const back = await admin('PATCH', '/site-setting', { company_name: null, time_zone: null });
    expect(back.body.company_name).toBe(DEFAULT_SITE_SETTINGS.company_name);
    expect(await appliance.sql`select 1 from site_setting where name = 'company_name'`).toHaveLength(0);
  });

  it('refuse what cannot work, and change nothing then', async () => {
    for (const change of [
      { time_zone: 'Mars/Olympus' },
      { xml_namespace_command: 'no uri "' },
      { password_minimum_length: 3 },
      { rate_limit_per_hour: 1, rate_limit_per_second: 10, company_name: 'Half done' },
      { outbound_private_ranges: ['10.0.0.0/8', '10.0.0.0/40'] },
      { outbound_private_ranges: ['intranet.example.com'] },
      { ticket_system_url: 'http://tickets.example.com/' },
      { ticket_system_url: 'https://user:word@tickets.example.com/' },
      { ticket_system_timeout_seconds: 61 },
      { ticket_system_ca_certificates: 'no certificate' },
      { ticket_system_secret: 'two\r\nlines' },
    ]) {
      expect((await admin('PATCH', '/site-setting', change)).status, JSON.stringify(change)).toBe(422);
    }
    expect((await admin('PATCH', '/site-setting', { unknown: 1 })).status).toBe(401);
    expect((await admin('GET', '/site-setting')).body.company_name).toBe(DEFAULT_SITE_SETTINGS.company_name);
  });

  it('keep secrets sealed: set, changed and cleared, but never told', async () => {
    const secret = 'planted-ticket-secret';
    const { body: set } = await admin('PATCH', '/site-setting', { ticket_system_secret: secret });
    expect(set).toMatchObject({ ticket_system_secret_set: true });
    await admin('PATCH', '/site-setting', {
      ticket_system_secret: `${secret}-2`,
      ticket_system_secret_set: true,
    });
    const { body: audit } = await admin('GET', '/audit-event?type=site_setting.updated&limit=2');
    expect(audit.items.map(({ after }: { after: object }) => after)).toEqual([
      { ticket_system_secret: 'changed' },
      { ticket_system_secret: 'set' },
    ]);
    expect(JSON.stringify([set, audit])).not.toContain(secret);
    const [row] = await appliance.sql<{ text: string }[]>`
      select string_agg(s::text || encode(s.sealed, 'escape'), '') as text from sealed_secret s`;
    expect(row?.text).not.toContain(secret);
    // It is meant for one server: nobody reads it by naming another one.
    const there = { ticket_system_url: 'https://tickets.example.com/check' };
    const refused = await admin('PATCH', '/site-setting', there);
    expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, ['ticket_system_secret']]);
    const given = { ...there, ticket_system_secret: `${secret}-3` };
    expect((await admin('PATCH', '/site-setting', given)).status).toBe(200);
    const same = { ticket_system_url: 'https://tickets.example.com/other' };
    expect((await admin('PATCH', '/site-setting', same)).status).toBe(200);
    const { body: cleared } = await admin('PATCH', '/site-setting', {
      ticket_system_secret: null,
      ticket_system_url: '',
    });
    expect(cleared).toMatchObject({ ticket_system_secret_set: false });
    expect(await appliance.sql`select 1 from sealed_secret`).toHaveLength(0);
  });

  it('take effect at once on the process that changed them', async () => {
    await admin('PATCH', '/site-setting', { password_minimum_length: 20 });
    const names = { username: 'short', public_display_name: 'S', private_display_name: 'S' };
    const { status } = await admin('POST', '/user', { ...names, password: 'fifteen letters' });
    expect(status).toBe(422);
    await admin('PATCH', '/site-setting', { password_minimum_length: null });
  });
});

describe('what every site has', () => {
  it('is there at first start', async () => {
    expect((await api('GET', '/jump-item-role?name=no%20access')).body).toMatchObject([
      { id: 1, perm_start: false },
    ]);
    expect((await api('GET', '/jump-item-role?name=administrator')).body).toMatchObject([
      { id: 4, perm_add: true },
    ]);
    expect((await api('GET', '/jump-item-role/4711')).status).toBe(404);
    expect((await api('GET', '/public-portal')).body[0]).toMatchObject({ id: 1, addresses: [] });
    expect((await api('GET', '/security-provider')).body).toMatchObject([{ id: 1, type: 'local' }]);
    expect((await api('GET', '/security-provider/1')).body).toMatchObject({ id: 1, priority: 0 });
  });
});

describe('custom session attributes', () => {
  it('are created, found, changed and deleted', async () => {
    const { status, body } = await api('POST', '/custom-session-attribute', {
      display_name: 'Ticket priority',
    });
    expect(status).toBe(201);
    expect(body.code_name).toBe('ticket_priority');
    expect((await api('GET', '/custom-session-attribute?code_name=TICKET_priority')).body).toEqual([body]);
    const path = `/custom-session-attribute/${body.id}`;
    expect((await api('PATCH', path, { display_name: 'Priority' })).body).toEqual({
      ...body,
      display_name: 'Priority',
    });
    const taken = await api('POST', '/custom-session-attribute', {
      display_name: 'X',
      code_name: 'ticket_priority',
    });
    expect(taken.body.errors).toHaveProperty('code_name');
    expect((await api('DELETE', path)).status).toBe(204);
    expect((await api('GET', path)).status).toBe(404);
  });
});

describe('the audit', () => {
  it('is paged by key, newest first, without repeating or losing rows', async () => {
    for (let number = 0; number < 7; number++)
      await api('POST', '/jump-group', { name: `Audited ${number}` });
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const path = '/audit-event?type=jump_group.created&limit=3';
      const { status, body } = await admin('GET', cursor === null ? path : `${path}&cursor=${cursor}`);
      expect(status).toBe(200);
      seen.push(...body.items.map(({ id }: { id: number }) => id));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(7);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a));
  });

  it('tells who was refused a change, but not who was refused a look', async () => {
    const rights = { name: 'Curious', perm_configuration: true };
    const { body: account } = await admin('POST', '/api-account', rights);
    const token = await appliance.anonymous('/oauth2/token', {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${account.client_id}:${account.client_secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: bearer } = (await token.json()) as { access_token: string };
    const curious = configurationCalls(
      caller(appliance.url, async () => ({ authorization: `Bearer ${bearer}` })),
    );
    expect((await curious('PATCH', '/site-setting', { recording_required: false })).status).toBe(403);
    expect((await curious('GET', '/me')).status).toBe(403);
    const { body } = await admin('GET', '/audit-event?type=access.refused&actor=curious');
    expect(body.items).toMatchObject([
      {
        actor: { kind: 'api_account' },
        object: { id: 'api.config.site-setting.update', name: 'PATCH /api/config/v1/site-setting' },
      },
    ]);
  });

  it('filters by actor and time and refuses cursors of other lists', async () => {
    const future = await admin('GET', '/audit-event?occurred_from=2100-01-01T00:00:00Z');
    expect(future.body).toEqual({ items: [], next_cursor: null });
    const byActor = await admin('GET', '/audit-event?actor=ADMIN&limit=5');
    expect(byActor.body.items.length).toBeGreaterThan(0);
    expect((await admin('GET', '/audit-event?cursor=nonsense')).status).toBe(422);
    expect((await admin('GET', '/audit-event?occurred_from=yesterday')).status).toBe(422);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededLsid, seedSessions } from '../support/seeded-sessions.ts';
import { type Caller, caller, type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { expectValid, rootOf } from '../support/xml-schema.ts';

const NS = 'https://www.beyondtrust.com/namespaces/API/command';

let appliance: TestAppliance;
let running: string;
let ended: string;

beforeAll(async () => {
  appliance = await testAppliance();
  await appliance.admin('/api/config/v1/site-setting', {
    method: 'PATCH',
    json: { rate_limit_per_second: 10_000 },
  });
  await seedSessions(appliance.sql, { count: 2, from: new Date(Date.now() - 60_000) });
  running = await seededLsid(appliance.sql, 1);
  ended = await seededLsid(appliance.sql, 2);
  await appliance.sql`
    update support_session set state = 'ended', ended_at = clock_timestamp(), end_reason = 'terminated' where lsid = ${ended}`;
});
afterAll(() => appliance.stop());

const error = (text: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n\n<error xmlns="${NS}">${text}</error>\n`;
const success = (text: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n\n<success xmlns="${NS}">${text}</success>\n`;

/** Posts the parameters as a form and answers the document, which has to keep to the schema. */
async function command(parameters: Record<string, string>, as: Caller = appliance.api): Promise<string> {
  const answer = await as('/api/command', { method: 'POST', body: new URLSearchParams(parameters) });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/xml; charset=UTF-8');
  await expectValid(appliance, '/api/command.xsd', text);
  return text;
}

/** An API account with this level, by its token. */
async function accountWith(level: string): Promise<Caller> {
  const made = await appliance.admin('/api/config/v1/api-account', {
    method: 'POST',
    json: { name: `level ${level}`, perm_command: level },
  });
  const account = (await made.json()) as { client_id: string; client_secret: string };
  expect(made.status, JSON.stringify(account)).toBe(201);
  const answer = await appliance.anonymous('/oauth2/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: account.client_id,
      client_secret: account.client_secret,
    }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return caller(appliance.url, async () => ({ authorization: `Bearer ${token}` }));
}

describe('about the appliance', () => {
  it('check_health', async () => {
    const text = await command({ action: 'check_health' });
    expect(text).toMatch(
      new RegExp(
        `^<\\?xml version="1.0" encoding="UTF-8"\\?>\n\n<health_check xmlns="${NS}">\n` +
          '\t<appliance id="[0-9a-f]{32}">127.0.0.1</appliance>\n' +
          '\t<version>\\d+\\.\\d+\\.\\d+ \\([^)]+\\)</version>\n' +
          '\t<success>1</success>\n\t<failover_role>none</failover_role>\n</health_check>\n$',
      ),
    );
  });

  it('get_api_info lists the permissions in the published order', async () => {
    const text = await command({ action: 'get_api_info' });
    expect(text).toMatch(
      /<api_version>1\.24\.1<\/api_version>\n\t<company_name>Bridgehead<\/company_name>\n\t<timestamp>\d{10}<\/timestamp>/,
    );
    const names = [...text.matchAll(/<permission name="(\w+)">(\w+)</g)].map(([, name, value]) => [
      name,
      value,
    ]);
    expect(names.slice(0, 9).map(([name]) => name)).toEqual([
      'perm_command',
      'perm_reporting_support',
      'perm_reporting_presentation',
      'perm_reporting_license',
      'perm_reporting_archive',
      'perm_real_time_state',
      'perm_ecm',
      'perm_backup',
      'perm_scim',
    ]);
    expect(names[0]).toEqual(['perm_command', 'full_access']);
    expect(names[1]).toEqual(['perm_reporting_support', '1']);
  });

  it('get_appliances', async () => {
    const text = await command({ action: 'get_appliances' });
    expect(text).toContain('\t\t<cluster_role>single</cluster_role>\n');
    expect(text).toContain('\t\t<accepting_connections>1</accepting_connections>\n');
    expect(text).toContain('\t\t<timezone_offset>0</timezone_offset>\n');
  });
});

describe('sessions', () => {
  it('sets and reads external key and attributes; what is not named stays, what is empty goes', async () => {
    const set = { action: 'set_session_attributes', lsid: running };
    expect(
      await command({
        ...set,
        'session.custom.external_key': 'INC <9> & "co"',
        'session.custom.department': 'it',
      }),
    ).toBe(success('Session attributes were set'));
    const get = { action: 'get_session_attributes', lsid: running };
    expect(await command(get)).toContain(
      '\t<custom_attribute display_name="External Key" code_name="external_key">INC &lt;9&gt; &amp; "co"</custom_attribute>\n' +
        '\t<custom_attribute display_name="Department" code_name="department">it</custom_attribute>\n',
    );
    await command({ ...set, 'session.custom.department': '' });
    const after = await command(get);
    expect(after).toContain('external_key');
    expect(after).not.toContain('department');
  });

  it('refuses attributes that do not exist or are too long, changing nothing', async () => {
    const set = { action: 'set_session_attributes', lsid: running, 'session.custom.external_key': 'changed' };
    expect(rootOf(await command({ ...set, 'session.custom.color': 'red' }))).toBe('error');
    expect(await command({ ...set, 'session.custom.department': 'x'.repeat(1025) })).toContain(
      'at most 1024',
    );
    expect(rootOf(await command({ action: 'set_session_attributes', lsid: running }))).toBe('error');
    expect(await command({ action: 'get_session_attributes', lsid: running })).not.toContain('changed');
  });

  it('knows only active sessions', async () => {
    const unknown = 'f'.repeat(32);
    for (const action of ['get_session_attributes', 'terminate_session']) {
      expect(await command({ action, lsid: ended })).toBe(error('The session has ended already.'));
      expect(await command({ action, lsid: unknown })).toBe(error('There is no such session.'));
      expect(await command({ action, lsid: 'x' })).toContain('lsid must have 32');
      expect(await command({ action })).toBe(error('The parameter lsid is missing.'));
    }
  });

  it('terminates, with an upper-case lsid too, and once', async () => {
    const terminate = { action: 'terminate_session', lsid: running.toUpperCase() };
    expect(await command(terminate)).toBe(success('Successfully terminated'));
    expect(rootOf(await command(terminate))).toBe('error');
    const [row] = await appliance.sql`select state, end_reason from support_session where lsid = ${running}`;
    expect(row).toEqual({ state: 'ended', end_reason: 'terminated' });
  });
});

describe('import_jump_shortcut', () => {
  it('imports one Jump Item and says what is wrong with a bad one', async () => {
    await appliance.admin('/api/config/v1/jump-group', {
      method: 'POST',
      json: { name: 'Kiosks', code_name: 'kiosks' },
    });
    const item = {
      action: 'import_jump_shortcut',
      name: 'PC 1',
      group: 'kiosks',
      local_jump_hostname: 'pc-1',
    };
    expect(rootOf(await command(item))).toBe('success');
    expect(rootOf(await command({ ...item, action: 'import_jump_shortcuts', tag: 'lobby' }))).toBe('success');
    expect(await appliance.sql`select kind, name, hostname, tag from jump_item`).toEqual([
      { kind: 'local_jump', name: 'PC 1', hostname: 'pc-1', tag: 'lobby' },
    ]);
    const bad = await command({ ...item, group: 'nowhere' });
    expect(rootOf(bad)).toBe('error');
    expect(bad).toContain('nowhere');
  });
});

describe('calls that are no commands', () => {
  it.each([
    [{}, 'The parameter action is missing.'],
    [{ action: 'fly' }, 'There is no action "fly".'],
    [
      { action: 'generate_session_key' },
      'The action generate_session_key is not offered by this appliance yet.',
    ],
    [{ action: 'check_health', note: 'a\0b' }, 'The parameter "note" holds a NUL character.'],
  ])('answers an error to %j', async (parameters: Record<string, string>, reason) => {
    expect(await command(parameters)).toBe(error(reason));
  });
});

describe('ways to call', () => {
  const health = async (path: string, init: RequestInit = {}) => {
    const answer = await appliance.api(path, init);
    return rootOf(await answer.text());
  };

  it('takes GET, POST with a query only, forms without a type, and multipart', async () => {
    expect(await health('/api/command?action=check_health')).toBe('health_check');
    expect(await health('/api/command?action=check_health', { method: 'POST' })).toBe('health_check');
    expect(await health('/api/command', { method: 'POST', body: Buffer.from('action=check_health') })).toBe(
      'health_check',
    );
    const form = new FormData();
    form.set('action', 'check_health');
    expect(await health('/api/command.ns', { method: 'POST', body: form })).toBe('health_check');
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    expect(await health('/api/command?action=check_health', { headers })).toBe('health_check');
    const json = await appliance.api('/api/command', { method: 'POST', json: { action: 'check_health' } });
    expect(rootOf(await json.text())).toBe('error');
  });

  it('closes the connection and forbids keeping the answer', async () => {
    const answer = await appliance.api('/api/command?action=check_health');
    expect(answer.headers.get('connection')).toBe('close');
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect(answer.headers.get('x-ratelimit-limit')).toBe('15000');
  });

  it('does not know callers without a token, and lets no cookie command anything', async () => {
    const anonymous = await appliance.anonymous('/api/command?action=check_health');
    expect(anonymous.status).toBe(401);
    expect(await anonymous.json()).toEqual({
      error: 'access_denied',
      message: 'The resource owner or authorization server denied the request.',
    });
    const wrong = await appliance.anonymous('/api/command?action=check_health', {
      headers: { authorization: `Bearer ${'x'.repeat(40)}` },
    });
    expect(wrong.status).toBe(401);
    const cookie = await appliance.admin(`/api/command?action=terminate_session&lsid=${running}`);
    expect(cookie.status).toBe(403);
    expect(rootOf(await cookie.text())).toBe('error');
  });

  it('lets accounts do what their level allows', async () => {
    const reader = await accountWith('read_only');
    expect(rootOf(await command({ action: 'check_health' }, reader))).toBe('health_check');
    expect(await command({ action: 'terminate_session', lsid: running }, reader)).toContain('full access');
    const denied = await accountWith('deny');
    expect(await command({ action: 'get_api_info' }, denied)).toBe(
      error('This account may not use the command API.'),
    );
    expect(await command({ action: 'fly' }, denied)).toBe(error('This account may not use the command API.'));
  });
});

describe('site settings', () => {
  const change = async (json: Record<string, unknown>) => {
    const answer = await appliance.admin('/api/config/v1/site-setting', { method: 'PATCH', json });
    expect(answer.status, await answer.clone().text()).toBe(200);
  };

  it('choose the namespace of answers and schema', async () => {
    const older = 'http://www.bomgar.com/namespaces/API/command';
    await change({ xml_namespace_command: older });
    expect(await command({ action: 'check_health' })).toContain(`<health_check xmlns="${older}">`);
    await change({ xml_namespace_command: null });
  });

  it('switch the XML API off', async () => {
    await change({ xml_api_enabled: false });
    expect(await command({ action: 'check_health' })).toBe(error('The XML API is not enabled on this site.'));
    await change({ xml_api_enabled: true });
  });

  it('allow user name and password on the older path only, and only when switched on', async () => {
    const parameters = { action: 'get_api_info', username: 'admin', password: appliance.adminPassword };
    const call = async (path: string, form: Record<string, string>) => {
      const answer = await appliance.anonymous(path, { method: 'POST', body: new URLSearchParams(form) });
      return { status: answer.status, text: await answer.text() };
    };
    expect(await call('/api/command.ns', parameters)).toEqual({ status: 200, text: error('Login failed') });
    await change({ legacy_password_authentication: true });
    expect(rootOf((await call('/api/command.ns', parameters)).text)).toBe('api_information');
    expect((await call('/api/command', parameters)).status).toBe(401);
    expect((await call('/api/command.ns', { action: 'get_api_info' })).status).toBe(401);
    const wrong = { ...parameters, password: 'wrong' };
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect((await call('/api/command.ns', wrong)).text).toBe(error('Login failed'));
    }
    expect((await call('/api/command.ns', parameters)).text, 'locked out').toBe(error('Login failed'));
    await appliance.sql`delete from sign_in_failure`;
    await change({ rate_limit_per_second: 1, rate_limit_per_hour: 1 });
    const first = await call('/api/command.ns', parameters);
    const second = await call('/api/command.ns', parameters);
    expect([first.status, second.status]).toContain(429);
    await change({
      rate_limit_per_second: null,
      rate_limit_per_hour: null,
      legacy_password_authentication: null,
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, caller, signIn, type TestAppliance, testAppliance } from '../support/test-appliance.ts';

const API = '/api/config/v1';
const PASSWORD = 'a long enough password';

let appliance: TestAppliance;
let pat: Caller;
let patId: number;
let plant: number;
let office: number;
let kiosks: number;

beforeAll(async () => {
  appliance = await testAppliance();
  plant = await create('/jumpoint', {
    name: 'Plant network',
    platform: 'linux-x86',
    code_name: 'plant',
    shell_jump_enabled: true,
  });
  office = await create('/jumpoint', {
    name: 'Office',
    platform: 'linux-x86',
    code_name: 'office',
    shell_jump_enabled: true,
  });
  kiosks = await create('/jump-group', { name: 'Kiosks', code_name: 'kiosks' });
  const secret = await create('/jump-group', { name: 'Secret', code_name: 'secret' });
  patId = await create('/user', {
    username: 'pat',
    public_display_name: 'Pat',
    private_display_name: 'Pat Smith',
    email_address: 'pat@example.com',
    password: PASSWORD,
  });
  await appliance.sql`update app_user set must_change_password = false`;
  await appliance.sql`
    update app_user set settings = settings || '{"perm_support_allowed": "full_support", "perm_shell_jump": true}'
     where id = ${patId}`;
  // Role 2 starts sessions.
  await create(`/jump-group/${kiosks}/user`, { user_id: patId, jump_item_role_id: 2 });
  for (const [name, hostname, tag, group] of [
    ['Kiosk 1', 'kiosk-1.example.com', 'lobby', kiosks],
    ['Kiosk 2', 'kiosk-2.example.com', 'cellar', kiosks],
    ['Vault', 'kiosk-9.example.com', 'lobby', secret],
  ] as const) {
    await create('/jump-item/shell-jump', {
      name,
      hostname,
      tag,
      jump_group_id: group,
      jump_group_type: 'shared',
      jumpoint_id: plant,
      protocol: 'ssh',
    });
  }
  const headers = await signIn(appliance.url, 'pat', PASSWORD);
  pat = caller(appliance.url, async () => headers);
});
afterAll(() => appliance.stop());

async function create(path: string, json: unknown): Promise<number> {
  const answer = await appliance.admin(API + path, { method: 'POST', json });
  const body = (await answer.json()) as { id: number };
  expect(answer.status, JSON.stringify(body)).toBe(201);
  return body.id;
}

const launch = async (parameters: Record<string, string>, as: Caller = pat) => {
  const answer = await as(`${API}/launch`, { method: 'POST', json: { parameters } });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const search = (more: Record<string, string>) => launch({ action: 'start_jump_item_session', ...more });

describe('resolving a command', () => {
  it('finds the one Jump Item that matches every criterion, with external key and attributes', async () => {
    const { status, body } = await search({
      'jump.method': 'shelljump',
      'client.hostname': 'KIOSK',
      'client.tag': 'lob',
      'session.custom.external_key': 'INC1',
      ticket_id: 'CHG7',
      'session.custom.department': 'sales',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      action: 'start_jump_item_session',
      hits: 'one',
      total: 1,
      items: [{ name: 'Kiosk 1', type: 'shell_jump' }],
      ad_hoc: null,
      external_key: 'INC1',
      ticket_id: 'CHG7',
      custom_attributes: { department: 'sales' },
      start_at_once: false,
    });
  });

  it('leaves out what the representative may not see', async () => {
    expect((await search({ 'client.hostname': 'kiosk' })).body).toMatchObject({ hits: 'several', total: 2 });
    expect((await search({ search_string: 'vault' })).body).toMatchObject({ hits: 'none', items: [] });
    const asAdmin = await launch(
      { action: 'start_jump_item_session', search_string: 'kiosk-9' },
      appliance.admin,
    );
    expect(asAdmin.body).toMatchObject({ hits: 'one', items: [{ name: 'Vault' }] });
  });

  it('takes the older name for the same search', async () => {
    const { body } = await launch({ action: 'start_pinned_client_session', search_string: 'kiosk-2' });
    expect(body).toMatchObject({ hits: 'one', items: [{ name: 'Kiosk 2' }] });
  });

  it('says a clear word when nothing can match', async () => {
    for (const more of [
      { 'jump.method': 'rdp', search_string: 'kiosk' },
      { 'client.private_ip': '10.' },
      { 'client.hostname': '%' },
      { search_string: 'no such machine' },
    ]) {
      expect((await search(more)).body, JSON.stringify(more)).toMatchObject({
        hits: 'none',
        message: expect.stringContaining('No Jump Item'),
      });
    }
  });

  it('says which actions are not offered yet', async () => {
    const { body } = await launch({ action: 'start_rdp_session', target: 'PC-1' });
    expect(body).toMatchObject({ hits: 'none', message: expect.stringContaining('not offered') });
  });

  it('refuses a bad command and an API account', async () => {
    const bad = await launch({ action: 'start_shell_jump_session', port: '0' });
    expect(bad.status).toBe(422);
    expect(bad.body).toMatchObject({ errors: { target: [expect.any(String)], port: [expect.any(String)] } });
    expect((await launch({ action: 'login' }, appliance.api)).status).toBe(403);
    expect((await launch({ action: 'login' }, appliance.anonymous)).status).toBe(401);
  });
});

describe('an ad-hoc Shell Jump', () => {
  const shell = (more: Record<string, string> = {}) =>
    launch({
      action: 'start_shell_jump_session',
      target: '10.20.0.9',
      protocol: 'telnet',
      terminal: 'vt100',
      ...more,
    });

  it('needs a Jumpoint that the representative may use', async () => {
    expect((await shell()).body).toMatchObject({
      hits: 'none',
      message: expect.stringContaining('no Jumpoint'),
    });
    expect((await shell({ jumpoint: 'Office' })).body).toMatchObject({
      hits: 'none',
      message: expect.stringContaining('"Office"'),
    });
  });

  it('uses the only permitted Jumpoint, and lets choose among several', async () => {
    await create(`/jumpoint/${plant}/user`, { user_id: patId });
    expect((await shell()).body).toMatchObject({
      hits: 'one',
      items: [],
      ad_hoc: {
        type: 'shell_jump',
        jumpoint_id: plant,
        hostname: '10.20.0.9',
        port: 23,
        protocol: 'telnet',
        terminal: 'VT100',
      },
      jumpoints: [],
      start_at_once: false,
    });
    await create(`/jumpoint/${office}/user`, { user_id: patId });
    const { body } = await shell();
    expect(body).toMatchObject({ hits: 'one', jumpoints: [{ name: 'Office' }, { name: 'Plant network' }] });
    expect(body.ad_hoc).not.toHaveProperty('jumpoint_id');
    expect((await shell({ jumpoint: 'OFFICE' })).body).toMatchObject({ ad_hoc: { jumpoint_id: office } });
  });
});

describe('a command that the rules would refuse', () => {
  it('says so, and does not start by itself', async () => {
    const rights = (perm_shell_jump: boolean) =>
      appliance.sql`update app_user set settings = settings || ${appliance.sql.json({ perm_shell_jump })} where id = ${patId}`;
    await rights(false);
    const refused = { start_at_once: false, message: 'You are not allowed to use Shell Jump.' };
    const token = await appliance.api(`${API}/launch-token`, {
      method: 'POST',
      json: { user_id: patId, parameters: { action: 'start_jump_item_session', search_string: 'kiosk-1' } },
    });
    const { launch_token } = (await token.json()) as { launch_token: string };
    const redeemed = await pat(`${API}/launch`, { method: 'POST', json: { launch_token } });
    expect(await redeemed.json()).toMatchObject({ hits: 'one', ...refused });
    const adHoc = { action: 'start_shell_jump_session', target: 'x', jumpoint: 'Office' };
    expect((await launch(adHoc)).body).toMatchObject({ hits: 'one', ...refused });
    await rights(true);
    expect((await launch(adHoc)).body).toMatchObject({ hits: 'one', message: '' });
  });
});

describe('launch tokens', () => {
  const mint = async (parameters: Record<string, string>, userId = patId, as: Caller = appliance.api) => {
    const answer = await as(`${API}/launch-token`, { method: 'POST', json: { user_id: userId, parameters } });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };
  const redeem = (token: string, as: Caller = pat) =>
    as(`${API}/launch`, { method: 'POST', json: { launch_token: token } });
  const command = { action: 'start_jump_item_session', search_string: 'kiosk-1' };

  it('starts at once, works once, for its representative only', async () => {
    const { status, body } = await mint(command);
    expect(status).toBe(201);
    expect(body.url).toBe(`${appliance.config.publicUrl}/console?launch_token=${body.launch_token}`);
    expect(Date.parse(body.expires_at!) - Date.now()).toBeGreaterThan(290_000);
    expect((await redeem(body.launch_token!, appliance.admin)).status).toBe(404);
    const first = await redeem(body.launch_token!);
    expect(await first.json()).toMatchObject({
      hits: 'one',
      start_at_once: true,
      items: [{ name: 'Kiosk 1' }],
    });
    expect((await redeem(body.launch_token!)).status).toBe(404);
  });

  it('does not work after its five minutes, and is kept as a hash only', async () => {
    const { body } = await mint(command);
    const stored = await appliance.sql`select * from launch_token where used_at is null`;
    expect(JSON.stringify(stored)).not.toContain(body.launch_token);
    await appliance.sql`update launch_token set expires_at = clock_timestamp() - interval '1 second'`;
    expect((await redeem(body.launch_token!)).status).toBe(404);
  });

  it('never starts an ad-hoc target or one of several items without a confirmation', async () => {
    const adHoc = await mint({ action: 'start_shell_jump_session', target: 'x', jumpoint: 'Office' });
    expect(await (await redeem(adHoc.body.launch_token!)).json()).toMatchObject({
      hits: 'one',
      start_at_once: false,
    });
    const several = await mint({ ...command, search_string: 'kiosk' });
    expect(await (await redeem(several.body.launch_token!)).json()).toMatchObject({
      hits: 'several',
      start_at_once: false,
    });
  });

  it('is minted by those who may configure, for people who exist, with commands that make sense', async () => {
    expect((await mint(command, patId, pat)).status).toBe(403);
    expect((await mint(command, 4711)).status).toBe(422);
    expect((await mint({ action: 'start_jump_item_session' })).status).toBe(422);
  });
});

describe('the setting to start at once', () => {
  it('lets links to one saved item start at once, never ad-hoc targets', async () => {
    const change = (on: boolean) =>
      appliance.admin(`${API}/site-setting`, { method: 'PATCH', json: { client_script_start_at_once: on } });
    await change(true);
    expect((await search({ search_string: 'kiosk-1' })).body).toMatchObject({ start_at_once: true });
    expect((await search({ search_string: 'kiosk' })).body).toMatchObject({ start_at_once: false });
    const adHoc = await launch({ action: 'start_shell_jump_session', target: 'x', jumpoint: 'Office' });
    expect(adHoc.body).toMatchObject({ hits: 'one', start_at_once: false });
    await change(false);
  });
});

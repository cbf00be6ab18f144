import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls } from '../../support/configuration-calls.ts';
import { type JumpSite, jumpSite } from '../jump-items/jump-site.ts';

let site: JumpSite;
let api: Call;

beforeAll(async () => {
  site = await jumpSite();
  api = configurationCalls(site.api);
});
afterAll(() => site?.stop());

/** What the program of a Jump Client will do: only it makes one. */
async function aJumpClient(name: string, group: number, more: Record<string, unknown> = {}): Promise<number> {
  const { sql } = site;
  const [item] = await sql<{ id: number }[]>`
    insert into jump_item ${sql({
      kind: 'jump_client',
      name,
      hostname: name.toLowerCase(),
      jump_group_id: group,
      fqdn: `${name.toLowerCase()}.example.com`,
      console_user: 'kim',
      private_ip: '10.0.0.7',
      public_ip: '198.51.100.7',
      ...more,
    })} returning id`;
  await sql`insert into jump_client (jump_item_id, connection_type, install_mode, operating_system, last_connected_at)
            values (${item!.id}, 'passive', 'service', 'Debian 13', '2026-01-02T03:04:05.678Z')`;
  return item!.id;
}

describe('Jump Clients', () => {
  it('are none on a site whose programs nobody installed, and cannot be made by hand', async () => {
    const { status, body, headers } = await api('GET', '/jump-client');
    expect([status, body, headers.get('x-bt-pagination-last-page')]).toEqual([200, [], '1']);
    expect(headers.get('link')).toContain('rel="last"');
    const refused = await api('POST', '/jump-client', { name: 'x' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET,HEAD']);
    expect((await api('GET', '/jump-client/4711')).status).toBe(404);
  });

  it('show what they report and what is configured', async () => {
    const id = await aJumpClient('Till', site.groups.kiosks);
    const { status, body, headers } = await api('GET', `/jump-client/${id}`);
    expect(status).toBe(200);
    expect(Object.keys(body)[0]).toBe('id');
    expect(body).toMatchObject({
      id,
      name: 'Till',
      hostname: 'till',
      fqdn: 'till.example.com',
      jump_group_id: site.groups.kiosks,
      jump_group_type: 'shared',
      connection_type: 'passive',
      install_mode: 'service',
      operating_system: 'Debian 13',
      last_connect_timestamp: '2026-01-02T03:04:05+00:00',
      last_disconnect_timestamp: null,
      is_quiet: false,
      customer_client_start_mode: 'normal',
      max_offline_minutes: 0,
      endpoint_agreement_policy: 'no_prompt',
      public_site_address: '',
    });
    expect(headers.get('etag')).toBe('"1"');
  });

  it('are found by every published filter, ignoring case, and by nothing else', async () => {
    const id = await aJumpClient('Filtered', site.groups.servers, { tag: 'red', console_user: 'Robin' });
    const ids = async (query: string) =>
      (await api('GET', `/jump-client?${query}`)).body.map((client: { id: number }) => client.id);
    for (const query of [
      'name=FILTERED',
      'hostname=Filtered',
      'fqdn=filtered.EXAMPLE.com',
      'tag=Red',
      'console_user=robin',
      `jump_group_id=${site.groups.servers}&jump_group_type=shared`,
      'name=filtered&public_ip=198.51.100.7&private_ip=10.0.0.7&connection_type=passive',
    ]) {
      expect([query, await ids(query)]).toEqual([query, [id]]);
    }
    for (const query of [
      'name=filter',
      'tag=re',
      'connection_type=active&name=filtered',
      'jump_group_type=personal',
    ])
      expect([query, await ids(query)]).toEqual([query, []]);
    expect((await api('GET', '/jump-client?colour=red')).status).toBe(401);
  });

  it('take changes with a revision, and ignore what only they report', async () => {
    const id = await aJumpClient('Changed', site.groups.kiosks);
    const { body: whole } = await api('GET', `/jump-client/${id}`);
    const change = {
      ...whole,
      hostname: 'ignored',
      tag: 'blue',
      unattended_session_policy_id: 2,
      attended_session_policy_id: 3,
      session_policy_id: undefined,
      support_button_direct_queue: 'team:desk',
      max_offline_minutes: 60,
    };
    const changed = await api('PATCH', `/jump-client/${id}`, change, { 'if-match': '"1"' });
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    expect(changed.body).toMatchObject({
      hostname: 'changed',
      tag: 'blue',
      unattended_session_policy_id: 2,
      attended_session_policy_id: 3,
      session_policy_id: null,
      support_button_direct_queue: 'team:desk',
      max_offline_minutes: 60,
    });
    expect(changed.headers.get('etag')).toBe('"2"');
    expect((await api('PATCH', `/jump-client/${id}`, { tag: 'x' }, { 'if-match': '"1"' })).status).toBe(412);
    const both = await api('PATCH', `/jump-client/${id}`, { session_policy_id: 2, is_quiet: true });
    expect(both.body).toMatchObject({
      attended_session_policy_id: 2,
      unattended_session_policy_id: 2,
      session_policy_id: 2,
      customer_client_start_mode: 'minimized',
      is_quiet: true,
    });
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(129) }, 'name'],
    [{ tag: 'x'.repeat(65) }, 'tag'],
    [{ jump_policy_id: 999999 }, 'jump_policy_id'],
    [{ unattended_session_policy_id: 1 }, 'unattended_session_policy_id'],
    [{ support_button_direct_queue: 'desk' }, 'support_button_direct_queue'],
    [{ customer_client_start_mode: 'loud' }, 'customer_client_start_mode'],
    [{ public_site_address: 'nowhere.example.com' }, 'public_site_address'],
    [{ max_offline_minutes: -1 }, 'max_offline_minutes'],
    [{ jump_group_id: 999999 }, 'jump_group_id'],
  ])('refuse %j', async (change, field) => {
    const id = await aJumpClient('Refusing', site.groups.kiosks);
    const { status, body } = await api('PATCH', `/jump-client/${id}`, change);
    expect([status, Object.keys(body.errors ?? {})]).toEqual([422, [field]]);
  });

  it('belong to the public portal whose address they are given, or to none', async () => {
    const id = await aJumpClient('At a portal', site.groups.kiosks);
    const [portal] = await site.sql<{ id: number }[]>`
      insert into public_portal (name, code_name, hostname) values ('Kiosks', 'kiosks', 'kiosks.example.com') returning id`;
    await site.sql`insert into public_portal_address (public_portal_id, position, address)
                   values (${portal!.id}, 0, 'kiosks.example.com')`;
    const patch = async (address: string | null) =>
      (await api('PATCH', `/jump-client/${id}`, { public_site_address: address })).body.public_site_address;
    expect(await patch('Kiosks.example.com')).toBe('kiosks.example.com');
    expect(await patch(null)).toBe('');
    const { body } = await api('POST', '/jump-client/installer', {
      jump_group_id: site.groups.kiosks,
      public_site_address: 'kiosks.example.com',
    });
    expect(body.public_site_address).toBe('kiosks.example.com');
  });

  it('are copied with their machine, deleted once, and searched, but never exported', async () => {
    const id = await aJumpClient('Copied', site.groups.kiosks);
    const copied = await api('POST', `/jump-client/${id}/copy`, {
      jump_group_id: site.groups.servers,
      jump_group_type: 'shared',
      name: 'The copy',
    });
    expect([copied.status, copied.body]).toEqual([
      200,
      { action: 'copy', success: '1', destId: expect.any(Number) },
    ]);
    const { body: copy } = await api('GET', `/jump-client/${copied.body.destId}`);
    expect(copy).toMatchObject({
      name: 'The copy',
      hostname: 'copied',
      fqdn: 'copied.example.com',
      operating_system: 'Debian 13',
    });
    const [machines] = await site.sql`
      select count(distinct machine_id)::int as n from jump_client where jump_item_id in (${id}, ${copy.id})`;
    expect(machines!['n']).toBe(1);

    const search = await api('GET', '/jump-item?type=jump_client&search=copied.example.com');
    expect(search.body.items.map((item: { id: number }) => item.id).sort()).toEqual([id, copy.id].sort());
    const file = await site.api('/api/config/v1/jump-item/export?type=jump_client,vpro');
    expect((await file.text()).trim().split('\n')).toHaveLength(1);

    expect((await api('DELETE', `/jump-client/${id}`)).status).toBe(204);
    expect((await api('DELETE', `/jump-client/${id}`)).status).toBe(404);
  });

  it('are nothing to strangers, and to people what their Jump Item Role says', async () => {
    const id = await aJumpClient('Guarded', site.groups.kiosks);
    expect((await site.appliance.anonymous(`/api/config/v1/jump-client/${id}`)).status).toBe(401);
    const outsider = configurationCalls((await site.person({ groups: {} })).call);
    expect((await outsider('GET', `/jump-client/${id}`)).status).toBe(404);
    expect((await outsider('GET', '/jump-client?name=guarded')).body).toEqual([]);
    const starter = configurationCalls(
      (await site.person({ groups: { [site.groups.kiosks]: 'Start Sessions Only' } })).call,
    );
    expect((await starter('GET', '/jump-client?name=guarded')).body).toMatchObject([{ id }]);
    expect((await starter('PATCH', `/jump-client/${id}`, { tag: 'x' })).status).toBe(403);
    expect((await starter('DELETE', `/jump-client/${id}`)).status).toBe(403);
  });
});

describe('Jump Client installers', () => {
  const create = (more: object = {}) =>
    api('POST', '/jump-client/installer', { name: 'Kiosks', jump_group_id: site.groups.kiosks, ...more });

  it('are made with their defaults; the secret part is answered once', async () => {
    const before = Date.now();
    const { status, body, headers } = await create();
    expect(status, JSON.stringify(body)).toBe(201);
    expect(headers.get('location')).toBe(
      `${site.appliance.url}/api/config/v1/jump-client/installer/${body.id}`,
    );
    expect(body).toMatchObject({
      jump_group_id: site.groups.kiosks,
      jump_group_type: 'shared',
      connection_type: 'active',
      elevate_install: true,
      elevate_prompt: true,
      is_quiet: false,
      customer_client_start_mode: 'normal',
      allow_override_name: false,
      jump_policy_id: null,
      session_policy_id: null,
      max_offline_minutes: 0,
    });
    expect(body.installer_id).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(body.expiration_timestamp).toMatch(/\+00:00$/);
    expect(Date.parse(body.expiration_timestamp)).toBeGreaterThan(before + 1439 * 60_000);
    expect(body.key_info.filename).toMatch(/\.msi$/);
    expect(body.key_info['mac-osx-x86'].filename).toMatch(/\.dmg$/);
    expect(body.key_info.encodedInfo).toMatch(/^[A-Za-z0-9_-]+$/);

    const shown = await api('GET', `/jump-client/installer/${body.id}`);
    const { encodedInfo: _, ...rest } = body.key_info;
    expect(shown.body).toEqual({ ...body, key_info: rest });
    const rows = await site.sql`select * from jump_client_installer where id = ${body.id}`;
    const { key } = JSON.parse(Buffer.from(body.key_info.encodedInfo, 'base64url').toString());
    expect(JSON.stringify(rows)).not.toContain(key);
    const audit =
      await site.sql`select after from audit_event where event_type = 'jump_client_installer.created'`;
    expect(JSON.stringify(audit)).not.toContain(body.installer_id);
  });

  it('take everything the contract has, what clients send beside it, and explicit nulls', async () => {
    const { status, body } = await create({
      jump_policy_id: null,
      tag: 'kiosk',
      connection_type: 'passive',
      attended_session_policy_id: 3,
      unattended_session_policy_id: 2,
      comments: 'c',
      valid_duration: 10,
      elevate_install: false,
      customer_client_start_mode: 'hidden',
      allow_override_jump_group: true,
      allow_override_unattended_session_policy: true,
      max_offline_minutes: 30,
      allow_override_max_offline_minutes: true,
      jumpoint_proxy: null,
      installer_id: 'ignored',
      key_info: {},
    });
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body).toMatchObject({
      tag: 'kiosk',
      connection_type: 'passive',
      attended_session_policy_id: 3,
      unattended_session_policy_id: 2,
      elevate_install: false,
      is_quiet: true,
      allow_override_jump_group: true,
      allow_override_unattended_session_policy: true,
      max_offline_minutes: 30,
    });
    expect(body).not.toHaveProperty('allow_override_max_offline_minutes');
  });

  it.each([
    [{ valid_duration: 9 }, 'valid_duration'],
    [{ valid_duration: 525601 }, 'valid_duration'],
    [{ valid_duration: '60' }, 'valid_duration'],
    [{ jump_group_id: 999999 }, 'jump_group_id'],
    [{ jump_policy_id: 999999 }, 'jump_policy_id'],
    [{ attended_session_policy_id: 999999 }, 'attended_session_policy_id'],
    [{ unattended_session_policy_id: 1 }, 'unattended_session_policy_id'],
    [{ jumpoint_proxy: 'nobody' }, 'jumpoint_proxy'],
    [{ connection_type: 'uninstalled' }, 'connection_type'],
    [{ name: 'x'.repeat(129) }, 'name'],
    [{ jump_group_type: 'personal', jump_group_id: 999999 }, 'jump_group_id'],
  ])('refuse %j', async (more, field) => {
    const { status, body } = await create(more);
    expect([status, Object.keys(body.errors ?? {})]).toEqual([422, [field]]);
  });

  it('are listed in pages, by filters, and not by hosts they do not have', async () => {
    const { body: made } = await create({ name: 'Listed', tag: 'listed' });
    const listed = await api('GET', '/jump-client/installer?tag=LISTED&connection_type=active');
    expect(listed.body.map((one: { id: number }) => one.id)).toEqual([made.id]);
    expect((await api('GET', '/jump-client/installer?hostname=till')).body).toEqual([]);
    const page = await api('GET', '/jump-client/installer?per_page=5&current_page=1000');
    expect([page.status, page.body]).toEqual([200, []]);
  });

  it('deliver nothing yet: a valid one says so, everything else does not exist', async () => {
    const { body } = await create();
    const download = (id: string, platform: string) => api('GET', `/jump-client/installer/${id}/${platform}`);
    const unauthenticated = (id: string, platform: string) =>
      site.appliance.anonymous(`/download_client_connector?jc=${id}&p=${platform}`);
    for (const platform of [
      'linux-64',
      'linux-64-headless',
      'mac-dmg',
      'windows-64-msi',
      'windows-64',
      'windows-32',
    ]) {
      const answer = await download(body.installer_id, platform);
      expect([platform, answer.status]).toEqual([platform, 501]);
      expect(answer.body.message).toContain('no Jump Client program');
    }
    expect((await unauthenticated(body.installer_id, 'winNT-64-msi')).status).toBe(501);
    expect((await unauthenticated(body.installer_id, 'mac-osx-x86')).status).toBe(501);
    expect((await site.appliance.anonymous(body.key_info.installerPath)).status).toBe(501);

    const other = 'x'.repeat(32);
    expect((await download(other, 'linux-64')).status).toBe(404);
    expect((await download(body.installer_id, 'amiga')).status).toBe(422);
    const unknown = await unauthenticated(other, 'mac-osx-x86');
    const strange = await unauthenticated(body.installer_id, 'amiga');
    expect([unknown.status, strange.status]).toEqual([404, 404]);
    expect(await unknown.text()).toBe(await strange.text());
    expect((await site.appliance.anonymous('/download_client_connector')).status).toBe(404);
    expect(
      (await site.appliance.anonymous(`/download_client_connector?jc=a&jc=${body.installer_id}&p=mac-dmg`))
        .status,
    ).toBe(404);

    await site.sql`update jump_client_installer set expires_at = now() - interval '1 second' where id = ${body.id}`;
    expect((await download(body.installer_id, 'linux-64')).status).toBe(404);
    expect((await unauthenticated(body.installer_id, 'mac-osx-x86')).status).toBe(404);
    expect((await api('GET', `/jump-client/installer/${body.id}`)).status).toBe(200);
    expect((await api('DELETE', `/jump-client/installer/${body.id}`)).status).toBe(204);
    expect((await api('GET', `/jump-client/installer/${body.id}`)).status).toBe(404);
  });

  it('are made by people where they may add items, and seen by their makers', async () => {
    const adder = configurationCalls(
      (await site.person({ groups: { [site.groups.kiosks]: 'Administrator' } })).call,
    );
    const starter = configurationCalls(
      (await site.person({ groups: { [site.groups.kiosks]: 'Start Sessions Only' } })).call,
    );
    const wanted = { name: 'Mine', jump_group_id: site.groups.kiosks };
    const { status, body } = await adder('POST', '/jump-client/installer', wanted);
    expect(status, JSON.stringify(body)).toBe(201);
    expect((await adder('GET', '/jump-client/installer')).body).toMatchObject([{ id: body.id }]);
    expect((await starter('POST', '/jump-client/installer', wanted)).status).toBe(403);
    expect((await starter('GET', '/jump-client/installer')).body).toEqual([]);
    expect((await starter('GET', `/jump-client/installer/${body.id}`)).status).toBe(404);
    expect((await starter('DELETE', `/jump-client/installer/${body.id}`)).status).toBe(404);
    const elsewhere = { name: 'x', jump_group_id: site.groups.servers };
    expect((await adder('POST', '/jump-client/installer', elsewhere)).status).toBe(422);
  });

  it('go with their Jump Group', async () => {
    const { body: group } = await api('POST', '/jump-group', { name: 'Short-lived' });
    const { body } = await create({ jump_group_id: group.id });
    expect((await api('DELETE', `/jump-group/${group.id}`)).status).toBe(204);
    expect((await api('GET', `/jump-client/installer/${body.id}`)).status).toBe(404);
  });
});

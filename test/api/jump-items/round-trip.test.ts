import { afterAll, beforeAll, expect, it } from 'vitest';
import { JUMP_ITEM_KINDS, type MadeJumpItemKind } from '../../../appliance/jump/jump-item.ts';
import { KINDS } from '../../../appliance/jump/jump-item-kinds.ts';
import { type JumpSite, jumpSite } from './jump-site.ts';

let site: JumpSite;
beforeAll(async () => {
  site = await jumpSite();
});
afterAll(() => site.stop());

/** Everything a kind can have, set to something else than its default. */
const FULL: Record<MadeJumpItemKind, Record<string, unknown>> = {
  shell_jump: { protocol: 'telnet', port: 2323, terminal: 'VT100', keep_alive: 30, username: 'root' },
  remote_rdp: {
    quality: 'low',
    console: true,
    ignore_untrusted: true,
    rdp_username: 'corp\\anna',
    domain: 'corp',
    display_size: '1280x800',
    session_forensics: true,
    secure_app_type: 'remote_app',
    remote_app_name: '||editor',
    remote_app_params: '-a "b c"',
  },
  remote_vnc: { port: 5901 },
  remote_jump: { session_policy_id: 2, attended_session_policy_id: 3 },
  local_jump: { session_policy_id: 3, attended_session_policy_id: 2 },
  local_rdp: { quality: 'lossless', display_size: 'all' },
  local_vnc: { port: 5999 },
  vpro: { session_policy_id: 2 },
  web_jump: { url: 'https://intranet.example.com/a?b=c', verify_certificate: false, username_field: '#user' },
  protocol_tunnel: { tunnel_definitions: '22;24;26;28', tunnel_listen_address: '127.0.0.9' },
  mysql_tunnel: { username: 'u', database: 'd', tunnel_listen_address: '127.0.0.10' },
  psql_tunnel: { username: 'u', database: 'd' },
  network_tunnel: {
    filter_rules: [
      {
        ip_addresses: { range: { start: '10.0.0.1', end: '10.0.0.9' } },
        protocol: 'TCP',
        ports: { list: [22, 80] },
      },
      { ip_addresses: { list: ['10.0.1.1'] } },
    ],
  },
};

async function everything(): Promise<unknown[]> {
  const rows = await site.sql`select *, null as search_text from jump_item order by id`;
  return [...rows];
}

async function job(path: string, init?: RequestInit): Promise<Record<string, unknown>> {
  const answer = await site.api(path, init);
  expect(answer.status, await answer.clone().text()).toBeLessThan(300);
  return await answer.json();
}

it('an exported file imports back without changing anything', async () => {
  for (const kind of JUMP_ITEM_KINDS) {
    const needsJumpoint = KINDS[kind].fields.some(({ name }) => name === 'jumpoint_id');
    const json = {
      name: `=${kind}, "quoted"`,
      jump_group_id: site.groups.kiosks,
      jump_policy_id: site.policy,
      tag: "'@tag",
      comments: ' two\nlines; ä\t ',
      ...(['web_jump', 'network_tunnel'].includes(kind) ? {} : { hostname: `${kind}.example.com` }),
      ...(needsJumpoint && { jumpoint_id: site.jumpoint }),
      ...FULL[kind],
    };
    const made = await site.api(`/api/config/v1/jump-item/${KINDS[kind].path}`, { method: 'POST', json });
    expect(made.status, await made.text()).toBe(201);
  }
  const before = await everything();
  const file = await (await site.api('/api/config/v1/jump-item/export')).text();

  let state = await job('/api/config/v1/jump-item/import', {
    method: 'POST',
    body: file,
    headers: { 'content-type': 'text/csv' },
  });
  for (let wait = 0; wait < 200 && !/succeeded|failed|validated/.test(String(state['state'])); wait += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    state = await job(`/api/config/v1/import-job/${state['id']}`);
  }
  const problems = await job(`/api/config/v1/import-job/${state['id']}/problem`);
  expect(problems['items']).toEqual([]);
  expect(state).toMatchObject({ state: 'succeeded', rows_bad: 0 });
  expect(await everything()).toEqual(before);
});

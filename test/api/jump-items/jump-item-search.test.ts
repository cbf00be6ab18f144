import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JUMP_ITEM_SORTS } from '../../../appliance/jump/jump-item-search.ts';
import { type JumpSite, jumpSite } from './jump-site.ts';

let site: JumpSite;

interface Result {
  items: { id: number; name: string; [field: string]: unknown }[];
  total: number;
  next_cursor: string | null;
}

beforeAll(async () => {
  site = await jumpSite();
  const { kiosks, servers } = site.groups;
  await site.sql`
    insert into jump_item (kind, name, hostname, jump_group_id, jumpoint_id, tag, comments, console_user, domain, fqdn,
                           private_ip, public_ip, workgroup, last_accessed_at) values
      ('shell_jump', 'Kiosk Entrance', 'k1.branch.example.com', ${kiosks}, ${site.jumpoint}, 'till 100%', 'Left of the door', 'anna',
       'corp', 'k1.corp.example.com', '10.0.0.1', '192.0.2.1', 'WG1', '2026-01-05T08:00:00Z'),
      ('remote_rdp', 'Kiosk Exit', 'k2.branch.example.com', ${kiosks}, ${site.jumpoint}, 'till_b', 'Right', 'bert',
       'corp', '', '10.0.0.2', '192.0.2.2', 'WG1', '2026-02-05T08:00:00Z'),
      ('local_jump', 'Ärchive', 'srv1', ${servers}, null, '', 'back\\slash', '', '', '', '', '', '', null),
      ('web_jump', 'Intranet', 'https://intranet.example.com/', ${servers}, ${site.jumpoint}, 'web', '', '', '', '', '', '', '', null)`;
  await site.sql`insert into jumpoint (name, code_name, platform, enabled) values ('Cold', 'cold', 'linux-x86', false)`;
});
afterAll(() => site.stop());

async function search(query: string): Promise<Result> {
  const answer = await site.api(`/api/config/v1/jump-item?${query}`);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return await answer.json();
}
const names = async (query: string) => (await search(query)).items.map(({ name }) => name);

describe('searching', () => {
  it.each([
    ['name', 'entrance', ['Kiosk Entrance']],
    ['hostname', 'SRV1', ['Ärchive']],
    ['tag', 'till', ['Kiosk Entrance', 'Kiosk Exit']],
    ['comments', 'door', ['Kiosk Entrance']],
    ['console_user', 'bert', ['Kiosk Exit']],
    ['domain', 'corp', ['Kiosk Entrance', 'Kiosk Exit']],
    ['fqdn', 'k1.corp', ['Kiosk Entrance']],
    ['private_ip', '10.0.0.2', ['Kiosk Exit']],
    ['public_ip', '192.0.2.1', ['Kiosk Entrance']],
    ['workgroup', 'wg1', ['Kiosk Entrance', 'Kiosk Exit']],
    ['group', 'servers', ['Intranet', 'Ärchive']],
    ['jump_method', 'rdp', ['Kiosk Exit']],
    ['status', 'offline', ['Intranet', 'Kiosk Entrance', 'Kiosk Exit']],
    ['last_accessed', '2026-01', ['Kiosk Entrance']],
  ])('finds by %s, alone and among all fields', async (field, word, expected) => {
    expect(await names(`search=${word}&fields=${field}`)).toEqual(expected);
    expect(await names(`search=${word}`)).toEqual(expect.arrayContaining(expected));
  });

  it('wants every word, in any field', async () => {
    expect(await names('search=kiosk%20left')).toEqual(['Kiosk Entrance']);
    expect(await names('search=kiosk%20servers')).toEqual([]);
    expect(await names('search=kiosk%20rdp')).toEqual(['Kiosk Exit']);
  });

  it('takes wildcards, backslashes and short words literally', async () => {
    expect(await names('search=100%25')).toEqual(['Kiosk Entrance']);
    expect(await names('search=l_b')).toEqual(['Kiosk Exit']);
    expect(await names('search=%25')).toEqual(['Kiosk Entrance']);
    expect(await names('search=k%5Cs')).toEqual(['Ärchive']);
    expect(await names('search=%C3%A4r')).toEqual(['Ärchive']);
    expect(await names('search=k2')).toEqual(['Kiosk Exit']);
  });

  it('filters, and counts what it finds', async () => {
    expect(await names(`type=web_jump,local_jump`)).toEqual(['Intranet', 'Ärchive']);
    expect(await names(`jump_group_id=${site.groups.kiosks}`)).toEqual(['Kiosk Entrance', 'Kiosk Exit']);
    expect(await names('tag=WEB')).toEqual(['Intranet']);
    expect(await names('tag=we')).toEqual([]);
    expect(await names('tag=Till%20100%25')).toEqual(['Kiosk Entrance']);
    expect(await names('tag=')).toEqual(['Ärchive']);
    expect(await names('status=available')).toEqual(['Ärchive']);
    expect(await names('jump_group_type=personal')).toEqual([]);
    expect(await names(`jumpoint_id=${site.jumpoint}&search=intra`)).toEqual(['Intranet']);
    expect((await search('search=kiosk&limit=1')).total).toBe(2);
  });

  it('refuses fields, kinds and sorts that do not exist', async () => {
    for (const query of ['fields=colour', 'type=shell', 'sort=colour', 'order=up', 'limit=0', 'cursor=x']) {
      expect((await site.api(`/api/config/v1/jump-item?${query}`)).status, query).toBe(422);
    }
  });
});

describe('paging by key', () => {
  it.each(JUMP_ITEM_SORTS.flatMap((sort) => [`sort=${sort}&order=asc`, `sort=${sort}&order=desc`]))(
    'gives every item once: %s',
    async (sort) => {
      const whole = await search(sort);
      const seen: number[] = [];
      let cursor: string | null = null;
      do {
        const page: Result = await search(`${sort}&limit=1${cursor === null ? '' : `&cursor=${cursor}`}`);
        expect(page.total).toBe(4);
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.next_cursor;
      } while (cursor !== null);
      expect(seen).toEqual(whole.items.map(({ id }) => id));
      expect(new Set(seen).size).toBe(4);
    },
  );

  it('refuses cursors of another sort and made-up ones', async () => {
    const { next_cursor: cursor } = await search('sort=name&limit=1');
    const forged = Buffer.from(JSON.stringify(['created_at', 'asc', 'no time', 1, 1])).toString('base64url');
    for (const query of [
      `sort=tag&cursor=${cursor}`,
      `order=desc&cursor=${cursor}`,
      `sort=created_at&cursor=${forged}`,
    ]) {
      const answer = await site.api(`/api/config/v1/jump-item?${query}`);
      expect([answer.status, Object.keys((await answer.json()).errors)], query).toEqual([422, ['cursor']]);
    }
  });
});

describe('exporting', () => {
  it('answers the hits with the columns of an import, safe for spreadsheets', async () => {
    await site.sql`insert into jump_item (kind, name, hostname, jump_group_id, comments, settings)
      values ('local_jump', '=1+1', 'h', ${site.groups.kiosks}, E'two\nlines, "quoted"', '{}')`;
    const answer = await site.api('/api/config/v1/jump-item/export?search=1%2B1');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    const text = await answer.text();
    expect(text.split('\r\n')[0]).toMatch(/^type,name,/);
    expect(text).toContain(`local_jump,'=1+1,`);
    expect(text).toContain('"two\nlines, ""quoted"""');
    expect(text).not.toContain('Intranet');
  });

  it('has at least the header, and a HEAD without a body', async () => {
    const empty = await site.api('/api/config/v1/jump-item/export?search=nothing-like-this');
    expect((await empty.text()).split('\r\n')).toHaveLength(2);
    const head = await site.api('/api/config/v1/jump-item/export', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('is refused to callers without credentials', async () => {
    expect((await site.appliance.anonymous('/api/config/v1/jump-item/export')).status).toBe(401);
    expect((await site.appliance.anonymous('/api/config/v1/jump-item')).status).toBe(401);
  });
});

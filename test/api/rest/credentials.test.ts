import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

const API = '/api/config/v1';

let appliance: TestAppliance;
let item: number;

beforeAll(async () => {
  appliance = await testAppliance();
  const { id: jumpoint } = await call('POST', '/jumpoint', 201, {
    name: 'Plant',
    platform: 'linux-x86',
    shell_jump_enabled: true,
  });
  const { id: group } = await call('POST', '/jump-group', 201, { name: 'Kiosks' });
  ({ id: item } = await call('POST', '/jump-item/shell-jump', 201, {
    name: 'Kiosk 1',
    hostname: 'kiosk-1.example.com',
    protocol: 'ssh',
    jump_group_id: group,
    jump_group_type: 'shared',
    jumpoint_id: jumpoint,
  }));
});
afterAll(() => appliance.stop());

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes.
async function call(method: string, path: string, status: number, json?: unknown): Promise<any> {
  const answer = await appliance.admin(API + path, { method, ...(json !== undefined && { json }) });
  const text = await answer.text();
  expect(answer.status, text).toBe(status);
  return text === '' ? {} : JSON.parse(text);
}

describe('the offer of credentials', () => {
  it('is an empty list for somebody who has none', async () => {
    const query = `jump_item_type=shell_jump&jump_item_id=${item}`;
    expect(await call('GET', `/credential?${query}`, 200)).toEqual({
      items: [],
      default: null,
      truncated: false,
      problems: [],
    });
    expect(await call('GET', '/credential?hostname=kiosk-2', 200)).toMatchObject({ items: [] });
  });

  it('needs one target, and one that the person may see', async () => {
    expect(await call('GET', '/credential', 422)).toHaveProperty('errors.jump_item_id');
    expect(await call('GET', `/credential?jump_item_id=${item}`, 422)).toHaveProperty(
      'errors.jump_item_type',
    );
    const both = `/credential?jump_item_type=shell_jump&jump_item_id=${item}&hostname=kiosk-1`;
    expect(await call('GET', both, 422)).toHaveProperty('errors.hostname');
    await call('GET', '/credential?jump_item_type=shell_jump&jump_item_id=99999', 404);
    await call('GET', `/credential?jump_item_type=remote_rdp&jump_item_id=${item}`, 404);
  });
});

describe('favourites', () => {
  it('are kept once, and taken away once', async () => {
    const favorite = { source: 'ecm', id: 'keepass:4f2a', name: 'root' };
    await call('PUT', '/me/favorite-credential', 204, favorite);
    await call('PUT', '/me/favorite-credential', 204, favorite);
    const [row] = await appliance.sql<
      { count: number }[]
    >`select count(*)::int as count from favorite_credential`;
    expect(row?.count).toBe(1);
    await call('DELETE', '/me/favorite-credential?source=ecm&id=keepass%3A4f2a', 204);
    await call('DELETE', '/me/favorite-credential?source=ecm&id=keepass%3A4f2a', 404);
  });

  it('are two hundred at most', async () => {
    await appliance.sql`
      insert into favorite_credential (user_id, source, credential_id, credential_name)
      select 1, 'vault', n::text, 'account ' || n from generate_series(1, 200) as n`;
    await call('PUT', '/me/favorite-credential', 422, { source: 'vault', id: '201', name: 'one more' });
    await call('PUT', '/me/favorite-credential', 204, { source: 'vault', id: '200', name: 'known' });
    await appliance.sql`delete from favorite_credential`;
  });
});

describe('the default credential of a Jump Item', () => {
  const query = () => `jump_item_type=shell_jump&jump_item_id=${item}`;

  it('has to be one that may be injected there', async () => {
    expect(
      await call('PUT', `/me/default-credential?${query()}`, 422, { source: 'vault', id: '99999' }),
    ).toHaveProperty('errors.id');
    await call('GET', `/me/default-credential?${query()}`, 404);
  });

  it('that is gone is told as such, is not used silently, and can be cleared', async () => {
    await appliance.sql`
      insert into default_credential (user_id, jump_item_id, source, credential_id, credential_name)
      values (1, ${item}, 'vault', '99999', 'root at kiosk-1')`;
    const gone = { source: 'vault', id: '99999', name: 'root at kiosk-1', available: false };
    expect(await call('GET', `/me/default-credential?${query()}`, 200)).toEqual(gone);
    expect(await call('GET', `/credential?${query()}`, 200)).toMatchObject({ default: gone, items: [] });
    const start = { jump_item: { type: 'shell_jump', id: item } };
    expect(await call('POST', '/session', 409, start)).toMatchObject({ reason: 'default_credential' });
    await call('DELETE', `/me/default-credential?${query()}`, 204);
    await call('DELETE', `/me/default-credential?${query()}`, 404);
    // Without it the start gets as far as the Jumpoint, which is not connected.
    await call('POST', '/session', 503, start);
  });

  it('goes with its Jump Item', async () => {
    await appliance.sql`
      insert into default_credential (user_id, jump_item_id, source, credential_id, credential_name)
      values (1, ${item}, 'vault', '1', 'root')`;
    await call('DELETE', `/jump-item/shell-jump/${item}`, 204);
    expect(await appliance.sql`select from default_credential`).toHaveLength(0);
  });
});

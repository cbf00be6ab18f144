import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContractDocument } from '../../../api/contract/contract-document.ts';
import {
  SESSION_PERMISSION_NAMES,
  SESSION_PERMISSIONS,
  type SessionPermission,
} from '../../../appliance/access/session-permissions.ts';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { lockWaits } from '../../support/lock-waits.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

let appliance: TestAppliance;
let api: Call;
let admin: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  api = configurationCalls(appliance.api);
  admin = configurationCalls(appliance.admin);
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

async function policy(body: object): Promise<{ id: number; path: string; body: Record<string, unknown> }> {
  const { status, body: answer } = await api('POST', '/session-policy', body);
  expect([status, answer]).toEqual([201, expect.anything()]);
  return { id: answer.id, path: `/session-policy/${answer.id}`, body: answer };
}

describe('session policies', () => {
  it('are listed from id 2 on, the published fields first, and the reserved id does not exist', async () => {
    const { body } = await api('GET', '/session-policy');
    expect(body.map(({ id }: { id: number }) => id)).toEqual([2, 3]);
    expect(Object.keys(body[0]).slice(0, 4)).toEqual(['id', 'display_name', 'code_name', 'description']);
    expect((await api('GET', '/session-policy/1')).status).toBe(404);
    expect((await api('PATCH', '/session-policy/1', { description: 'x' })).status).toBe(404);
    expect((await api('DELETE', '/session-policy/1')).status).toBe(404);
    expect((await api('POST', '/session-policy/1/copy', { display_name: 'x' })).status).toBe(404);
  });

  it('keep what is defined, and nothing about the rest', async () => {
    const permissions = {
      chat: 'deny',
      session_start_prompt_timeout: 45,
      file_transfer_customer_paths: ['C:\\Support', '/srv/support'],
    };
    const { path, body } = await policy({ display_name: 'Kiosks', permissions });
    expect(body).toEqual({
      id: expect.any(Number),
      display_name: 'Kiosks',
      code_name: 'kiosks',
      description: '',
      available_to_users: true,
      available_to_jump_items: true,
      available_to_rep_invite: false,
      available_to_portals: true,
      permissions,
    });
    const changed = await api('PATCH', path, { permissions: { chat: null, elevation: 'deny' } });
    expect(changed.body.permissions).toEqual({
      session_start_prompt_timeout: 45,
      elevation: 'deny',
      file_transfer_customer_paths: ['C:\\Support', '/srv/support'],
    });
    expect((await api('GET', path)).body).toEqual(changed.body);
    const { body: audit } = await admin('GET', '/audit-event?type=session_policy.updated&limit=1');
    expect(audit.items[0]).toMatchObject({
      object: { name: 'Kiosks' },
      before: { permissions: { chat: 'deny', elevation: null } },
      after: { permissions: { chat: null, elevation: 'deny' } },
    });
  });

  it.each([
    [{ chat: 'maybe' }, 'permissions.chat'],
    [{ session_start_prompt_timeout: 9 }, 'permissions.session_start_prompt_timeout'],
    [{ session_start_prompt_timeout: 'long' }, 'permissions.session_start_prompt_timeout'],
    [{ file_transfer_customer_paths: ['relative'] }, 'permissions.file_transfer_customer_paths'],
  ])('refuse %j', async (permissions, field) => {
    const refused = await api('POST', '/session-policy', { display_name: 'Bad', permissions });
    expect(refused.status).toBe(422);
    expect(Object.keys(refused.body.errors)).toEqual([field]);
  });

  it('refuse names that are taken, too long or of no permission', async () => {
    await policy({ display_name: 'Taken', code_name: 'taken' });
    expect((await api('POST', '/session-policy', { display_name: 'TAKEN' })).body.errors).toHaveProperty(
      'display_name',
    );
    expect(
      (await api('POST', '/session-policy', { display_name: 'Other', code_name: 'Taken' })).body.errors,
    ).toHaveProperty('code_name');
    expect((await api('POST', '/session-policy', { display_name: 'x'.repeat(256) })).status).toBe(422);
    expect((await api('POST', '/session-policy', {})).body.errors).toHaveProperty('display_name');
    const unknown = await api('POST', '/session-policy', {
      display_name: 'U',
      permissions: { fly: 'allow' },
    });
    expect(unknown.status).toBe(401);
  });

  it('are copied with what they define', async () => {
    const { path, body } = await policy({
      display_name: 'Original',
      available_to_portals: false,
      permissions: { reboot: 'deny' },
    });
    const copy = await api('POST', `${path}/copy`, { display_name: 'Copy of it' });
    expect(copy.status).toBe(201);
    expect(copy.headers.get('location')).toContain(`/session-policy/${copy.body.id}`);
    expect(copy.body).toEqual({
      ...body,
      id: copy.body.id,
      display_name: 'Copy of it',
      code_name: 'copy_of_it',
    });
    expect((await api('POST', `${path}/copy`, { display_name: 'Copy of it' })).status).toBe(422);
  });

  it('are changed and deleted at the revision that was read', async () => {
    const { path } = await policy({ display_name: 'Edited by two' });
    const etag = (await api('GET', path)).headers.get('etag') ?? '';
    const mine = await api('PATCH', path, { description: 'mine' }, { 'if-match': etag });
    expect(mine.status).toBe(200);
    expect((await api('PATCH', path, { description: 'yours' }, { 'if-match': etag })).status).toBe(412);
    expect((await api('DELETE', path, undefined, { 'if-match': etag })).status).toBe(412);
    expect((await api('DELETE', path)).status).toBe(204);
    expect((await api('GET', path)).status).toBe(404);
  });
});

describe('availability', () => {
  it('decides what a policy can be given to', async () => {
    const { id } = await policy({
      display_name: 'For nothing',
      available_to_users: false,
      available_to_jump_items: false,
      available_to_portals: false,
    });
    const { body: group } = await api('POST', '/jump-group', { name: 'Unavailable' });
    const item = {
      name: 'One',
      hostname: 'one.example.com',
      protocol: 'ssh',
      jump_group_id: group.id,
      jumpoint_id: (await api('POST', '/jumpoint', { name: 'Unavailable', platform: 'linux-x86' })).body.id,
    };
    const refused = await api('POST', '/jump-item/shell-jump', { ...item, session_policy_id: id });
    expect([refused.status, refused.body.errors]).toEqual([
      422,
      { session_policy_id: ['This session policy is not available to Jump Items.'] },
    ]);
    const { body: created } = await api('POST', '/jump-item/shell-jump', item);
    const path = `/jump-item/shell-jump/${created.id}`;
    expect((await api('PATCH', path, { session_policy_id: id })).body.errors).toHaveProperty(
      'session_policy_id',
    );
    expect((await api('PATCH', path, { session_policy_id: 2 })).status).toBe(200);

    const portal = { name: 'Unavailable', addresses: ['unavailable.example.com'], session_policy_id: id };
    expect((await api('POST', '/public-portal', portal)).body.errors).toHaveProperty('session_policy_id');
    const ofUser = appliance.sql`
      update app_user set settings = settings || ${appliance.sql.json({ attended_session_policy: id })} where id = 1`;
    await expect(ofUser).rejects.toMatchObject({
      constraint_name: 'app_user_attended_session_policy_id_available',
    });
  });

  it('is not withdrawn from what uses the policy, nor is the policy deleted; the uses are named', async () => {
    const { id, path } = await policy({ display_name: 'Used', available_to_portals: true });
    const portal = { name: 'User of a policy', addresses: ['used.example.com'], session_policy_id: id };
    const { body: made } = await api('POST', '/public-portal', portal);
    await appliance.sql`
      update app_user set settings = settings || ${appliance.sql.json({ unattended_session_policy: id })} where id = 1`;

    const portals = await api('PATCH', path, { available_to_portals: false });
    expect(portals.status).toBe(422);
    expect(portals.body.errors.available_to_portals).toEqual([
      'This session policy is used by one public portal (User of a policy).',
    ]);
    expect((await api('PATCH', path, { available_to_users: false })).body.uses).toEqual([
      { type: 'user', total: 1, names: ['admin'] },
    ]);
    expect((await api('PATCH', path, { available_to_jump_items: false })).status).toBe(200);
    const deleted = await api('DELETE', path);
    expect([deleted.status, deleted.body.message]).toEqual([
      422,
      'This session policy is used by one user (admin) and one public portal (User of a policy).',
    ]);

    await api('DELETE', `/public-portal/${made.id}`);
    await appliance.sql`update app_user set settings = settings - 'unattended_session_policy' where id = 1`;
    expect((await api('PATCH', path, { available_to_portals: false })).status).toBe(200);
    expect((await api('DELETE', path)).status).toBe(204);
  });

  it('cannot be withdrawn while somebody is just being given the policy', async () => {
    const { id, path } = await policy({ display_name: 'Raced for' });
    let giving: (() => void) | undefined;
    const given = new Promise<void>((resolve) => {
      giving = resolve;
    });
    let letGo: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const other = appliance.sql.begin(async (sql) => {
      await sql`insert into public_portal (name, hostname, code_name, session_policy_id) values ('Racer', '', 'racer', ${id})`;
      giving?.();
      await held;
    });
    await given;
    const withdrawal = api('PATCH', path, { available_to_portals: false });
    await lockWaits(appliance.sql);
    letGo?.();
    await other;
    expect((await withdrawal).status).toBe(422);
  });
});

describe('the global session policy', () => {
  it('defines everything, before a change and after it', async () => {
    const { body } = await api('GET', '/global-session-policy');
    expect(Object.keys(body.permissions).sort()).toEqual([...SESSION_PERMISSION_NAMES].sort());
    const refused = await api('PATCH', '/global-session-policy', { permissions: { chat: null } });
    expect(refused.body.errors).toHaveProperty(['permissions.chat']);
    const etag = (await api('GET', '/global-session-policy')).headers.get('etag') ?? '';
    const changed = await api(
      'PATCH',
      '/global-session-policy',
      { permissions: { chat: 'deny' } },
      { 'if-match': etag },
    );
    expect(changed.body.permissions).toEqual({ ...body.permissions, chat: 'deny' });
    expect(
      (await api('PATCH', '/global-session-policy', { permissions: {} }, { 'if-match': etag })).status,
    ).toBe(412);
    expect((await api('PATCH', '/global-session-policy', { display_name: 'Mine' })).status).toBe(401);
  });
});

describe('the catalogue of permissions', () => {
  it('tells screens what each may be', async () => {
    const { body } = await api('GET', '/session-permission');
    expect(body.map(({ name }: { name: string }) => name)).toEqual(SESSION_PERMISSION_NAMES);
    expect(body.length).toBeGreaterThan(50);
    expect(body[0]).toEqual({
      name: 'session_start_prompt',
      section: 'prompting',
      label: 'Ask the customer before the session starts',
      form: 'choice',
      values: ['prompt', 'no_prompt'],
      initial: 'prompt',
      strictest: 'prompt',
    });
  });

  it('is what the contract says, name by name and value by value', () => {
    const document = ContractDocument.ofThisVersion();
    for (const schema of ['SessionPermissions', 'SessionPermissionsUpdate']) {
      const { properties } = document.resolve({ $ref: `#/components/schemas/${schema}` });
      expect(Object.keys(properties ?? {})).toEqual(SESSION_PERMISSION_NAMES);
      for (const name of SESSION_PERMISSION_NAMES) {
        const { form }: SessionPermission = SESSION_PERMISSIONS[name];
        const said = properties?.[name] as Record<string, unknown>;
        if (form.kind === 'choice') {
          expect(
            (said.enum as unknown[]).filter((value) => value !== null),
            name,
          ).toEqual(form.values);
        } else if (form.kind === 'seconds') {
          expect([said.minimum, said.maximum], name).toEqual([form.minimum, form.maximum]);
        }
      }
    }
  });
});

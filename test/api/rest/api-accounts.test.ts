import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { caller, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

let appliance: TestAppliance;
let admin: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  admin = configurationCalls(appliance.admin);
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

async function token(clientId: string, secret: string): Promise<{ status: number; access_token?: string }> {
  const response = await appliance.anonymous('/oauth2/token', {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  return { status: response.status, ...((await response.json()) as object) };
}

async function newAccount(name: string, rights: object) {
  const { status, body } = await admin('POST', '/api-account', { name, ...rights });
  expect(status).toBe(201);
  const { access_token: bearer } = await token(body.client_id, body.client_secret);
  const call = configurationCalls(caller(appliance.url, async () => ({ authorization: `Bearer ${bearer}` })));
  return { ...body, call } as { id: number; client_id: string; client_secret: string; call: Call };
}

it('shows the secret once, and the secret works', async () => {
  const account = await newAccount('Ticket system', { perm_configuration: true });
  const { body } = await admin('GET', `/api-account/${account.id}`);
  expect(body).toMatchObject({ name: 'Ticket system', perm_configuration: true, perm_command: 'deny' });
  expect(body).not.toHaveProperty('client_secret');
  expect((await account.call('GET', '/jump-group')).status).toBe(200);
  const { body: audit } = await admin('GET', `/audit-event?object_type=api_account&object_id=${account.id}`);
  expect(JSON.stringify(audit)).not.toContain(account.client_secret);
});

it('ends the tokens at once when the secret is regenerated, the account disabled or deleted', async () => {
  const account = await newAccount('Changing', { perm_configuration: true });
  const { body: regenerated } = await admin('POST', `/api-account/${account.id}/secret`);
  expect((await account.call('GET', '/jump-group')).status).toBe(401);
  expect((await token(account.client_id, account.client_secret)).status).toBe(401);

  const { access_token: second } = await token(account.client_id, regenerated.client_secret);
  const call = configurationCalls(caller(appliance.url, async () => ({ authorization: `Bearer ${second}` })));
  expect((await call('GET', '/jump-group')).status).toBe(200);
  await admin('PATCH', `/api-account/${account.id}`, { enabled: false });
  expect((await call('GET', '/jump-group')).status).toBe(401);
  await admin('PATCH', `/api-account/${account.id}`, { enabled: true });
  expect((await call('GET', '/jump-group')).status).toBe(401);

  expect((await admin('DELETE', `/api-account/${account.id}`)).status).toBe(204);
  expect((await token(account.client_id, regenerated.client_secret)).status).toBe(401);
});

it('lets an API account grant and take over nothing that it lacks', async () => {
  const manager = await newAccount('Manager', {
    perm_configuration: true,
    perm_configuration_security: true,
  });
  const stronger = await newAccount('Stronger', { perm_command: 'full_access', perm_backup: true });
  const { call } = manager;
  expect((await call('POST', '/api-account', { name: 'A', perm_configuration: true })).status).toBe(201);
  expect((await call('POST', '/api-account', { name: 'B', perm_backup: true })).status).toBe(403);
  expect((await call('POST', '/api-account', { name: 'C', perm_command: 'read_only' })).status).toBe(403);
  expect((await call('PATCH', `/api-account/${manager.id}`, { perm_backup: true })).status).toBe(403);
  expect((await call('PATCH', `/api-account/${stronger.id}`, { ip_addresses: '' })).status).toBe(403);
  expect((await call('POST', `/api-account/${stronger.id}/secret`)).status).toBe(403);
  expect((await call('DELETE', `/api-account/${stronger.id}`)).status).toBe(403);
  expect((await admin('GET', '/api-account?name=B')).body).toEqual([]);
});

it('needs the security permission to change accounts, and the configuration permission to see them', async () => {
  const reader = await newAccount('Reader', { perm_configuration: true });
  const nobody = await newAccount('Nobody', {});
  expect((await reader.call('GET', '/api-account')).status).toBe(200);
  expect((await reader.call('POST', '/api-account', { name: 'X' })).status).toBe(403);
  expect((await nobody.call('GET', '/api-account')).status).toBe(403);
});

it('keeps permissions that a change does not name, and refuses bad networks and taken names', async () => {
  const account = await newAccount('Kept', { perm_backup: true, perm_ecm: true });
  const path = `/api-account/${account.id}`;
  expect((await admin('PATCH', path, { perm_ecm: false })).body).toMatchObject({
    perm_backup: true,
    perm_ecm: false,
  });
  expect((await admin('PATCH', path, { ip_addresses: '10.0.0.0/8, 2001:db8::1' })).status).toBe(200);
  expect((await admin('PATCH', path, { ip_addresses: '10.0.0.0/99' })).body.errors).toHaveProperty(
    'ip_addresses',
  );
  expect((await admin('POST', '/api-account', { name: 'KEPT' })).body.errors).toHaveProperty('name');
});

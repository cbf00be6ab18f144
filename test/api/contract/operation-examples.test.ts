import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ContractDocument, type ContractOperation } from '../../../api/contract/contract-document.ts';
import { compileResponse } from '../../../api/contract/validators.ts';
import { configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import {
  type Caller,
  caller,
  signIn,
  type TestAppliance,
  testAppliance,
} from '../../support/test-appliance.ts';

const document = ContractDocument.ofThisVersion();

/** What has to wait for others, beside the deletions: they end what the others need. */
const LAST = [
  'api.config.jump-item.bulk',
  'api.config.jump-item.move',
  'api.config.jump-item.import',
  'api.config.import-job.index',
  'api.config.import-job.show',
  'api.config.import-job.events',
  'api.config.import-job.problem.index',
  'api.config.import-job.apply',
  'api.config.import-job.cancel',
];
const VERY_LAST = ['api.config.me.password'];
/** A recording takes a terminal that somebody typed in: the tests of sessions have one. */
const NEEDS_A_TERMINAL = ['api.config.session.recording.show'];

/** A host whose passwords can be changed: the tests of rotation have one. */
const NEEDS_A_HOST = [
  'api.config.vault.account.rotate',
  'api.config.vault.account.rotation.second-secret',
  'api.config.vault.account.rotation.settle',
  'api.config.vault.endpoint.host-key',
];

/** An identity provider, or a sign-in that is under way: the tests of sign-ins have them. */
const NEEDS_A_PROVIDER = [
  'api.config.sign-in.provider',
  'api.config.sign-in.step',
  // A key that somebody was given.
  'api.config.sign-in.invitation',
  'api.config.sign-in.negotiate',
  'api.config.user-token.step',
  'api.config.user-token.negotiate',
  'api.config.security-provider.test',
  'api.config.security-provider.test-sign-in',
  'api.config.security-provider.directory-sync.start',
  'api.config.security-provider.directory-sync.show',
  'api.config.security-provider.directory-sync.cancel',
  'api.config.security-provider.directory-sync.change.index',
  'api.config.security-provider.directory-trace',
  'api.config.security-provider.directory-name.index',
  'api.config.security-provider.scim.show',
  'api.config.security-provider.scim-group.index',
  'api.config.security-provider.saml.show',
  'api.config.security-provider.saml.key',
  // Pictures come from providers.
  'api.config.me.photo',
  'api.config.user.photo',
];

/** An authenticator that answers: the tests of second factors have one. */
const NEEDS_AN_AUTHENTICATOR = [
  'api.config.sign-in.passkey',
  'api.config.me.second-factor.options',
  'api.config.me.second-factor.verify',
  'api.config.me.totp.confirm',
  'api.config.me.totp.destroy',
  'api.config.me.recovery-code.store',
  'api.config.me.passkey.store',
  'api.config.me.passkey.options',
  'api.config.me.passkey.update',
  'api.config.me.passkey.destroy',
];

/** A credential that may be injected into the Jump Item: the tests of credentials have some. */
const NEEDS_A_CREDENTIAL = [
  'api.config.me.default-credential.show',
  'api.config.me.default-credential.store',
  'api.config.me.default-credential.destroy',
];

/** Ids that the appliance makes up; the document can only show what they look like. */
const madeUp: Record<string, string> = {};

let appliance: TestAppliance;
const silent = createServer((socket) => socket.on('error', () => socket.destroy()));

beforeAll(async () => {
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  appliance = await testAppliance({ builtInJumpoint: true });
  await liftRateLimits(appliance);
  await Promise.all([connectedJumpoint(), enrolledEcmHost()]);
}, 60_000);
afterAll(async () => {
  await appliance?.stop();
  silent.close();
});

describe('the example of every operation works on a fresh site, in the order of the document', () => {
  it.each(inOrder(document.operations).map((operation) => [operation.operationId, operation] as const))(
    '%s',
    async (_, operation) => {
      await prepare(operation);
      const { status, text, type } = await run(operation);
      const successes = Object.keys(operation.answers).filter((code) => code.startsWith('2'));
      const documented = successes.find((code) => code === String(status)) ?? successes[0];
      if (documented === undefined) {
        // There is nothing behind it yet, and it says so.
        expect([404, 422, 501], text).toContain(status);
        expect(Object.keys(operation.answers)).toContain(String(status));
        return;
      }
      expect(`${status} ${status === Number(documented) ? '' : text}`).toBe(`${documented} `);
      remember(operation, text);
      const content = operation.answers[String(status)]?.content;
      if (content !== undefined) expect(Object.keys(content)).toContain(type);
    },
    30_000,
  );
});

it('serves protocol tunnels under their published path and under ours', async () => {
  const api = configurationCalls(appliance.api);
  await api('POST', '/jump-group', { name: 'Tunnels', code_name: 'tunnels' });
  const [group] = (await api('GET', '/jump-group?code_name=tunnels')).body;
  const tunnel = { name: 'T', jump_group_id: group.id, hostname: 'h', tunnel_definitions: '1;2' };
  const { body: jumpoint } = await api('POST', '/jumpoint', { name: 'Tunnelled', platform: 'linux-x86' });
  const created = await api('POST', '/jump-item/protocol-tunnel', { ...tunnel, jumpoint_id: jumpoint.id });
  expect(created.status).toBe(201);
  const published = await api('GET', `/jump-item/protocol-tunnel-jump/${created.body.id}`);
  expect(published.body).toEqual(created.body);
});

describe('the document', () => {
  it('has an example for every JSON body and every parameter of a path', () => {
    for (const operation of document.operations) {
      const json = operation.body?.content['application/json'];
      if (json !== undefined) expect(json, operation.operationId).toHaveProperty('example');
      for (const parameter of operation.parameters.filter((one) => one.in === 'path')) {
        expect(parameter, `${operation.operationId} ${parameter.name}`).toHaveProperty('example');
      }
    }
  });

  it('lists the errors that can always happen', () => {
    for (const { operationId, access, answers } of document.operations) {
      const always = ['401', '405', '429', '500', ...(access === 'public' ? [] : ['403'])];
      expect(Object.keys(answers), operationId).toEqual(expect.arrayContaining(always));
    }
  });

  it('names every operation once, except where one resource has two paths', () => {
    const paths = new Map<string, string[]>();
    for (const { operationId, path } of document.operations) {
      paths.set(operationId, [...(paths.get(operationId) ?? []), path]);
    }
    for (const [operationId, places] of paths) {
      const names = new Set(places.map((path) => path.replace('/protocol-tunnel-jump', '/protocol-tunnel')));
      expect([operationId, names.size]).toEqual([operationId, 1]);
    }
  });

  it('shows objects that fit their own schemas', () => {
    const schemas = (document.resolve({ $ref: '#/components' }) as { schemas?: Record<string, object> })
      .schemas;
    for (const [name, schema] of Object.entries(schemas ?? {})) {
      const { examples } = schema as { examples?: unknown[] };
      if (examples === undefined) continue;
      const fits = compileResponse(document.resolve({ $ref: `#/components/schemas/${name}` }));
      for (const example of examples) expect([name, fits(example), fits.errors]).toEqual([name, true, null]);
    }
  });
});

/** A host has to ask for it itself. */
async function enrolledEcmHost(): Promise<void> {
  const key = () => randomBytes(32).toString('base64');
  const answer = await appliance.api('/agent/ecm/enrol', {
    method: 'POST',
    json: {
      name: 'Vault network',
      identity_public_key: key(),
      sealing_public_key: key(),
      hostname: 'vault-1',
      version: '1.0.0',
    },
  });
  expect(await answer.json()).toMatchObject({ ecm_host_id: 1 });
}

const NEEDS_MORE = [
  ...NEEDS_A_TERMINAL,
  ...NEEDS_A_HOST,
  ...NEEDS_A_PROVIDER,
  ...NEEDS_AN_AUTHENTICATOR,
  ...NEEDS_A_CREDENTIAL,
];

function inOrder(operations: readonly ContractOperation[]): ContractOperation[] {
  const phase = ({ operationId, method }: ContractOperation) => {
    if (VERY_LAST.includes(operationId)) return 3;
    if (method === 'DELETE') return 2;
    // A copy takes the next id, which the examples give to another kind.
    return LAST.includes(operationId) || operationId.endsWith('.copy') ? 1 : 0;
  };
  // A list works before its objects exist; the object has to exist before it is looked at.
  const stores = (operation: ContractOperation) => (operation.operationId.endsWith('.store') ? 0 : 1);
  const family = ({ path, method }: ContractOperation) =>
    operations.findIndex((one) => one.path === path) * (method === 'DELETE' ? -1 : 1);
  return operations
    .filter(({ path }) => !/^\/jump-item\/protocol-tunnel($|\/)/.test(path))
    .filter(({ operationId }) => !NEEDS_MORE.includes(operationId))
    .sort((a, b) => phase(a) - phase(b) || family(a) - family(b) || stores(a) - stores(b));
}

/** What the document says a site holds beside the objects its own examples create. */
async function prepare({ operationId }: ContractOperation): Promise<void> {
  const api = configurationCalls(appliance.api);
  const also = async (path: string, body: object) => {
    const { status, body: answer } = await api('POST', path, body);
    expect(`${status} ${JSON.stringify(answer)}`).toMatch(/^201/);
  };
  switch (operationId) {
    case 'api.config.vault.account.force-check-in':
      expect((await api('POST', '/vault/account/1/check-out')).status).toBe(200);
      break;
    case 'api.config.jump-group.user.store':
      await also('/jump-group', { name: 'Copies' });
      await also('/user', { username: 'kim', public_display_name: 'Kim', private_display_name: 'Kim' });
      await also('/jump-group/1/user', { user_id: 2 });
      await also('/jumpoint/1/user', { user_id: 2 });
      break;
    case 'api.config.jump-client.index':
      // Its program makes it, and there is none yet.
      await appliance.sql`
        insert into jump_item (id, kind, name, hostname, jump_group_id)
        values (20001, 'jump_client', 'Kiosk 1', 'kiosk-1', 1)`;
      await appliance.sql`insert into jump_client (jump_item_id) values (20001)`;
      break;
    case 'api.config.vault.group-policy.copy':
      await also('/group-policy', { name: 'Nights' });
      break;
    case 'api.config.endpoint-automation.script.store':
      await machineWithResource();
      break;
    case 'api.config.import-job.apply':
    case 'api.config.import-job.cancel':
      madeUp.import = await dryRun();
      break;
    case 'api.config.session.channel.ticket':
      await startSession();
      break;
  }
}

async function run(operation: ContractOperation): Promise<{ status: number; text: string; type: string }> {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = operation.parameters.find((one) => one.in === 'path' && one.name === name);
    const own = operation.path.startsWith('/import-job') && name === 'id' ? madeUp.import : madeUp[name];
    return encodeURIComponent(own ?? String((parameter as { example?: unknown } | undefined)?.example));
  });
  const [type, content] = Object.entries(operation.body?.content ?? {})[0] ?? [];
  const body =
    type === 'application/json' ? JSON.stringify(content?.example) : (content?.example as string | undefined);
  const query = new URLSearchParams(
    operation.parameters
      .filter((one) => one.in === 'query' && (one.required === true || 'example' in one))
      .map((one) => [one.name, String((one as { example?: unknown }).example)]),
  );
  const call = await callerFor(operation);
  const response = await call(`/api/config/v1${path}${query.size === 0 ? '' : `?${query}`}`, {
    method: operation.method,
    ...(type !== undefined && { headers: { 'content-type': type }, body: body ?? '' }),
  });
  return {
    status: response.status,
    text: await response.text(),
    type: (response.headers.get('content-type') ?? '').split(';')[0] ?? '',
  };
}

/** Operations that end sign-ins get one of their own. */
async function callerFor({ operationId, access }: ContractOperation): Promise<Caller> {
  if (access === 'public') {
    return (path, init) =>
      appliance.anonymous(path, { ...init, headers: { ...init?.headers, origin: appliance.url } });
  }
  if (operationId === 'api.config.user-token.destroy') {
    const token = await userToken();
    return caller(appliance.url, async () => ({ authorization: `Bearer ${token}` }));
  }
  if (access.startsWith('signed-in') || access === 'administrator' || access === 'configuration-security') {
    return await administrator();
  }
  return appliance.api;
}

/** A sign-in of its own: signing out everywhere ends the others. */
async function administrator(): Promise<Caller> {
  const headers = await signIn(appliance.url, 'admin', appliance.adminPassword);
  return caller(appliance.url, async () => headers);
}

function remember({ operationId }: ContractOperation, text: string): void {
  if (operationId === 'api.config.jumpoint.enrolment-token.store') {
    madeUp.token_id = String((JSON.parse(text) as { id: number }).id);
  }
  if (operationId === 'api.config.jump-item.import') madeUp.import = (JSON.parse(text) as { id: string }).id;
  if (operationId === 'api.config.session.store') {
    const { lsid, channel } = JSON.parse(text) as { lsid: string; channel: { id: string } };
    madeUp.lsid = lsid;
    madeUp.channel_id = channel.id;
  }
}

async function connectedJumpoint(): Promise<void> {
  const api = configurationCalls(appliance.api);
  await vi.waitFor(
    async () => expect((await api('GET', '/jumpoint/1')).body).toMatchObject({ connected: true }),
    { timeout: 30_000, interval: 100 },
  );
}

/** A finished dry run of a file that is right. */
async function dryRun(): Promise<string> {
  const response = await appliance.api('/api/config/v1/jump-item/import?dry_run=true', {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: 'type,name,local_jump_hostname,group\nlocal_jump,Another,another.example.com,kiosks\n',
  });
  const { id } = (await response.json()) as { id: string };
  const api = configurationCalls(appliance.api);
  await vi.waitFor(
    async () => expect((await api('GET', `/import-job/${id}`)).body).toMatchObject({ state: 'validated' }),
    { timeout: 20_000, interval: 100 },
  );
  return id;
}

/** What no operation makes: a Jump Client that has registered, and an uploaded file for scripts. */
async function machineWithResource(): Promise<void> {
  const { sql } = appliance;
  await sql`insert into jump_item (id, kind, name, jump_group_id) values (1000, 'jump_client', 'Machine', 1)`;
  await sql`insert into jump_client (jump_item_id, operating_system) values (1000, 'Debian GNU/Linux 12')`;
  await sql`insert into endpoint_automation_resource (file_name, file_size, hash) values ('tools.zip', 1, 'aa')`;
}

/** A session with a host that accepts the connection and then says nothing. */
async function startSession(): Promise<void> {
  const item = {
    name: 'Silent',
    jump_group_id: 1,
    jumpoint_id: 1,
    hostname: '127.0.0.1',
    port: (silent.address() as AddressInfo).port,
    protocol: 'ssh',
  };
  const { body: saved } = await configurationCalls(appliance.api)('POST', '/jump-item/shell-jump', item);
  const admin = configurationCalls(await administrator());
  const { status, body } = await admin('POST', '/session', {
    jump_item: { type: 'shell_jump', id: saved.id },
  });
  expect(`${status} ${JSON.stringify(body)}`).toMatch(/^201/);
  madeUp.lsid = body.lsid;
  madeUp.channel_id = body.channel.id;
}

async function userToken(): Promise<string> {
  const { body } = await configurationCalls(appliance.anonymous)('POST', '/user-token', {
    username: 'admin',
    password: appliance.adminPassword,
  });
  return body.access_token;
}

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContractDocument } from '../../../api/contract/contract-document.ts';
import { PROVIDER_KINDS } from '../../../appliance/directory/security-provider-kinds.ts';
import { SealedSecrets } from '../../../appliance/vault/keys/sealed-secrets.ts';
import { VaultKeyRing } from '../../../appliance/vault/keys/vault-keys.ts';
import { selfSignedCertificate } from '../../../integrations/files/self-signed-certificate.ts';
import { loadSiteKey } from '../../../integrations/files/site-key-file.ts';
import { PgSealedSecrets } from '../../../schema/vault/pg-sealed-secrets.ts';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { caller, type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

let appliance: TestAppliance;
let api: Call;
let admin: Call;
/** An API account that may configure, but not the security of the site. */
let configurer: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  api = configurationCalls(appliance.api);
  admin = configurationCalls(appliance.admin);
  await liftRateLimits(appliance);
  configurer = await account({ perm_configuration: true });
});
afterAll(() => appliance?.stop());

async function account(permissions: object): Promise<Call> {
  const { body } = await admin('POST', '/api-account', { name: `A ${Math.random()}`, ...permissions });
  const answer = await appliance.anonymous('/oauth2/token', {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${body.client_id}:${body.client_secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return configurationCalls(caller(appliance.url, async () => ({ authorization: `Bearer ${token}` })));
}

const PRIVATE_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;
const { cert: CERTIFICATE } = selfSignedCertificate(['idp.example.com'], 2);
const SECRET = 'planted-provider-secret';

const LDAP = {
  type: 'ldap',
  hostname: 'ldap.example.com',
  bind_username: 'cn=bridgehead,dc=example,dc=com',
  search_base_dn: 'dc=example,dc=com',
};
const SAML = {
  type: 'saml',
  login_url: 'https://idp.example.com/sso',
  entity_id: 'https://idp.example.com/',
};

/** What each type needs, with its secret. */
const EXAMPLES: Record<string, Record<string, unknown>> = {
  ldap: { ...LDAP, bind_password: SECRET },
  radius: { type: 'radius', hostname: 'radius.example.com', shared_secret: SECRET, timeout: 5 },
  kerberos: { type: 'kerberos', keytab: Buffer.from(SECRET).toString('base64'), strip_realm: true },
  saml: { ...SAML, private_key: PRIVATE_KEY, idp_certificates: CERTIFICATE, available_groups: ['Support'] },
  saml_portal: { ...SAML, type: 'saml_portal', private_key: PRIVATE_KEY },
  oidc: { type: 'oidc', issuer: 'https://idp.example.com', client_id: 'bridgehead', client_secret: SECRET },
  scim: { type: 'scim', scim_user_query_id: 'userName' },
};

let made = 0;
async function provider(
  body: object,
): Promise<{ path: string; body: Record<string, unknown> & { id: number } }> {
  made += 1;
  const answer = await admin('POST', '/security-provider', { name: `Provider ${made}`, ...body });
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  return { path: `/security-provider/${answer.body.id}`, body: answer.body };
}

describe('security providers', () => {
  it.each(Object.keys(EXAMPLES))(
    'of the type %s answer the published object and never their secrets',
    async (type) => {
      const example = EXAMPLES[type] ?? {};
      const { path, body } = await provider(example);
      const kind = PROVIDER_KINDS[type as keyof typeof PROVIDER_KINDS];
      for (const [name, value] of Object.entries(example)) {
        if (!kind.secrets.some((secret) => secret === name)) expect(body[name], name).toEqual(value);
      }
      for (const secret of kind.secrets) {
        expect(body).not.toHaveProperty(secret);
        expect(body[`${secret}_set`], secret).toBe(secret in example);
      }
      expect(Object.keys(body).slice(0, 8)).toEqual([
        'id',
        'type',
        'name',
        'enabled',
        'user_authentication',
        'group_lookup',
        'priority',
        'default_policy',
      ]);
      const shown = await api('GET', path);
      expect(shown.body).toEqual(body);
      expect((await admin('PATCH', path, shown.body)).body).toEqual(body);
      for (const secret of kind.secrets) {
        expect((await admin('PATCH', path, { [secret]: null })).body[`${secret}_set`]).toBe(false);
      }
      expect((await admin('DELETE', path)).status).toBe(204);
      expect((await api('GET', path)).status).toBe(404);
      expect(await appliance.sql`select 1 from sealed_secret where owner_id = ${body.id}`).toHaveLength(0);
    },
  );

  it('are listed as published; those that only look up groups when asked for', async () => {
    const { body: lookup } = await provider({ ...LDAP, user_authentication: false, encryption: 1 });
    expect(lookup).toMatchObject({ user_authentication: false, group_lookup: true, port: 636 });
    const { body: list } = await api('GET', '/security-provider');
    expect(list[0]).toEqual({
      id: 1,
      type: 'local',
      name: 'Local',
      enabled: true,
      user_authentication: true,
      group_lookup: false,
    });
    const ids = (rows: { id: number }[]) => rows.map(({ id }) => id);
    expect(ids(list)).not.toContain(lookup.id);
    const { body: all } = await api('GET', '/security-provider?include_group_lookup=true');
    expect(ids(all)).toContain(lookup.id);
  });

  it.each([
    [{ ...LDAP, hostname: '' }, 'hostname'],
    [{ type: 'ldap' }, 'search_base_dn'],
    [{ ...LDAP, bind_username: '' }, 'bind_username'],
    [{ ...LDAP, user_authentication: false, group_lookup: false }, 'group_lookup'],
    [{ ...LDAP, ldap_search: 2 }, 'ldap_search'],
    [{ ...LDAP, paged_search_timeout: 1000 }, 'paged_search_timeout'],
    [{ ...LDAP, display_name: 'cn' }, 'display_name'],
    [{ ...LDAP, ca_certificates: PRIVATE_KEY }, 'ca_certificates'],
    [{ ...LDAP, shared_secret: SECRET }, 'shared_secret'],
    [{ ...LDAP, login_url: 'https://example.com' }, 'login_url'],
    [{ type: 'radius', hostname: 'r', timeout: 0 }, 'timeout'],
    [{ type: 'radius', hostname: 'r', external_lookup: [1] }, 'external_lookup'],
    [{ type: 'kerberos', allowed_users_regex: '(' }, 'allowed_users_regex'],
    [{ type: 'kerberos', keytab: `${SECRET}!` }, 'keytab'],
    [{ ...SAML, login_url: 'javascript:alert(1)' }, 'login_url'],
    [{ ...SAML, private_key: SECRET }, 'private_key'],
    [{ ...SAML, display_name: ['a'] }, 'display_name'],
    [{ ...SAML, available_groups: ['a', 'a'] }, 'available_groups'],
    [{ type: 'oidc', issuer: 'https://idp.example.com' }, 'client_id'],
    [{ type: 'local' }, 'type'],
    [{ type: 'nis' }, 'type'],
    [{ ...SAML, default_policy: 4711 }, 'default_policy'],
  ])('refuse %j', async (body, field) => {
    const refused = await admin('POST', '/security-provider', { name: 'Bad', ...body });
    expect([refused.status, Object.keys(refused.body.errors ?? {})]).toEqual([
      422,
      expect.arrayContaining([field]),
    ]);
    expect(JSON.stringify(refused.body)).not.toContain(SECRET);
  });

  it('refuse names that are taken and fields that nothing has', async () => {
    expect(
      (await admin('POST', '/security-provider', { ...SAML, name: 'LOCAL' })).body.errors,
    ).toHaveProperty('name');
    expect((await admin('POST', '/security-provider', { ...SAML, name: 'X', colour: 'red' })).status).toBe(
      401,
    );
    expect((await admin('PATCH', '/security-provider/4711', { name: 'X' })).status).toBe(404);
  });

  it('keep the local one as it is', async () => {
    expect((await admin('PATCH', '/security-provider/1', { enabled: false })).body.errors).toHaveProperty(
      'enabled',
    );
    expect((await admin('DELETE', '/security-provider/1')).status).toBe(422);
    expect((await admin('PATCH', '/security-provider/1', { type: 'ldap' })).body.type).toBe('local');
    expect((await admin('PATCH', '/security-provider/1', { hostname: 'x' })).status).toBe(422);
    expect((await admin('PATCH', '/security-provider/1', { name: 'People of ours' })).body.name).toBe(
      'People of ours',
    );
    await admin('PATCH', '/security-provider/1', { name: 'Local' });
  });

  it('stand in an order without gaps', async () => {
    const { path, body } = await provider({ ...SAML, priority: 0 });
    const order = async () =>
      (
        await appliance.sql<{ id: number }[]>`select id, priority from security_provider order by priority`
      ).map(({ id }) => id);
    expect(body.priority).toBe(0);
    expect((await order())[0]).toBe(body.id);
    const { body: last } = await provider(SAML);
    expect((await order()).at(-1)).toBe(last.id);
    expect((await admin('PATCH', path, { priority: 10_000 })).body.priority).toBe((await order()).length - 1);
    expect((await order()).at(-1)).toBe(body.id);
    await admin('DELETE', `/security-provider/${last.id}`);
    const rows = await appliance.sql<
      { priority: number }[]
    >`select priority from security_provider order by priority`;
    expect(rows.map(({ priority }) => priority)).toEqual(rows.map((_, index) => index));
  });

  it('give their users a group policy', async () => {
    const { path } = await provider(SAML);
    expect((await admin('PATCH', path, { default_policy: 1 })).body.default_policy).toBe(1);
    expect((await admin('PATCH', path, { default_policy: null })).body.default_policy).toBe(0);
  });

  it('make administrators by it only for an administrator', async () => {
    const settings = appliance.sql.json({ perm_admin: { status: 'defined', value: true } });
    const [row] = await appliance.sql<{ id: number }[]>`
      insert into group_policy (name, position, settings) values ('Makes administrators', 900, ${settings}) returning id`;
    const { path } = await provider(SAML);
    const sneaked = await api('PATCH', path, { default_policy: row?.id });
    expect([sneaked.status, sneaked.body.message]).toEqual([422, 'This API cannot update administrators.']);
    const created = await api('POST', '/security-provider', {
      ...SAML,
      name: 'Sneaked',
      default_policy: row?.id,
    });
    expect(created.status).toBe(422);
    expect((await admin('PATCH', path, { default_policy: row?.id })).status).toBe(200);
    expect((await api('PATCH', path, { default_policy: 0 })).status).toBe(422);
    expect((await admin('PATCH', path, { default_policy: 0 })).status).toBe(200);
  });

  it('are not deleted under their users, members of group policies and other providers', async () => {
    const { body, path } = await provider(LDAP);
    const { path: radius } = await provider({ ...EXAMPLES.radius, external_lookup: [body.id] });
    await appliance.sql`
      insert into app_user (username, security_provider_id) values ('from.ldap', ${body.id})`;
    await appliance.sql`
      insert into group_policy_member (group_policy_id, security_provider_id, group_name) values (1, ${body.id}, 'staff')`;
    const refused = await admin('DELETE', path);
    expect([refused.status, refused.body.uses]).toEqual([
      422,
      [
        { type: 'user', total: 1, names: ['from.ldap'] },
        { type: 'group_policy_member', total: 1, names: ['Default'] },
        { type: 'security_provider', total: 1, names: [expect.any(String)] },
      ],
    ]);
    expect((await admin('PATCH', path, { group_lookup: false })).body.errors).toHaveProperty('group_lookup');
    await appliance.sql`delete from app_user where username = 'from.ldap'`;
    await appliance.sql`delete from group_policy_member where security_provider_id = ${body.id}`;
    expect((await admin('PATCH', radius, { external_lookup: [] })).status).toBe(200);
    expect((await admin('DELETE', path)).status).toBe(204);
  });

  it('are changed at the revision that was read', async () => {
    const { path } = await provider(SAML);
    const etag = (await admin('GET', path)).headers.get('etag') ?? '';
    expect((await admin('PATCH', path, { email: 'mail' }, { 'if-match': etag })).status).toBe(200);
    expect((await admin('PATCH', path, { email: 'post' }, { 'if-match': etag })).status).toBe(412);
    expect((await admin('DELETE', path, undefined, { 'if-match': etag })).status).toBe(412);
  });
});

describe('who may change a security provider', () => {
  it('the groups of a SAML provider: whoever configures; everything else: whoever configures security', async () => {
    const { path } = await provider(SAML);
    const groups = await configurer('PATCH', path, { available_groups: ['Support', 'Sales'] });
    expect([groups.status, groups.body.available_groups]).toEqual([200, ['Support', 'Sales']]);
    for (const body of [
      { available_groups: ['A'], enabled: false },
      { login_url: 'https://evil.example.com' },
      { private_key: PRIVATE_KEY },
      { default_policy: 1 },
      { priority: 0 },
      { name: 'Mine' },
    ]) {
      expect((await configurer('PATCH', path, body)).status, JSON.stringify(body)).toBe(403);
    }
    const whole = (await configurer('GET', path)).body;
    const sentBack = await configurer('PATCH', path, { ...whole, available_groups: ['Support'] });
    expect([sentBack.status, sentBack.body.available_groups]).toEqual([200, ['Support']]);
    const { path: portal } = await provider({ ...SAML, type: 'saml_portal' });
    expect((await configurer('PATCH', portal, { available_groups: ['A'] })).status).toBe(422);
    expect((await configurer('POST', '/security-provider', { ...SAML, name: 'Mine' })).status).toBe(403);
    expect((await configurer('DELETE', path)).status).toBe(403);
    expect((await configurer('GET', path)).status).toBe(200);
    const stranger = await account({ perm_reporting_support: true });
    expect((await stranger('GET', path)).status).toBe(403);
    expect((await stranger('PATCH', path, { available_groups: [] })).status).toBe(403);
  });
});

describe('secrets of a provider', () => {
  it('are not sent to another server that somebody names', async () => {
    const { path } = await provider({ ...LDAP, bind_password: SECRET });
    const elsewhere = { hostname: 'elsewhere.example.com' };
    const refused = await admin('PATCH', path, elsewhere);
    expect([refused.status, Object.keys(refused.body.errors)]).toEqual([422, ['bind_password']]);
    expect((await admin('PATCH', path, { port: 3389 })).status).toBe(200);
    expect((await admin('PATCH', path, { ...elsewhere, bind_password: `${SECRET}-3` })).status).toBe(200);
    const none = await admin('PATCH', path, { hostname: 'third.example.com', bind_password: null });
    expect([none.status, none.body.bind_password_set]).toEqual([200, false]);
    expect((await admin('DELETE', path)).status).toBe(204);
  });

  it('are readable by the appliance alone', async () => {
    const { path, body } = await provider({ ...LDAP, bind_password: SECRET });
    await admin('PATCH', path, { bind_password: `${SECRET}-2`, email: ['mail', 'post'] });
    const secrets = new SealedSecrets(new VaultKeyRing(() => [loadSiteKey(appliance.config.siteKeyFile)]));
    const id = { ownerType: 'security_provider', ownerId: body.id, name: 'bind_password' };
    expect(await secrets.read(new PgSealedSecrets(appliance.sql), id)).toBe(`${SECRET}-2`);

    const { body: audit } = await admin('GET', '/audit-event?object_type=security_provider&limit=200');
    const texts = audit.items.map((item: unknown) => JSON.stringify(item)).join('\n');
    expect(audit.items[0]).toMatchObject({
      before: { email: ['mail'] },
      after: { email: ['mail', 'post'], bind_password: 'changed' },
    });
    expect(texts).not.toContain(SECRET);
    expect(texts).not.toContain('PRIVATE KEY');
    const [row] = await appliance.sql<{ text: string }[]>`
      select string_agg(s::text || encode(s.sealed, 'escape'), '') as text from sealed_secret s`;
    expect(row?.text).not.toContain(SECRET);
    const [settings] = await appliance.sql<{ text: string }[]>`
      select string_agg(settings::text, '') as text from security_provider`;
    expect(settings?.text).not.toContain(SECRET);
  });
});

describe('the contract', () => {
  it('describes each type as the appliance knows it', () => {
    const document = ContractDocument.ofThisVersion();
    const { oneOf } = document.resolve({ $ref: '#/components/schemas/SecurityProviderDetails' });
    const forms = new Map(
      (oneOf ?? []).map((form) => {
        const [type] = (form.properties?.type?.enum ?? []) as string[];
        return [type, form] as const;
      }),
    );
    for (const [type, { settings, secrets }] of Object.entries(PROVIDER_KINDS)) {
      const own = new Set([...Object.keys(settings), ...secrets.map((name) => `${name}_set`)]);
      const described = new Set(Object.keys(forms.get(type)?.properties ?? {}).slice(8));
      for (const name of ['user_authentication', 'group_lookup']) own.delete(name);
      // Kerberos alone needs something of the host.
      if (type === 'kerberos') own.add('host_problem');
      expect([type, [...described].sort()]).toEqual([type, [...own].sort()]);
    }
  });
});

import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderSource, ProviderTest } from '../../appliance/directory/identity-provider.ts';
import { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import type { ProviderSettings } from '../../appliance/directory/security-provider.ts';
import { LdapResultError } from '../../integrations/ldap/ldap-failure.ts';
import { anonymousFailure, refusalOf, searchFailure } from '../../integrations/ldap/ldap-result-failures.ts';
import { LdapTester } from '../../integrations/ldap/ldap-tester.ts';
import { openLdapSource } from '../support/ldap-sources.ts';
import { providerSource } from '../support/provider-source.ts';
import { type TestAuthority, testAuthority } from '../support/test-certificates.ts';
import { groupLdif, personLdif, SUFFIX, type TestSlapd, testSlapd } from '../support/test-slapd.ts';

let authority: TestAuthority;
let slapd: TestSlapd;
let strict: TestSlapd;

beforeAll(async () => {
  authority = await testAuthority();
  const entries = [
    personLdif('alice', 'Alice Adams'),
    personLdif('twin', 'Bob Twin'),
    `dn: ou=away,${SUFFIX}\nobjectClass: referral\nobjectClass: extensibleObject\nou: away\nref: ldap://elsewhere.invalid/ou=away`,
  ];
  [slapd, strict] = await Promise.all([
    testSlapd({ authority, entries }),
    testSlapd({ entries, withoutTls: true, config: ['disallow bind_anon', 'require bind', 'sizelimit 1'] }),
  ]);
  await slapd.add(groupLdif('reps', [`uid=alice,ou=people,${SUFFIX}`]));
});

afterAll(() => Promise.all([slapd?.stop(), strict?.stop()]));

async function steps(source: ProviderSource, test: ProviderTest = {}) {
  const trace = new ProviderTrace();
  await new LdapTester().test(source, test, trace);
  return trace;
}

describe('a test that passes', () => {
  it('tells every step of a sign-in', async () => {
    const trace = await steps(openLdapSource(slapd), { username: 'alice', password: 'pw-alice' });
    expect(trace.failure).toBeUndefined();
    const passed = trace.steps.filter(({ outcome }) => outcome === 'passed').map(({ step }) => step);
    expect(passed).toEqual([
      'resolve',
      'connect',
      'tls',
      'bind',
      'search_base',
      'search_base',
      'find_user',
      'user_bind',
      'attributes',
      'groups',
    ]);
    expect(JSON.stringify(trace.steps)).not.toMatch(/adminpw|pw-alice/);
  });

  it('says that there are users when none is named', async () => {
    const trace = await steps(openLdapSource(slapd));
    expect(trace.failure).toBeUndefined();
    expect(trace.steps.at(-1)?.message).toContain('user name');
  });

  it('tries every server, so that the second does not rot unseen', async () => {
    const trace = await steps(openLdapSource(slapd, { alternate_servers: ['localhost:1'] }), {
      username: 'alice',
    });
    expect(trace.failure).toMatchObject({ step: 'connect', message: expect.stringContaining('port 1') });
    expect(trace.steps).toContainEqual(expect.objectContaining({ step: 'find_user', outcome: 'passed' }));
  });
});

/** What is wrong, the settings that make it so, and where and how it is told. */
type Fault = [
  what: string,
  settings: () => ProviderSettings,
  step: string,
  told: RegExp,
  test?: ProviderTest,
];

const FAULTS: Fault[] = [
  [
    'a wrong host',
    () => ({ hostname: 'no-such-host.invalid' }),
    'resolve',
    /No address is known for the host name/,
  ],
  ['a closed port', () => ({ port: 1 }), 'connect', /nothing listens on port 1/],
  ['TLS to a plain port', () => ({ encryption: 1 }), 'tls', /does not speak TLS from the start/],
  [
    'TLS on the plain port to a TLS port',
    () => ({ port: slapd.ldapsPort }),
    'tls',
    /closed the connection when asked for TLS|does not speak plain LDAP|did not answer/,
  ],
  [
    'no encryption to a TLS port',
    () => ({ encryption: 0, port: slapd.ldapsPort }),
    'tls',
    /speaks TLS from the start/,
  ],
  [
    'an authority that is not trusted',
    () => ({ ca_certificates: '' }),
    'tls',
    /an authority that is not trusted/,
  ],
  [
    'a wrong bind name',
    () => ({ bind_username: `cn=nobody,${SUFFIX}` }),
    'bind',
    /name or password are wrong/,
  ],
  ['a bind name that is no DN', () => ({ bind_username: 'nobody' }), 'bind', /no distinguished name/],
  [
    'no bind name and password',
    () => ({ anonymous_bind: true }),
    'bind',
    /lets nobody search without signing in/,
  ],
  ['a connection agent', () => ({ proxy: true }), 'settings', /connection agent/],
  [
    'a search base that is not there',
    () => ({ search_base_dn: `ou=nowhere,ou=people,${SUFFIX}` }),
    'search',
    /has no entry .*what it has of that is “ou=people,dc=test,dc=local”/,
  ],
  ['a search base that is no DN', () => ({ search_base_dn: 'people' }), 'search', /no distinguished name/],
  [
    'a group base that is not there',
    () => ({ group_schema_base_dn: `ou=nowhere,${SUFFIX}` }),
    'search',
    /has no entry “ou=nowhere/,
  ],
  [
    'a search base kept elsewhere',
    () => ({ search_base_dn: `ou=away,${SUFFIX}` }),
    'search',
    /kept by another server/,
  ],
  [
    'a query that is no filter',
    () => ({ user_query: '(&(uid={username})' }),
    'settings',
    /user_query is no LDAP filter/,
  ],
  [
    'a group query that is no filter',
    () => ({ group_schema_browse_query: ['(cn=a'] }),
    'settings',
    /group_schema_browse_query is no LDAP filter/,
  ],
  ['object classes that nobody has', () => ({ object_classes: ['computer'] }), 'search', /Nobody below/],
  [
    'a user who is not there',
    () => ({}),
    'find_user',
    /Nobody below .* has the user name “nobody”/,
    { username: 'nobody' },
  ],
  [
    'a user name that several have',
    () => ({ user_query: '(|(uid={username})(objectClass=inetOrgPerson))' }),
    'find_user',
    /Several entries/,
    { username: 'alice' },
  ],
  [
    'a wrong password',
    () => ({}),
    'user_bind',
    /name or password are wrong/,
    { username: 'alice', password: 'x' },
  ],
  [
    'a unique id that nobody has',
    () => ({ unique_id: ['objectGUID'] }),
    'attributes',
    /no attribute objectGUID.*unique_id/,
    { username: 'alice' },
  ],
  [
    'a user name that the entry lacks',
    () => ({ username: 'employeeNumber', user_query: '(uid={username})' }),
    'attributes',
    /no attribute employeeNumber/,
    { username: 'alice' },
  ],
];

describe('a test that fails', () => {
  it.each(FAULTS)('explains %s', async (_, settings, step, told, test = {}) => {
    const { failure } = await steps(openLdapSource(slapd, settings()), test);
    expect(failure).toMatchObject({ step, message: expect.stringMatching(told) });
    expect(failure?.advice).toMatch(/\w+ .*\./);
  });

  it('explains a wrong bind password', async () => {
    const { failure } = await steps(openLdapSource(slapd, {}, 'wrong'));
    expect(failure).toMatchObject({
      step: 'bind',
      message: expect.stringContaining('name or password are wrong'),
    });
  });

  it('explains a missing bind password, and sends none', async () => {
    const { failure } = await steps(openLdapSource(slapd, {}, ''));
    expect(failure).toMatchObject({
      step: 'settings',
      message: expect.stringContaining('no password to search with'),
    });
  });

  it('notes an attribute that is mapped and missing', async () => {
    const trace = await steps(openLdapSource(slapd, { display_name: ['description'] }), {
      username: 'alice',
    });
    expect(trace.failure).toBeUndefined();
    expect(trace.steps).toContainEqual(
      expect.objectContaining({
        outcome: 'noted',
        message: expect.stringContaining('no attribute description'),
      }),
    );
  });

  it('explains a server without TLS, and one that lets nobody in without a name', async () => {
    const secured = await steps(openLdapSource(strict));
    expect(secured.failure).toMatchObject({ step: 'tls', message: expect.stringContaining('refused TLS') });
    const anonymous = await steps(openLdapSource(strict, { encryption: 0, anonymous_bind: true }));
    expect(anonymous.failure).toMatchObject({
      step: 'bind',
      message: expect.stringContaining('lets nobody search without signing in'),
    });
  });

  it('explains a server that accepts connections and does not answer', async () => {
    const silent = createServer(() => {});
    const port = await listening(silent);
    for (const encryption of [0, 1, 2]) {
      const { failure } = await steps(openLdapSource(slapd, { port, encryption, network_timeout: 1 }));
      expect(failure?.message).toMatch(/did not answer/);
    }
    silent.close();
  });

  it.each([
    [
      'for another name',
      { names: ['DNS:other.example.com'] },
      /other names than localhost: DNS:other.example.com/,
    ],
    ['that has expired', { names: ['DNS:localhost'], expired: true }, /has expired/],
  ])('explains a certificate %s', async (_, { names, ...options }, told) => {
    const { certificate: cert, key } = await authority.issue(names, options);
    const server = createTlsServer({ cert, key }, (socket) => socket.on('error', () => {}));
    const port = await listening(server);
    const { failure } = await steps(openLdapSource(slapd, { port, encryption: 1 }));
    expect(failure).toMatchObject({ step: 'tls', message: expect.stringMatching(told) });
    server.close();
  });

  it('refuses what somebody on the way puts between the answer and the handshake', async () => {
    const answer = Buffer.from('300c02010178070a010004000400', 'hex');
    const meddler = createServer((socket) =>
      socket.once('data', () => socket.write(Buffer.concat([answer, answer]))),
    );
    const port = await listening(meddler);
    const source = providerSource('ldap', {
      hostname: '127.0.0.1',
      port,
      anonymous_bind: true,
      search_base_dn: SUFFIX,
    });
    expect((await steps(source)).failure?.message).toContain('between its answer and the TLS handshake');
    meddler.close();
  });
});

describe('what a directory answers', () => {
  it.each([
    ['525', 'there is no such account'],
    ['52e', 'the password is wrong'],
    ['530', 'the account may not sign in at this time'],
    ['531', 'the account may not sign in from here'],
    ['532', 'the password has expired'],
    ['533', 'the account is disabled'],
    ['701', 'the account has expired'],
    ['773', 'the password has to be changed first'],
    ['775', 'the account is locked'],
  ])('is explained for data %s of Active Directory', (code, reason) => {
    const diagnostic = `80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data ${code}, v4563\0`;
    expect(refusalOf(new LdapResultError(49, '', diagnostic))).toMatchObject({ reason });
  });

  it.each([
    [4, '', 'size_limit'],
    [11, '', 'size_limit'],
    [3, '', 'time_limit'],
    [8, '', 'encryption_required'],
    [10, '', 'referral'],
    [12, '', 'paging_unsupported'],
    [50, '', 'no_right_to_search'],
    [
      1,
      '000004DC: LdapErr: a successful bind must be completed on the connection., data 0',
      'anonymous_refused',
    ],
    [80, 'internal', 'search_failed'],
  ])('is explained for result %i %s of a search', (code, diagnostic, kind) => {
    expect(searchFailure(new LdapResultError(code, '', diagnostic), 'dc=test')).toMatchObject({ kind });
  });

  it('is explained for an anonymous bind that is not allowed', () => {
    expect(anonymousFailure(new LdapResultError(48, '', 'anonymous bind disallowed')).kind).toBe(
      'anonymous_refused',
    );
  });
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

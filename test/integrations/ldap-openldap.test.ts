import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { DirectoryPerson, ProviderSource } from '../../appliance/directory/identity-provider.ts';
import { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { LdapDirectory } from '../../integrations/ldap/ldap-directory.ts';
import { openLdapSource } from '../support/ldap-sources.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';
import { groupLdif, personLdif, SUFFIX, type TestSlapd, testSlapd } from '../support/test-slapd.ts';

const PEOPLE = 1203;
const dnOf = (uid: string) => `uid=${uid},ou=people,${SUFFIX}`;
const groupDn = (name: string) => `cn=${name},ou=groups,${SUFFIX}`;

let slapd: TestSlapd;
let other: TestSlapd;
let directory: LdapDirectory;

beforeAll(async () => {
  other = await testSlapd({ entries: [personLdif('remote', 'Remote Person')] });
  slapd = await testSlapd({
    entries: [
      personLdif('alice', 'Alice Adams', ['jpegPhoto:: /9j/4AAQ']),
      personLdif('locked', 'Locked Lou', ['pwdAccountLockedTime: 000001010000Z']),
      personLdif('gone', 'Expired Eve', ['objectClass: shadowAccount', 'shadowExpire: 100']),
      ...Array.from({ length: PEOPLE - 3 }, (_, index) => personLdif(`user${index}`, `User ${index}`)),
      `dn: ou=elsewhere,ou=people,${SUFFIX}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\nref: ldap://127.0.0.1:${other.port}/ou=people,${SUFFIX}`,
    ],
  });
  const nested = ['a', 'b', 'c'].map((name, index) =>
    groupLdif(name, index === 0 ? [dnOf('alice')] : [groupDn('abc'[index - 1]!)]),
  );
  await slapd.add(nested.join('\n\n'));
  // A circle: a holds c, which holds b, which holds a.
  await slapd.modify(`dn: ${groupDn('a')}\nchangetype: modify\nadd: member\nmember: ${groupDn('c')}\n`);
  directory = new LdapDirectory();
});

afterAll(async () => {
  directory?.close();
  await Promise.all([slapd?.stop(), other?.stop()]);
});

const signIn = (source: ProviderSource, username: string, password: string, trace = new ProviderTrace()) =>
  directory.checkPassword(source, { username, password }, trace);

describe('signing in', () => {
  it('accepts the right password by TLS on the plain port and tells who it is', async () => {
    const answer = await signIn(openLdapSource(slapd, { photo: ['jpegPhoto'] }), 'alice', 'pw-alice');

    expect(answer).toMatchObject({
      outcome: 'accepted',
      identity: {
        username: 'alice',
        displayName: 'Alice Adams',
        emailAddress: 'alice@test.local',
        distinguishedName: dnOf('alice'),
        groups: [groupDn('a')],
      },
    });
    const { identity } = answer as Extract<typeof answer, { outcome: 'accepted' }>;
    expect(identity.externalId).toMatch(/^[0-9a-f-]{36}$/);
    expect(Buffer.from(identity.photo!).toString('hex')).toBe('ffd8ffe00010');
  });

  it('accepts it by LDAPS too', async () => {
    const source = openLdapSource(slapd, { encryption: 1, port: slapd.ldapsPort });
    expect((await signIn(source, 'user7', 'pw-user7')).outcome).toBe('accepted');
  });

  it('refuses a wrong password and does not know strangers', async () => {
    const source = openLdapSource(slapd);
    expect(await signIn(source, 'alice', 'wrong')).toMatchObject({ outcome: 'refused' });
    expect(await signIn(source, 'nobody', 'pw')).toEqual({ outcome: 'unknown' });
  });

  it('never takes an empty password to the directory, which would say yes to it', async () => {
    const answer = await signIn(openLdapSource(slapd, { hostname: 'no-such-host.invalid' }), 'alice', '');
    expect(answer).toEqual({ outcome: 'refused', reason: 'empty password' });
  });

  it.each([
    ['locked', 'the account is locked for good'],
    ['gone', 'the account has expired'],
  ])('refuses %s, whose account may not be used there', async (username, reason) => {
    expect(await signIn(openLdapSource(slapd), username, `pw-${username}`)).toMatchObject({
      outcome: 'refused',
    });
    const person = await directory.findPerson(openLdapSource(slapd), { username }, new ProviderTrace());
    expect(person).toMatchObject({ disabled: true, disabledReason: reason });
  });

  it('finds people by the query with a placeholder, by distinguished name and by unique id', async () => {
    const source = openLdapSource(slapd, { user_query: '(|(uid={username})(mail={username}))' });
    const byMail = await directory.findPerson(source, { username: 'alice@test.local' }, new ProviderTrace());
    const byDn = await directory.findPerson(
      source,
      { distinguishedName: dnOf('alice') },
      new ProviderTrace(),
    );
    const byId = await directory.findPerson(source, { externalId: byMail!.externalId }, new ProviderTrace());
    expect([byMail, byDn, byId].map((person) => person?.username)).toEqual(['alice', 'alice', 'alice']);
  });

  it('refuses a user name that several people have', async () => {
    const source = openLdapSource(slapd, { user_query: '(|(uid={username})(sn=Adams)(sn=Lou))' });
    expect(await signIn(source, 'alice', 'pw-alice')).toMatchObject({ outcome: 'refused' });
  });

  it('keeps connections between sign-ins, so that the next one is fast', async () => {
    const proxy = await tcpProxy(() => slapd.port);
    onTestFinished(() => proxy.stop());
    const source = openLdapSource(slapd, { port: proxy.port });
    await signIn(source, 'alice', 'pw-alice');
    const { connections } = proxy;
    expect(connections).toBeGreaterThan(0);
    for (let count = 0; count < 20; count += 1) await signIn(source, 'alice', 'pw-alice');
    expect(proxy.connections).toBe(connections);
  });
});

describe('what people type', () => {
  it('never becomes part of a filter', async () => {
    const source = openLdapSource(slapd);
    const tricky = fc.string({
      unit: fc.constantFrom('*', '(', ')', '\\', '|', '&', '=', '!', 'alice', 'uid', '2a', 'ä', ','),
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(
        tricky,
        fc.constantFrom('', '(uid={username})', '(&(uid=*)(sn=*))'),
        async (text, query) => {
          fc.pre(text !== 'alice' && text.trim() !== '');
          const one = {
            ...source,
            provider: { ...source.provider, settings: { ...source.provider.settings, user_query: query } },
          };
          expect(await signIn(one, text, 'pw-alice')).toEqual({ outcome: 'unknown' });
          for (const { name } of await directory.search(one, { text, limit: 5 })) {
            expect(name.toLowerCase()).toContain(text.trim().toLowerCase());
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('groups', () => {
  const groupsBy = async (settings: Record<string, boolean | string[]>) => {
    const source = openLdapSource(slapd, settings);
    const person = await directory.findPerson(source, { username: 'alice' }, new ProviderTrace());
    return [...(person?.groups ?? [])].sort();
  };

  it.each([[['memberOf']], [['member=dn']]])(
    'are found by %j, through other groups when asked to',
    async (relation) => {
      expect(await groupsBy({ group_relationships: relation })).toEqual([groupDn('a')]);
      expect(await groupsBy({ group_relationships: relation, recursive_groups: true })).toEqual(
        ['a', 'b', 'c'].map(groupDn),
      );
    },
  );

  it('are left out where the provider looks up none', async () => {
    const source = openLdapSource(slapd, { group_lookup: false });
    expect(
      (await directory.findPerson(source, { username: 'alice' }, new ProviderTrace()))?.groups,
    ).toBeUndefined();
  });
});

describe('everybody', () => {
  const everybody = async (source: ProviderSource, trace = new ProviderTrace(), signal?: AbortSignal) => {
    const people: DirectoryPerson[] = [];
    for await (const page of directory.people(source, trace, signal)) people.push(...page);
    return people;
  };

  it.each([[['memberOf']], [['member=dn']]])(
    'is read past the limit of the server, with groups by %j',
    async (relation) => {
      const source = openLdapSource(
        slapd,
        { group_relationships: relation, recursive_groups: true },
        undefined,
      );
      const people = await everybody(source);
      expect(people).toHaveLength(PEOPLE);
      expect(new Set(people.map(({ externalId }) => externalId)).size).toBe(PEOPLE);
      expect([...people.find(({ username }) => username === 'alice')!.groups!].sort()).toEqual(
        ['a', 'b', 'c'].map(groupDn),
      );
    },
  );

  it('includes those whom a listed server keeps, and no strangers', async () => {
    const stranger = new ProviderTrace();
    expect(await everybody(openLdapSource(slapd), stranger)).toHaveLength(PEOPLE);
    expect(stranger.steps).toContainEqual(expect.objectContaining({ step: 'referral', outcome: 'noted' }));

    const listed = openLdapSource(slapd, {
      encryption: 0,
      alternate_servers: [`127.0.0.1:${other.port}`],
    });
    expect((await everybody(listed)).map(({ username }) => username)).toContain('remote');
    expect(await signIn(listed, 'remote', 'pw-remote')).toMatchObject({ outcome: 'accepted' });
  });

  it('stops when told to', async () => {
    const stop = new AbortController();
    const read = async () => {
      for await (const _ of directory.people(openLdapSource(slapd), new ProviderTrace(), stop.signal))
        stop.abort();
    };
    await expect(read()).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('names', () => {
  it('are found by their beginning, or by any part', async () => {
    const names = async (text: string, settings = {}) =>
      (await directory.search(openLdapSource(slapd, settings), { text, limit: 10 })).map(({ name }) => name);
    expect(await names('Alice')).toEqual(['Alice Adams']);
    expect(await names('Adams')).toEqual([]);
    expect(await names('Adams', { ldap_search: 3 })).toEqual(['Alice Adams']);
    expect(await directory.search(openLdapSource(slapd), { text: 'b', kind: 'group', limit: 10 })).toEqual([
      { kind: 'group', distinguishedName: groupDn('b'), name: 'b' },
    ]);
    expect(await names('User 1')).toHaveLength(10);
  });
});

describe('several servers', () => {
  it('are tried in order when one refuses, hangs or is unknown', async () => {
    const next = { alternate_servers: [`localhost:${slapd.port}`], network_timeout: 1 };
    for (const first of [{ port: 1 }, { hostname: 'no-such-host.invalid' }]) {
      expect(await signIn(openLdapSource(slapd, { ...first, ...next }), 'alice', 'pw-alice')).toMatchObject({
        outcome: 'accepted',
      });
    }
    other.freeze(true);
    try {
      const hung = openLdapSource(slapd, { port: other.port, ...next });
      const started = performance.now();
      expect((await signIn(hung, 'alice', 'pw-alice')).outcome).toBe('accepted');
      expect(performance.now() - started).toBeLessThan(3000);
      // The next sign-in does not wait for it again.
      const again = performance.now();
      expect((await signIn(hung, 'alice', 'pw-alice')).outcome).toBe('accepted');
      expect(performance.now() - again).toBeLessThan(900);
    } finally {
      other.freeze(false);
    }
  });

  it('are unavailable together when none answers, and the trace says why', async () => {
    const trace = new ProviderTrace();
    const source = openLdapSource(slapd, { port: 1, alternate_servers: ['localhost:2'] });
    await expect(signIn(source, 'alice', 'pw-alice', trace)).rejects.toMatchObject({ code: 'unavailable' });
    expect(trace.failure).toMatchObject({ step: 'connect' });
  });
});

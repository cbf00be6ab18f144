// Sign-ins per second by each security provider against its real server, with the event loop delay of the appliance
// meanwhile (its own /metrics: monitorEventLoopDelay at 10 ms, so an idle loop shows about 10), beside bare Argon2id in
// this process. Everything shares one machine: provider, appliance, database and whoever signs in.
// A sign-in at an identity provider includes everything that its own server does for it.
// BENCH_SIGN_IN_SECONDS (10) and BENCH_SIGN_IN_AT_ONCE (8) say how long and how many; BENCH_SIGN_IN (ldap,oidc) chooses.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argon2PasswordHasher } from '../integrations/argon2/argon2-password-hasher.ts';
import { CookieJar } from '../test/support/cookie-jar.ts';
import { openLdapSettings } from '../test/support/ldap-sources.ts';
import { type ServerProcess, startServerProcess } from '../test/support/server-process.ts';
import { testFreeradius } from '../test/support/test-freeradius.ts';
import { testKdc } from '../test/support/test-kdc.ts';
import { testOidcProvider } from '../test/support/test-oidc-provider.ts';
import { ALICE, BOB, testSamlIdp } from '../test/support/test-saml-idp.ts';
import { groupLdif, personLdif, SLAPD_PASSWORD, SUFFIX, testSlapd } from '../test/support/test-slapd.ts';

const SECONDS = Number(process.env.BENCH_SIGN_IN_SECONDS ?? 10);
const AT_ONCE = Number(process.env.BENCH_SIGN_IN_AT_ONCE ?? 8);
const WORDS = process.env.BENCH_SIGN_IN?.split(',') ?? [];
const PASSWORD = randomBytes(12).toString('hex');
const BASE = '/api/config/v1';
const GOAL_MS = 50;

interface SignIns {
  /** One whole sign-in of the person with this number, from the first call to the cookie; fails when it is refused. */
  once(person: number): Promise<void>;
  stop(): Promise<void>;
}

type Provider = (site: Site) => Promise<SignIns>;

/** One line each: a provider is its server, its settings and a person's way in. */
const PROVIDERS: Record<string, Provider> = {
  local: localPasswords,
  ldap: openLdap,
  radius: freeRadius,
  kerberos: mitKerberos,
  saml: simpleSaml,
  oidc: openId,
};

class Site {
  readonly url: string;
  #admin = '';

  constructor(url: string) {
    this.url = url;
  }

  async post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
    const answer = await fetch(this.url + BASE + path, {
      method: 'POST',
      headers: { origin: this.url, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  async signInWithPassword(username: string, password: string): Promise<string> {
    const answer = await this.post('/sign-in', { username, password });
    await answer.arrayBuffer();
    const cookie = answer.headers.getSetCookie()[0]?.split(';', 1)[0];
    if (answer.status !== 200 || cookie === undefined) throw new Error(`${username} was not signed in`);
    return cookie;
  }

  async made(path: string, body: object): Promise<unknown> {
    this.#admin ||= await this.signInWithPassword('admin', PASSWORD);
    return await (await this.post(path, body, { cookie: this.#admin })).json();
  }

  async make(path: string, body: object): Promise<number> {
    return ((await this.made(path, body)) as { id: number }).id;
  }

  async allowPrivateAddresses(): Promise<void> {
    this.#admin ||= await this.signInWithPassword('admin', PASSWORD);
    const answer = await fetch(`${this.url}${BASE}/site-setting`, {
      method: 'PATCH',
      headers: { origin: this.url, 'content-type': 'application/json', cookie: this.#admin },
      body: JSON.stringify({ outbound_private_ranges: ['127.0.0.0/8', '::1'] }),
    });
    if (!answer.ok) throw new Error(`The site settings: ${answer.status}`);
  }

  /** Everybody of the provider may come in. */
  async provider(settings: object): Promise<number> {
    const policy = await this.make('/group-policy', { name: `Policy ${randomBytes(4).toString('hex')}` });
    return await this.make('/security-provider', { ...settings, default_policy: policy });
  }

  /** Since it was asked last. */
  async loopDelayMs(): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const value = /^bridgehead_nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1];
    return Number(value) * 1000;
  }
}

const nameOf = (person: number) => `person${person}`;

async function localPasswords(site: Site): Promise<SignIns> {
  for (let person = 0; person < AT_ONCE; person += 1) {
    const name = nameOf(person);
    const names = { username: name, public_display_name: name, private_display_name: name };
    await site.make('/user', { ...names, password: PASSWORD });
  }
  return {
    once: async (person) => void (await site.signInWithPassword(nameOf(person), PASSWORD)),
    stop: async () => {},
  };
}

async function openLdap(site: Site): Promise<SignIns> {
  const uids = Array.from({ length: AT_ONCE }, (_, person) => `ldap${person}`);
  const people = uids.map((uid) => personLdif(uid, `Person ${uid}`));
  const group = groupLdif(
    'everybody',
    uids.map((uid) => `uid=${uid},ou=people,${SUFFIX}`),
  );
  const slapd = await testSlapd({ entries: [...people, group] });
  const settings = { ...openLdapSettings(slapd), bind_password: SLAPD_PASSWORD };
  await site.provider({ type: 'ldap', name: 'Directory', ...settings });
  return {
    once: async (person) => void (await site.signInWithPassword(uids[person]!, `pw-${uids[person]}`)),
    stop: () => slapd.stop(),
  };
}

async function openId(site: Site): Promise<SignIns> {
  const there = await testOidcProvider({ publicUrl: site.url, idTokenClaims: true });
  for (let person = 0; person < AT_ONCE; person += 1) {
    const username = `openid${person}`;
    const claims = { preferred_username: username, name: `Person ${person}` };
    there.users[`sub-${person}`] = { username, password: PASSWORD, claims };
  }
  await there.become({});
  await site.allowPrivateAddresses();
  const id = await site.provider({
    type: 'oidc',
    name: 'Company',
    issuer: there.issuer,
    client_id: there.clientId,
    client_secret: there.clientSecret,
    groups_claim: '',
  });
  // Each has a session at the provider from the first time on, as people have.
  const jars = Array.from({ length: AT_ONCE }, () => new CookieJar());
  const headers = { origin: site.url, 'content-type': 'application/json' };
  return {
    async once(person) {
      const jar = jars[person]!;
      const call = (path: string, body: object) =>
        jar.send(site.url + BASE + path, 'POST', JSON.stringify(body), headers);
      const { url } = JSON.parse((await call(`/sign-in/provider/${id}`, {})).body) as { url: string };
      const back = await there.visit(url, { username: `openid${person}`, password: PASSWORD }, jar);
      const page = new URL((await jar.fetch(back.href)).headers.get('location')!, site.url);
      const done = await call('/sign-in/step', { sign_in: page.searchParams.get('sign_in') });
      if (done.status !== 200) throw new Error(`Not signed in: ${done.status} ${done.body}`);
    },
    stop: () => there.stop(),
  };
}

async function freeRadius(site: Site): Promise<SignIns> {
  const names = Array.from({ length: AT_ONCE }, (_, person) => `radius${person}`);
  const radius = await testFreeradius({ users: Object.fromEntries(names.map((name) => [name, PASSWORD])) });
  await site.provider({
    type: 'radius',
    name: 'RADIUS',
    hostname: '127.0.0.1',
    port: radius.port,
    shared_secret: radius.secret,
  });
  return {
    once: async (person) => void (await site.signInWithPassword(names[person]!, PASSWORD)),
    stop: () => radius.stop(),
  };
}

/** One person's ticket, many proofs: each is good once. */
async function mitKerberos(site: Site): Promise<SignIns> {
  const kdc = await testKdc();
  await kdc.addUser('kerberos', PASSWORD);
  const [keytab, ticket] = await Promise.all([
    kdc.keytab('HTTP/localhost'),
    kdc.ticketOf('kerberos', PASSWORD),
  ]);
  await site.provider({ type: 'kerberos', name: 'Realm', keytab, strip_realm: true });
  Object.assign(process.env, ticket);
  const { default: kerberos } = await import('kerberos');
  return {
    async once() {
      const client = await kerberos.initializeClient('HTTP@localhost', {
        mechOID: kerberos.GSS_MECH_OID_SPNEGO,
      });
      const authorization = `Negotiate ${await client.step('')}`;
      const answer = await site.post('/sign-in/negotiate', {}, { authorization });
      if (answer.status !== 200) throw new Error(`Not signed in: ${answer.status}`);
      await answer.arrayBuffer();
    },
    stop: () => kdc.stop(),
  };
}

/** Signed request, signed and encrypted answer, by the session that the person has over there. */
async function simpleSaml(site: Site): Promise<SignIns> {
  const idp = await testSamlIdp();
  await site.allowPrivateAddresses();
  const described = (await site.made('/saml-metadata', { url: idp.metadataUrl })) as {
    identity_providers: { settings: object }[];
  };
  const id = await site.provider({
    type: 'saml',
    name: 'Company SAML',
    ...described.identity_providers[0]!.settings,
    user_name: 'uid',
    force_signed_request: true,
  });
  await site.made(`/security-provider/${id}/saml-key`, { step: 'generate' });
  await idp.trust(await (await fetch(`${site.url}/saml/${id}/metadata`)).text());
  const jars = Array.from({ length: AT_ONCE }, () => new CookieJar());
  const headers = { origin: site.url, 'content-type': 'application/json' };
  return {
    async once(person) {
      const jar = jars[person]!;
      const call = (path: string, body: object) =>
        jar.send(site.url + BASE + path, 'POST', JSON.stringify(body), headers);
      const { url } = JSON.parse((await call(`/sign-in/provider/${id}`, {})).body) as { url: string };
      const back = await idp.signIn(jar, await jar.fetch(url), person % 2 === 0 ? ALICE : BOB);
      const handed = await jar.fetch(back.action, back.fields, { origin: idp.url });
      const page = new URL(handed.headers.get('location')!, site.url);
      const done = await call('/sign-in/step', { sign_in: page.searchParams.get('sign_in') });
      if (done.status !== 200) throw new Error(`Not signed in: ${done.status} ${done.body}`);
    },
    stop: () => idp.stop(),
  };
}

interface Measured {
  perSecond: number;
  p50: number;
  p99: number;
}

/** So many at once, each beginning anew as soon as it has ended. */
async function measured(once: (person: number) => Promise<unknown>): Promise<Measured> {
  const times: number[] = [];
  const begin = performance.now();
  const end = begin + SECONDS * 1000;
  const person = async (number: number) => {
    while (performance.now() < end) {
      const started = performance.now();
      await once(number);
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, number) => person(number)));
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)]!;
  return { perSecond: (times.length * 1000) / (performance.now() - begin), p50: at(0.5), p99: at(0.99) };
}

function line(name: string, { perSecond, p50, p99 }: Measured, loopMs?: number): void {
  const loop = loopMs === undefined ? '' : `${loopMs.toFixed(1)} ms ${loopMs < GOAL_MS ? 'ok' : 'OVER'}`;
  const figures = [perSecond.toFixed(1).padStart(8), p50.toFixed(0).padStart(7), p99.toFixed(0).padStart(7)];
  process.stdout.write(`${name.padEnd(22)}${figures.join('')}   ${loop}\n`);
}

const dataDir = await mkdtemp(join(tmpdir(), 'bridgehead-bench-'));
let server: ServerProcess | undefined;
try {
  server = await startServerProcess({ dataDir, env: { BRIDGEHEAD_ADMIN_PASSWORD: PASSWORD } });
  const site = new Site(server.url);
  process.stdout.write(`${AT_ONCE} at once, ${SECONDS} s each\n`);
  process.stdout.write(`${''.padEnd(22)}     1/s p50 ms p99 ms   event loop p99\n`);
  const argon2 = new Argon2PasswordHasher();
  const hash = await argon2.hash(PASSWORD);
  line('bare Argon2id', await measured(() => argon2.verify(hash, PASSWORD)));
  for (const [name, provider] of Object.entries(PROVIDERS)) {
    if (WORDS.length > 0 && !WORDS.includes(name)) continue;
    const signIns = await provider(site);
    try {
      // The first time accounts are made and descriptions of providers are read.
      await Promise.all(Array.from({ length: AT_ONCE }, (_, person) => signIns.once(person)));
      await site.loopDelayMs();
      const figures = await measured((person) => signIns.once(person));
      line(name, figures, await site.loopDelayMs());
    } finally {
      await signIns.stop();
    }
  }
} finally {
  server?.kill('SIGTERM');
  await server?.ended;
  await rm(dataDir, { recursive: true, force: true });
}

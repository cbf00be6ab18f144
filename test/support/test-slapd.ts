import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { type TestAuthority, testAuthority } from './test-certificates.ts';

const run = promisify(execFile);

export const SUFFIX = 'dc=test,dc=local';
export const SLAPD_ADMIN = `cn=admin,${SUFFIX}`;
export const SLAPD_PASSWORD = 'adminpw';

export interface TestSlapd {
  port: number;
  ldapsPort: number;
  /** PEM of the authority that issued its certificate. */
  authority: string;
  /** Adds entries while it runs; overlays such as memberOf see them. */
  add(ldif: string): Promise<void>;
  modify(ldif: string): Promise<void>;
  /** Connections are accepted and nothing is answered, as with a server that hangs; `false` ends that. */
  freeze(frozen: boolean): void;
  stop(): Promise<void>;
}

export interface TestSlapdOptions {
  authority?: TestAuthority;
  /** LDIF below the suffix, loaded before it starts. Large directories come in pieces. */
  entries?: Iterable<string>;
  /** Lines for the whole server, before the database. */
  config?: string[];
  /** Lines for the database. */
  databaseConfig?: string[];
  withoutTls?: boolean;
}

/** A real OpenLDAP server on loopback with memberOf and password policy, an authority of its own, and random ports. */
export async function testSlapd(options: TestSlapdOptions = {}): Promise<TestSlapd> {
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-slapd-'));
  const path = (name: string) => join(directory, name);
  const authority = options.authority ?? (await testAuthority());
  const [port, ldapsPort] = [await freePort(), await freePort()];
  const { certificate, key } = await authority.issue(['DNS:localhost', 'IP:127.0.0.1']);
  await Promise.all([
    mkdir(path('db')),
    writeFile(path('ca.crt'), authority.certificate),
    writeFile(path('server.crt'), certificate),
    writeFile(path('server.key'), key),
  ]);
  await writeFile(path('slapd.conf'), configuration(directory, options));
  const ldif = createWriteStream(path('entries.ldif'));
  ldif.write(ROOT);
  for (const piece of options.entries ?? []) {
    if (!ldif.write(`${piece.trim()}\n\n`)) await once(ldif, 'drain');
  }
  ldif.end();
  await finished(ldif);
  await run('/usr/sbin/slapadd', ['-q', '-f', path('slapd.conf'), '-l', path('entries.ldif')]);
  const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${ldapsPort}/`;
  const server = spawn('/usr/sbin/slapd', ['-f', path('slapd.conf'), '-h', urls, '-d', '0'], {
    stdio: 'ignore',
  });
  await untilListening(port, server);
  const client = async (program: string, ldifText: string, args: string[] = []) => {
    const file = path(`change-${Math.random().toString(36).slice(2)}.ldif`);
    await writeFile(file, ldifText);
    const credentials = ['-x', '-H', `ldap://127.0.0.1:${port}`, '-D', SLAPD_ADMIN, '-w', SLAPD_PASSWORD];
    await run(program, [...credentials, ...args, '-f', file]);
  };
  return {
    port,
    ldapsPort,
    authority: authority.certificate,
    add: (text) => client('ldapadd', text),
    modify: (text) => client('ldapmodify', text),
    freeze: (frozen) => server.kill(frozen ? 'SIGSTOP' : 'SIGCONT'),
    async stop() {
      server.kill('SIGCONT');
      await ended(server);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A person below ou=people with the password `pw-<uid>`; more lines are added as they are. */
export function personLdif(uid: string, name: string, lines: string[] = []): string {
  // slapadd wants the values of an attribute together.
  const classes = lines.filter((line) => line.startsWith('objectClass:'));
  return [
    `dn: uid=${uid},ou=people,${SUFFIX}`,
    'objectClass: inetOrgPerson',
    ...classes,
    `uid: ${uid}`,
    `cn: ${name}`,
    `displayName: ${name}`,
    `sn: ${name.split(' ').at(-1)}`,
    `mail: ${uid}@test.local`,
    `userPassword: pw-${uid}`,
    ...lines.filter((line) => !classes.includes(line)),
  ].join('\n');
}

export function groupLdif(name: string, members: string[]): string {
  return [
    `dn: cn=${name},ou=groups,${SUFFIX}`,
    'objectClass: groupOfNames',
    `cn: ${name}`,
    ...members.map((dn) => `member: ${dn}`),
  ].join('\n');
}

const ROOT = `dn: ${SUFFIX}
objectClass: dcObject
objectClass: organization
dc: test
o: Test

dn: ou=people,${SUFFIX}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${SUFFIX}
objectClass: organizationalUnit
ou: groups

`;

function configuration(directory: string, options: TestSlapdOptions): string {
  const tls = [
    `TLSCACertificateFile ${directory}/ca.crt`,
    `TLSCertificateFile ${directory}/server.crt`,
    `TLSCertificateKeyFile ${directory}/server.key`,
    'TLSProtocolMin 3.3',
  ];
  return [
    ...['core', 'cosine', 'inetorgperson', 'nis'].map((name) => `include /etc/ldap/schema/${name}.schema`),
    'modulepath /usr/lib/ldap',
    ...['back_mdb', 'memberof', 'ppolicy'].map((name) => `moduleload ${name}`),
    `pidfile ${directory}/slapd.pid`,
    ...(options.withoutTls ? [] : tls),
    'sizelimit size.soft=500 size.hard=500 size.pr=unlimited size.prtotal=unlimited',
    ...(options.config ?? []),
    'database mdb',
    `suffix "${SUFFIX}"`,
    `rootdn "${SLAPD_ADMIN}"`,
    `rootpw ${SLAPD_PASSWORD}`,
    `directory ${directory}/db`,
    'maxsize 1073741824',
    'dbnosync',
    'index objectClass,uid,cn,member,memberOf,entryUUID,mail eq',
    ...(options.databaseConfig ?? [
      'access to attrs=userPassword by anonymous auth by * none',
      'access to * by users read by anonymous auth',
    ]),
    'overlay memberof',
    'overlay ppolicy',
    '',
  ].join('\n');
}

async function untilListening(port: number, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`slapd ended with ${server.exitCode}.`);
    if (await answers(port)) return;
    await delay(25);
  }
  throw new Error('slapd does not listen.');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const over = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  const patience = setTimeout(() => server.kill('SIGKILL'), 5000);
  await over;
  clearTimeout(patience);
}

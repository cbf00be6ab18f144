import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';

const run = promisify(execFile);

export interface TestKdc {
  realm: string;
  port: number;
  directory: string;
  /** For libraries and programs of MIT Kerberos that are to use this realm. */
  environment: { KRB5_CONFIG: string };
  addUser(name: string, password: string): Promise<void>;
  /** Adds the service if need be, gives it a new key (version one higher) and answers a keytab with that key, Base64. */
  keytab(...services: string[]): Promise<string>;
  /** Signs a user in by password (kinit) and answers the environment in which programs have the ticket. */
  ticketOf(user: string, password: string): Promise<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * A real MIT KDC on a loopback port of its own with a database of its own; nothing in /etc is read. `clock` moves its
 * time, and that of the users who sign in there, e.g. `-1h`.
 */
export async function testKdc(options: { realm?: string; clock?: string } = {}): Promise<TestKdc> {
  const realm = options.realm ?? 'TEST.LOCAL';
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-kdc-'));
  const path = (name: string) => join(directory, name);
  const port = await freePort();
  await Promise.all([
    writeFile(path('krb5.conf'), clientConfiguration(realm, port, directory)),
    writeFile(path('kdc.conf'), serverConfiguration(realm, port, path)),
    writeFile(path('kadm5.acl'), ''),
  ]);
  const environment = { KRB5_CONFIG: path('krb5.conf') };
  const time = options.clock === undefined ? {} : fakeTime(options.clock);
  const env = {
    PATH: `${process.env['PATH']}:/usr/sbin:/sbin`,
    ...environment,
    KRB5_KDC_PROFILE: path('kdc.conf'),
    ...time,
  };
  const administer = async (...queries: string[]) => {
    const { stderr } = await fed(
      run('kadmin.local', ['-r', realm], { env }),
      `${queries.join('\n')}\nquit\n`,
    );
    const problem = stderr
      .split('\n')
      .find((line) => /^\w+: (?!.*No policy)/.test(line) && !/^WARNING/.test(line));
    if (problem !== undefined) throw new Error(`kadmin.local: ${problem}`);
  };
  await run('kdb5_util', ['create', '-s', '-r', realm, '-P', 'master password'], { env });
  const kdc = spawn('krb5kdc', ['-n', '-P', path('kdc.pid')], { env, stdio: 'ignore' });
  await listening(kdc, port, path('kdc.log'));
  let keytabs = 0;
  let caches = 0;
  const known = new Set<string>();
  return {
    realm,
    port,
    directory,
    environment,
    addUser: (name, password) => administer(`addprinc -pw "${password}" ${name}`),
    async keytab(...services) {
      const file = path(`keytab-${++keytabs}`);
      const queries = services.flatMap((service) => [
        ...(known.has(service) ? [] : [`addprinc -randkey ${service}`]),
        `ktadd -k ${file} ${service}`,
      ]);
      for (const service of services) known.add(service);
      await administer(...queries);
      return await readFile(file, 'base64');
    },
    async ticketOf(user, password) {
      const cache = { ...environment, KRB5CCNAME: `FILE:${path(`ccache-${++caches}`)}`, ...time };
      const kinit = run('kinit', [`${user}@${realm}`], { env: { PATH: process.env['PATH'], ...cache } });
      await fed(kinit, `${password}\n`);
      return cache;
    },
    async stop() {
      await ended(kdc);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The token that a client with these tickets (curl) sends to the service `HTTP/host`. */
export async function negotiateToken(ticket: Record<string, string>, host = 'localhost'): Promise<string> {
  let token: string | undefined;
  const server = createHttpServer((req, res) => {
    token = req.headers.authorization?.replace(/^Negotiate /, '');
    res.writeHead(401, { 'www-authenticate': 'Negotiate' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const there = ['--resolve', `${host}:${port}:127.0.0.1`, `http://${host}:${port}/`];
    await run('curl', ['-s', '--negotiate', '-u', ':', ...there], {
      env: { PATH: process.env['PATH'], ...ticket },
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
  if (token === undefined) throw new Error(`curl offered no token for HTTP/${host}`);
  return token;
}

/** Variables that move the clock of a program (Debian's faketime). */
function fakeTime(offset: string): Record<string, string> {
  const library = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`;
  return { LD_PRELOAD: library, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

function clientConfiguration(realm: string, port: number, directory: string): string {
  return `[libdefaults]
  default_realm = ${realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  rdns = false
  dns_canonicalize_hostname = false
  udp_preference_limit = 1
  default_ccache_name = FILE:${directory}/ccache
[realms]
  ${realm} = {
    kdc = 127.0.0.1:${port}
  }
[domain_realm]
  localhost = ${realm}
  .${realm.toLowerCase()} = ${realm}
`;
}

function serverConfiguration(realm: string, port: number, path: (name: string) => string): string {
  return `[kdcdefaults]
  kdc_listen = 127.0.0.1:${port}
  kdc_tcp_listen = 127.0.0.1:${port}
[realms]
  ${realm} = {
    database_name = ${path('principal')}
    key_stash_file = ${path('stash')}
    acl_file = ${path('kadm5.acl')}
    max_life = 10h
    supported_enctypes = aes256-cts-hmac-sha1-96:normal aes128-cts-hmac-sha1-96:normal
  }
[logging]
  kdc = FILE:${path('kdc.log')}
  default = FILE:${path('kdc.log')}
`;
}

/** Gives a program its input and waits for its end. */
async function fed(
  program: ReturnType<typeof run>,
  input: string,
): Promise<{ stdout: string; stderr: string }> {
  program.child.stdin?.end(input);
  const { stdout, stderr } = await program;
  return { stdout: String(stdout), stderr: String(stderr) };
}

async function listening(kdc: ChildProcess, port: number, log: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (kdc.exitCode !== null) break;
    if (await answers(port)) return;
    await sleep(25);
  }
  await ended(kdc);
  throw new Error(`The KDC did not start: ${await readFile(log, 'utf8').catch(() => 'no log')}`);
}

async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.destroy() && resolve(true));
    socket.once('error', () => resolve(false));
  });
}

async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const exit = new Promise((resolve) => program.once('exit', resolve));
  program.kill('SIGTERM');
  await exit;
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { testAuthority } from './test-certificates.ts';

const run = promisify(execFile);

export interface TestCustodia {
  url: string;
  /** PEM file of the authority that signed its certificate. */
  caFile: string;
  /** A client certificate that it takes. */
  certificateFile: string;
  certificateKeyFile: string;
  /** The id and key that it knows. */
  clientId: string;
  clientKey: string;
  /** Stores a value at e.g. `team/web01/root`. */
  put(path: string, value: string): Promise<void>;
  stop(): Promise<void>;
}

/** The real Custodia by TLS: asks for a client certificate and knows one client by its key. */
export async function testCustodia(): Promise<TestCustodia> {
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-custodia-'));
  const path = (name: string) => join(directory, name);
  const port = await freePort();
  const authority = await testAuthority();
  const [server, client] = await Promise.all([
    authority.issue(['DNS:localhost', 'IP:127.0.0.1']),
    authority.issue(['DNS:client']),
  ]);
  await Promise.all([
    writeFile(path('ca.pem'), authority.certificate),
    writeFile(path('server.pem'), server.certificate + server.key),
    writeFile(path('client.pem'), client.certificate),
    writeFile(path('client.key'), client.key),
    writeFile(path('custodia.conf'), configuration(directory, port)),
  ]);
  const custodia = spawn('/usr/sbin/custodia', [path('custodia.conf')], { stdio: 'ignore' });
  await listening(custodia, port);
  const clientKey = 'key of the ecm "host"';
  // Custodia makes its tables when it is asked first.
  const database = new DatabaseSync(path('secrets.db'));
  database.exec('create table if not exists secrets (key primary key unique, value)');
  database.prepare('insert into secrets (key, value) values (?, ?)').run('custodiaSAK/ecm', clientKey);
  const asked = async (method: string, name: string, body?: unknown) => {
    const tls = ['--cacert', path('ca.pem'), '--cert', path('client.pem'), '--key', path('client.key')];
    const auth = ['-H', 'CUSTODIA_AUTH_ID: ecm', '-H', `CUSTODIA_AUTH_KEY: ${clientKey}`];
    const json = ['-H', 'Content-Type: application/json', '--data-binary', JSON.stringify(body)];
    const sent = body === undefined ? [] : json;
    const what = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-X', method];
    const { stdout } = await run('curl', [
      ...what,
      ...tls,
      ...auth,
      ...sent,
      `https://127.0.0.1:${port}${name}`,
    ]);
    return stdout;
  };
  return {
    url: `https://127.0.0.1:${port}`,
    caFile: path('ca.pem'),
    certificateFile: path('client.pem'),
    certificateKeyFile: path('client.key'),
    clientId: 'ecm',
    clientKey,
    async put(name, value) {
      const parts = name.split('/').slice(0, -1);
      for (let end = 1; end <= parts.length; end++) {
        await asked('POST', `/secrets/${parts.slice(0, end).map(encodeURIComponent).join('/')}/`);
      }
      const key = name.split('/').map(encodeURIComponent).join('/');
      const status = await asked('PUT', `/secrets/${key}`, { type: 'simple', value });
      if (status !== '201') throw new Error(`custodia answered ${status}`);
    },
    async stop() {
      database.close();
      custodia.kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function configuration(directory: string, port: number): string {
  return `[global]
server_url = https://127.0.0.1:${port}
auditlog = ${directory}/audit.log
debug = false
umask = 027
tls_certfile = ${directory}/server.pem
tls_cafile = ${directory}/ca.pem
tls_verify_client = true

[store:simple]
handler = SqliteStore
dburi = ${directory}/secrets.db
table = secrets

[auth:sak]
handler = SimpleAuthKeys
store = simple

[authz:paths]
handler = SimplePathAuthz
paths = /secrets/team /.

[/]
handler = Root
store = simple
`;
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  for (let tried = 0; tried < 100; tried++) {
    if (child.exitCode !== null) throw new Error(`custodia ended with ${child.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(100);
  }
  throw new Error('custodia did not start');
}

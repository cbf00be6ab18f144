import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runningEmbeddedDatabase } from '../../schema/embedded/embedded-postgres.ts';
import { connect } from '../../schema/sql.ts';
import { type Call, configurationCalls, liftRateLimits } from '../support/configuration-calls.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { caller, signIn } from '../support/test-appliance.ts';

// A real server that logs everything it can, with its own database. Secrets are planted in whatever takes one; afterwards
// none of them is found in anything that was written: log, tables, files of the database, journal, reports.

const run = promisify(execFile);
const ADMIN_PASSWORD = 'correct horse battery';
const CLIENT = { id: 'planter', secret: 'planter-secret-0123456789' };
const PLANTED = 'xyzzy-planted';
const FOUND = 'xyzzy-no-secret';

let dataDir: string;
let server: ServerProcess;
let api: Call;
let admin: Call;
let apiHeaders: Record<string, string>;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'bridgehead-planted-'));
  server = await startServerProcess({
    dataDir,
    env: {
      LOG_LEVEL: 'trace',
      BRIDGEHEAD_ADMIN_PASSWORD: ADMIN_PASSWORD,
      BRIDGEHEAD_API_CLIENT_ID: CLIENT.id,
      BRIDGEHEAD_API_CLIENT_SECRET: CLIENT.secret,
    },
  });
  const answer = await fetch(`${server.url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
    }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  apiHeaders = { authorization: `Bearer ${token}` };
  api = configurationCalls(caller(server.url, async () => apiHeaders));
  const session = await signIn(server.url, 'admin', ADMIN_PASSWORD);
  const asAdmin = caller(server.url, async () => session);
  admin = configurationCalls(asAdmin);
  await liftRateLimits({ admin: asAdmin });
}, 120_000);
afterAll(async () => {
  server?.kill('SIGTERM');
  await server?.ended;
  rmSync(dataDir, { recursive: true, force: true });
});

let planted = 0;
/** A secret that is found wherever it is written, and what makes it one of its own. */
const secret = () => `${PLANTED}-${planted++}`;

it('nothing of a planted secret is in what the server wrote', async () => {
  const seen = await plantEverywhere();
  expect(seen).toBeGreaterThan(4);
  const { owner } = runningEmbeddedDatabase(dataDir);
  const sql = connect(owner, { max: 1, name: 'test' });
  // Everything goes into the files, the journal included.
  await sql`checkpoint`.catch(() => {});
  const tables = await sql<{ name: string }[]>`
    select format('%I', relname) as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace`;
  for (const { name } of tables) {
    const [row] = await sql.unsafe<{ found: number }[]>(
      `select count(*)::int as found from ${name} t where t::text like '%${PLANTED}%'`,
    );
    expect([name, row!.found]).toEqual([name, 0]);
  }
  await sql.end();
  const report = await fetch(
    `${server.url}/api/reporting?generate_report=VaultAccountActivity&start_time=1&duration=0`,
    { headers: apiHeaders },
  );
  const text = await report.text();
  expect(text).toContain('Credentials Checked Out');
  expect(text).not.toContain(PLANTED);
  // Once it is stopped all is written, and no file of the database goes while it is looked for.
  server.kill('SIGTERM');
  expect(await server.ended).toBe(0);
  expect(server.output()).toContain('check-out');
  expect(server.output()).not.toContain(PLANTED);
  // What is no secret is there to be found; grep answers 1 when it finds nothing.
  await run('grep', ['-rlaF', FOUND, dataDir]);
  await expect(run('grep', ['-rlaF', PLANTED, dataDir])).rejects.toMatchObject({ code: 1 });
}, 120_000);

/** Answers how many of them came back in a check-out, where they belong. */
async function plantEverywhere(): Promise<number> {
  let seen = 0;
  const checkOut = async (call: Call, path: string) => {
    const answer = await call('POST', `${path}/check-out`);
    if (answer.status === 200 && JSON.stringify(answer.body).includes(PLANTED)) seen++;
  };
  const shared = await api('POST', '/vault/account', {
    type: 'username_password',
    name: 'root',
    username: 'root',
    password: secret(),
  });
  expect(shared.status, JSON.stringify(shared.body)).toBe(201);
  const path = `/vault/account/${shared.body.id}`;
  await checkOut(api, path);
  await api('PATCH', path, { password: secret(), description: FOUND });
  await checkOut(api, path);
  await api('POST', `${path}/check-in`);
  await checkOut(api, path);
  await admin('POST', `${path}/force-check-in`);
  await api('POST', `${path}/rotate`);
  const token = await api('POST', '/vault/account', { type: 'opaque_token', name: 't', token: secret() });
  await checkOut(api, `/vault/account/${token.body.id}`);
  await plantKeys(checkOut);
  const own = await admin('POST', '/me/vault-account', {
    type: 'username_password',
    name: 'mine',
    username: 'me',
    password: secret(),
  });
  await checkOut(admin, `/me/vault-account/${own.body.id}`);
  await admin('DELETE', `/me/vault-account/${own.body.id}`);
  // What is refused is not written either: fields of other types, wrong lengths, objects that do not exist, broken JSON.
  const bad = { type: 'username_password', name: 'bad', username: 'u' };
  await api('POST', '/vault/account', { ...bad, password: secret().padEnd(300, 'x') });
  await api('POST', '/vault/account', { ...bad, password: secret(), token: secret() });
  await api('POST', '/vault/account', { ...bad, password: secret(), account_group_id: 4711 });
  await api('POST', '/vault/account', { ...bad, password: { deep: secret() } });
  await api('POST', '/vault/account', { ...bad, password: secret(), colour: 'red' });
  await api('PATCH', '/vault/account/4711', { password: secret() });
  await api('PATCH', path, { password: secret() }, { 'if-match': '"99"' });
  await admin('POST', '/vault/account', { type: 'ssh', name: 'k', username: 'u', private_key: secret() });
  await fetch(`${server.url}/api/config/v1/vault/account`, {
    method: 'POST',
    headers: apiHeaders,
    body: `{"type": "opaque_token", "token": "${secret()}`,
  });
  const backup = await fetch(`${server.url}/api/backup/vault`, {
    method: 'POST',
    headers: apiHeaders,
    body: JSON.stringify({ password: secret() }),
  });
  expect(backup.status).toBe(200);
  return seen;
}

async function plantKeys(checkOut: (call: Call, path: string) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'bridgehead-planted-key-'));
  try {
    const key = join(scratch, 'key');
    const passphrase = secret();
    // The comment of a key is inside it, encrypted with it.
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-f', key, '-N', passphrase, '-C', secret()]);
    const ssh = { type: 'ssh', name: 'k', username: 'deploy', private_key: readFileSync(key, 'utf8') };
    const kept = await api('POST', '/vault/account', { ...ssh, private_key_passphrase: passphrase });
    expect(kept.status, JSON.stringify(kept.body)).toBe(201);
    await checkOut(api, `/vault/account/${kept.body.id}`);
    await api('POST', '/vault/account', { ...ssh, private_key_passphrase: secret() });
    writeFileSync(key, 'gone');
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

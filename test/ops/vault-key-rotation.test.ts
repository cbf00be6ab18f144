import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecretEnvelope } from '../../appliance/vault/keys/secret-envelope.ts';
import { vaultSecret } from '../../appliance/vault/vault-account.ts';
import { SiteKeyFile } from '../../integrations/files/site-key-file.ts';
import { type Call, configurationCalls, liftRateLimits } from '../support/configuration-calls.ts';
import { testApiAccount } from '../support/test-api-account.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';

// Real commands in processes of their own, beside servers that go on working.

const ROOT = resolve(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/node/bin/node');
const SECRETS = 3000;
const PASSWORD = 'a password for the backup';

let first: TestAppliance;
let second: TestAppliance;
let calls: Call[];
let ids: number[];

beforeAll(async () => {
  first = await testAppliance();
  await liftRateLimits(first);
  // A second process on the same machine: the same key file.
  second = await testAppliance({ database: first.database, dataDir: first.dataDir });
  calls = [configurationCalls(first.api), configurationCalls(second.api)];
  ids = await seededAccounts(SECRETS);
}, 120_000);
afterAll(async () => {
  await second?.stop();
  await first?.stop();
});

async function seededAccounts(count: number): Promise<number[]> {
  const rows = await first.sql<{ id: number }[]>`
    insert into vault_account (type, name, username, account_policy_id)
    select 'username_password', 'seeded ' || n, 'root', null from generate_series(1, ${count}) n returning id`;
  await first.sql`update vault_account_policy set allow_simultaneous_checkout = true`;
  const [key] = new SiteKeyFile(first.config.siteKeyFile).keys();
  const envelope = new SecretEnvelope(key!);
  const sealed = rows.map(({ id }) => {
    const {
      wrappedBy,
      wrappedKey,
      sealed: text,
    } = envelope.seal(vaultSecret(id, 'password'), `secret ${id}`);
    const secret = { owner_type: 'vault_account', owner_id: id, name: 'password', wrapped_by: wrappedBy };
    return { ...secret, wrapped_key: wrappedKey, sealed: text };
  });
  for (let from = 0; from < count; from += 1000) {
    await first.sql`insert into sealed_secret ${first.sql(sealed.slice(from, from + 1000))}`;
  }
  return rows.map(({ id }) => id);
}

interface Run {
  child: ChildProcess;
  output(): string;
  ended: Promise<number | string>;
}

function bh(command: string, args: string[], stdin = '', site = first): Run {
  const child = spawn(NODE, [join(ROOT, `cli/vault-${command}.ts`), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      BRIDGEHEAD_DATA_DIR: site.dataDir,
      DATABASE_URL: first.database.runtimeUrl,
      DATABASE_OWNER_URL: first.database.ownerUrl,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  child.stdin.end(stdin);
  return {
    child,
    output: () => output,
    ended: new Promise((done) => child.once('close', (code, signal) => done(code ?? signal ?? ''))),
  };
}

async function checkedOut(call: Call, id: number): Promise<string> {
  const { status, body } = await call('POST', `/vault/account/${id}/check-out`);
  expect(`${status} ${body.message ?? ''}`).toBe('200 ');
  return body.password;
}

const wrappedBy = async () =>
  (await first.sql`select distinct wrapped_by from sealed_secret order by 1`).map((row) => row['wrapped_by']);
const current = async () =>
  (await first.sql`select fingerprint from vault_key where state = 'current'`)[0]!['fingerprint'] as string;

describe('rotating the vault key', () => {
  it('goes on after it was killed in the middle, while two servers read and write secrets all the time', async () => {
    const before = await current();
    const killed = bh('rotate-key', []);
    let rotating = true;
    let reads = 0;
    const written: [number, string][] = [];
    const work = calls.map(async (call, n) => {
      for (let turn = 0; rotating; turn++) {
        const id = ids[(turn * 37 + n * 11) % ids.length]!;
        const expected = written.findLast(([changed]) => changed === id)?.[1] ?? `secret ${id}`;
        expect(await checkedOut(call, id)).toBe(expected);
        reads++;
        const account = { type: 'opaque_token', name: 'new', token: `token ${n} ${turn}` };
        const made = await call('POST', '/vault/account', account);
        expect(made.status).toBe(201);
        const { body } = await call('POST', `/vault/account/${made.body.id}/check-out`);
        expect(body.token).toBe(`token ${n} ${turn}`);
      }
    });
    await expect
      .poll(() => killed.output(), { timeout: 60_000, interval: 2 })
      .toContain('200 secrets wrapped anew');
    killed.child.kill('SIGKILL');
    expect(await killed.ended).toBe('SIGKILL');
    const after = await current();
    expect(after).not.toBe(before);
    // Secrets of both keys stand side by side, and everything can be read.
    expect(await wrappedBy()).toEqual([before, after].sort());
    expect(await checkedOut(calls[0]!, ids[0]!)).toBe(`secret ${ids[0]}`);
    expect(await checkedOut(calls[1]!, ids.at(-1)!)).toBe(`secret ${ids.at(-1)}`);

    const resumed = bh('rotate-key', []);
    expect(`${await resumed.ended} ${resumed.output()}`).toMatch(/^0 Going on with the key/);
    rotating = false;
    await Promise.all(work);
    expect(reads).toBeGreaterThan(2);
    expect(await wrappedBy()).toEqual([after]);
    const keys = await first.sql`select fingerprint, state from vault_key`;
    expect(keys.map((row) => [row['fingerprint'], row['state']])).toEqual([[after, 'current']]);
    for (const call of calls) expect(await checkedOut(call, ids[7]!)).toBe(`secret ${ids[7]}`);
    expect(new SiteKeyFile(first.config.siteKeyFile).fingerprints()[1]).toBe(after);
    expect(statSync(first.config.siteKeyFile).mode & 0o777).toBe(0o600);
    const audit = await first.sql`
      select event_type, actor_kind, after from audit_event where object_type = 'vault_key' order by id`;
    expect(audit.map((row) => row['event_type'])).toEqual(['vault_key.switched', 'vault_key.rotated']);
  }, 180_000);

  it('waits for processes that have a copy of the key file, and names them', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'bridgehead-elsewhere-'));
    copyFileSync(first.config.siteKeyFile, join(elsewhere, 'site.key'));
    const third = await testAppliance({ database: first.database, dataDir: elsewhere });
    try {
      const before = await current();
      const waiting = bh('rotate-key', ['--wait', '1']);
      expect(await waiting.ended).toBe(1);
      expect(waiting.output()).toContain(third.url);
      expect(await current()).toBe(before);
      expect(await wrappedBy()).toEqual([before]);
      copyFileSync(first.config.siteKeyFile, join(elsewhere, 'site.key'));
      const done = bh('rotate-key', ['--wait', '20']);
      expect(`${await done.ended} ${done.output()}`).toMatch(/^0 /);
      expect(await current()).not.toBe(before);
      expect(await checkedOut(configurationCalls(third.api), ids[3]!)).toBe(`secret ${ids[3]}`);
      expect(
        (
          await configurationCalls(third.api)('POST', '/vault/account', {
            type: 'opaque_token',
            name: 'x',
            token: 't',
          })
        ).status,
      ).toBe(201);
    } finally {
      await third.stop();
      rmSync(elsewhere, { recursive: true });
    }
  }, 120_000);

  it('never uses a key again that was let go of, were it still in a file', async () => {
    const before = readFileSync(first.config.siteKeyFile, 'utf8');
    expect(await bh('rotate-key', []).ended).toBe(0);
    const now = readFileSync(first.config.siteKeyFile, 'utf8');
    const old = before.split('\n')[1];
    writeFileSync(first.config.siteKeyFile, `${now}${old}\n`);
    expect(await bh('rotate-key', []).ended).toBe(0);
    expect(readFileSync(first.config.siteKeyFile, 'utf8')).not.toContain(old);
    expect(readFileSync(first.config.siteKeyFile, 'utf8').split('\n')[0]).toBe(before.split('\n')[0]);
  }, 60_000);

  it('refuses the key file of another site', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'bridgehead-elsewhere-'));
    try {
      writeFileSync(join(elsewhere, 'site.key'), `${Buffer.alloc(32, 7).toString('base64')}\n`);
      const wrong = bh('rotate-key', [], '', { ...first, dataDir: elsewhere });
      expect([await wrong.ended, wrong.output()]).toEqual([1, expect.stringContaining('another key')]);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });
});

describe('a backup of the vault key', () => {
  it('is for API accounts that may, as an attachment that holds no key in the open', async () => {
    const reader = await testApiAccount(first, { perm_vault_backup: true });
    const path = '/api/backup/vault';
    const json = { password: PASSWORD };
    const answer = await reader(path, { method: 'POST', json });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename="vault-key-\w{8}-[\d-]{10}\.json"$/,
    );
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const text = await answer.text();
    for (const line of readFileSync(first.config.siteKeyFile, 'utf8').trim().split('\n')) {
      expect(text).not.toContain(line.replace('vault ', ''));
    }
    const others = await testApiAccount(first, { perm_backup: true, perm_configuration: true });
    expect((await others(path, { method: 'POST', json })).status).toBe(403);
    expect((await first.admin(path, { method: 'POST', json })).status).toBe(403);
    expect((await first.anonymous(path, { method: 'POST', json })).status).toBe(401);
    for (const [body, field] of [
      [{}, 'password'],
      [{ password: 'short' }, 'password'],
      [{ password: 12 }, 'password'],
      [{ password: PASSWORD, colour: 'red' }, 'colour'],
    ] as const) {
      const refused = await reader(path, { method: 'POST', json: body });
      expect([refused.status, Object.keys(((await refused.json()) as { errors: object }).errors)]).toEqual([
        422,
        [field],
      ]);
    }
    expect((await reader(path)).status).toBe(422);
    const audit =
      await first.sql`select count(*)::int as n from audit_event where event_type = 'vault_key.backed_up'`;
    expect(audit[0]!['n']).toBe(1);
  });

  it('brings a site back whose key file was lost', async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'bridgehead-restored-'));
    try {
      const backup = join(scratch, 'backup.json');
      const made = bh('backup-key', [backup], `${PASSWORD}\n`);
      expect(`${await made.ended} ${made.output()}`).toMatch(/^0 /);
      expect(statSync(backup).mode & 0o777).toBe(0o600);
      const backedUp = () =>
        first.sql`select count(*)::int as n from audit_event where event_type = 'vault_key.backed_up'`;
      const [before] = await backedUp();
      const again = bh('backup-key', [backup], `${PASSWORD}\n`);
      expect([await again.ended, again.output()]).toEqual([1, expect.stringContaining('is there already')]);
      expect(await backedUp()).toEqual([before]);
      const dataDir = join(scratch, 'data');
      const site = { ...first, dataDir };
      const wrong = bh('restore-key', [backup], 'another password\n', site);
      expect([await wrong.ended, wrong.output()]).toEqual([1, expect.stringContaining('password')]);
      expect(existsSync(join(dataDir, 'site.key'))).toBe(false);
      const damaged = join(scratch, 'damaged.json');
      writeFileSync(damaged, readFileSync(backup, 'utf8').replace(/"created": "20/, '"created": "19'));
      expect(await bh('restore-key', [damaged], `${PASSWORD}\n`, site).ended).toBe(1);
      const keyless = bh('backup-key', [join(scratch, 'none.json')], `${PASSWORD}\n`, site);
      expect([await keyless.ended, keyless.output()]).toEqual([
        1,
        expect.stringContaining('BRIDGEHEAD_DATA_DIR'),
      ]);
      const restored = bh('restore-key', [backup], `${PASSWORD}\n`, site);
      expect(`${await restored.ended} ${restored.output()}`).toMatch(/^0 /);
      expect(readFileSync(join(dataDir, 'site.key'), 'utf8')).toBe(
        readFileSync(first.config.siteKeyFile, 'utf8'),
      );
      const third = await testAppliance({ database: first.database, dataDir });
      try {
        expect(await checkedOut(configurationCalls(third.api), ids[5]!)).toBe(`secret ${ids[5]}`);
      } finally {
        await third.stop();
      }
      // A file that lacks the vault key gets it back; a server does not start without it.
      const [siteLine] = readFileSync(first.config.siteKeyFile, 'utf8').split('\n');
      writeFileSync(join(dataDir, 'site.key'), `${siteLine}\n`);
      await expect(testAppliance({ database: first.database, dataDir })).rejects.toThrow(
        'lacks the vault key',
      );
      expect(await bh('restore-key', [backup], `${PASSWORD}\n`, site).ended).toBe(0);
      expect(readFileSync(join(dataDir, 'site.key'), 'utf8')).toBe(
        readFileSync(first.config.siteKeyFile, 'utf8'),
      );
      writeFileSync(join(dataDir, 'site.key'), `${Buffer.alloc(32, 9).toString('base64')}\n`);
      const other = bh('restore-key', [backup], `${PASSWORD}\n`, site);
      expect([await other.ended, other.output()]).toEqual([1, expect.stringContaining('another site')]);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }, 120_000);
});

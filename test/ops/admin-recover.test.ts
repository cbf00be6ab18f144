import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runningEmbeddedDatabase, startEmbeddedDatabase } from '../../schema/embedded/embedded-postgres.ts';
import { connect } from '../../schema/sql.ts';
import { silentLog } from '../support/database-server.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { signIn } from '../support/test-appliance.ts';

vi.setConfig({ testTimeout: 120_000 });

const PASSWORD = 'correct horse battery';
const ROOT = resolve(import.meta.dirname, '../..');

let dataDir: string;
let server: ServerProcess;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'bridgehead-recover-'));
  server = await startServerProcess({ dataDir, env: { BRIDGEHEAD_ADMIN_PASSWORD: PASSWORD } });
});
afterAll(async () => {
  server.kill('SIGTERM');
  await server.ended;
  rmSync(dataDir, { recursive: true, force: true });
});

describe('bh admin recover', () => {
  it('beside a running server gives a new password and ends what was signed in', async () => {
    const old = await signIn(server.url, 'admin', PASSWORD);
    expect(await statusOfMe(old)).toBe(200);

    const password = await recover();

    expect(await statusOfMe(old)).toBe(401);
    await expect(signIn(server.url, 'admin', PASSWORD)).rejects.toThrow('Sign-in of admin failed');
    expect(await statusOfMe(await signIn(server.url, 'admin', password))).toBe(200);
  });

  it('refuses an account of a directory, which no password of ours would sign in', async () => {
    await inDatabase(
      (sql) => sql`
        with directory as (
          insert into security_provider (name, type) values ('Corporate', 'ldap') returning id)
        insert into app_user (username, security_provider_id) select 'kim', id from directory`,
    );
    await expect(run(['kim'], dataDir)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/"kim" comes from a security provider.*Nothing was changed\./),
    });
  });

  it('refuses a name that nobody has', async () => {
    await expect(run(['amdin'], dataDir)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/There is no user "amdin"\. Nothing was changed\. .*--create/),
    });
  });

  it('makes a new administrator when told to, audited as that', async () => {
    const password = await recover('--create', 'rescue');
    const headers = await signIn(server.url, 'rescue', password);
    expect(await statusOfMe(headers)).toBe(200);
    const audit = await inDatabase(
      (sql) => sql<{ type: string; actor: string }[]>`
        select event_type as type, actor_name as actor from audit_event
        where event_type like 'user.%' and actor_name like 'bh admin recover%' order by id desc limit 1`,
    );
    expect(audit[0]).toMatchObject({
      type: 'user.created',
      actor: expect.stringContaining('bh admin recover by '),
    });
  });

  it('without a server revives an account that was disabled, locked and no administrator, audited', async () => {
    server.kill('SIGTERM');
    await server.ended;
    await inDatabase(async (sql) => {
      await sql`update app_user set enabled = false, perm_admin = false, network_restriction = 'always',
                       networks = '{192.0.2.0/24}' where username = 'admin'`;
      await sql`insert into sign_in_failure (user_id, source, failures, blocked_until)
                select id, 'network 127.0.0.0/24', 99, now() + interval '1 day' from app_user where username = 'admin'`;
      await sql`insert into site_setting (name, value) values ('administrator_network_restriction', '"always"'),
                                                              ('administrator_networks', '["192.0.2.0/24"]')`;
    });

    const password = await recover('ADMIN');

    const audit = await inDatabase(
      (sql) => sql<{ actor: string; before: unknown; after: unknown }[]>`
        select actor_name as actor, before, after from audit_event where event_type = 'user.recovered' order by id desc limit 1`,
    );
    expect(audit[0]).toMatchObject({
      actor: expect.stringContaining('bh admin recover by '),
      before: { enabled: false, administrator: false },
      after: { enabled: true, administrator: true },
    });
    expect(JSON.stringify(audit)).not.toContain(password);
    server = await startServerProcess({ dataDir });
    expect(await statusOfMe(await signIn(server.url, 'admin', password))).toBe(200);
  });

  it('says where it looked when there is no database', async () => {
    await expect(run([], join(dataDir, 'nowhere'))).rejects.toThrow('There is no database in');
  });
});

/** Runs the command and answers the password it prints. */
async function recover(...args: string[]): Promise<string> {
  const { stdout } = await run(args, dataDir);
  return /with the password (\S+)/.exec(stdout)?.[1] ?? '';
}

function run(args: string[], directory: string): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [join(ROOT, 'cli/admin-recover.ts'), ...args], {
    env: { PATH: process.env.PATH, BRIDGEHEAD_DATA_DIR: directory },
  });
}

async function statusOfMe(headers: Record<string, string>): Promise<number> {
  return (await fetch(`${server.url}/api/config/v1/me`, { headers })).status;
}

/** With the database of the server, which is started for it when the server is stopped. */
async function inDatabase<T>(work: (sql: ReturnType<typeof connect>) => Promise<T>): Promise<T> {
  const stopped = !existsSync(`/proc/${server.pid}`);
  const database = stopped ? await startEmbeddedDatabase({ dataDir, log: silentLog }) : undefined;
  const sql = connect((database ?? runningEmbeddedDatabase(dataDir)).owner, { max: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end();
    await database?.stop();
  }
}

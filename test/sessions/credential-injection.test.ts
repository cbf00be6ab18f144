import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ok, until } from '../support/live-jumpoint.ts';
import { LiveSite, post, ROLE, type Started } from '../support/live-site.ts';
import { keptLog, tablesHolding } from '../support/planted-secrets.ts';
import { RepresentativeTerminal } from '../support/representative-terminal.ts';
import type { Caller } from '../support/test-appliance.ts';
import { type TestSshd, testSshd } from '../support/test-sshd.ts';
import { canMakeUsers, type TestUser, testUser } from '../support/test-user.ts';
import { expectValid } from '../support/xml-schema.ts';

const run = promisify(execFile);
const BASE = '/api/config/v1';
const WRONG = 'planted-wrong-password';
const PASSPHRASE = 'planted-passphrase';

let site: LiveSite;
let person: { id: number; username: string; call: Caller };
let itemId: number;
let keyId: number;
let wrongId: number;
let privateKey: string;
let files: string;
const logged = keptLog();

beforeAll(async () => {
  files = await mkdtemp(join(tmpdir(), 'bridgehead-keys-'));
  site = await LiveSite.start({ log: logged.log });
  person = await site.person({}, ROLE.startSessions);
  itemId = await site.item();
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-a', '1', '-N', PASSPHRASE, '-f', join(files, 'key')]);
  privateKey = await readFile(join(files, 'key'), 'utf8');
  await site.sshd.authorise('key.pub', files);
  keyId = await account({
    type: 'ssh',
    name: 'deploy key',
    username: site.sshd.username,
    private_key: privateKey,
    private_key_passphrase: PASSPHRASE,
  });
  wrongId = await account({ name: 'stale password', username: site.sshd.username, password: WRONG });
  // The representative has seen the key of the host before.
  const first = await site.work(await site.start(site.appliance.admin, itemId));
  first.send({ t: 'close' });
  await first.closed();
});
afterAll(async () => {
  await site?.stop();
  await rm(files, { recursive: true, force: true });
});

/** A vault account that the person may have injected. */
async function account(fields: Record<string, unknown>, role = 'inject'): Promise<number> {
  const { api } = site.appliance;
  const made = await post(api, '/vault/account', { type: 'username_password', ...fields });
  await post(api, `/vault/account/${made.id}/user`, { user_id: person.id, role });
  return made.id as number;
}

const vault = (id: number) => ({ credential: { source: 'vault', id: String(id) } });

async function dial(started: Started): Promise<RepresentativeTerminal> {
  return await RepresentativeTerminal.dial(started.channel.relay_url);
}

/** The shell opens without a single question. */
async function shell(started: Started): Promise<RepresentativeTerminal> {
  const terminal = await dial(started);
  await terminal.connected();
  await terminal.shows(/[$#] /);
  expect(terminal.messages.filter(({ t }) => t === 'prompt' || t === 'refused')).toEqual([]);
  return terminal;
}

async function injectionEvents(lsid: string): Promise<Record<string, unknown>[]> {
  const { items } = await ok(site.appliance.admin(`${BASE}/session/${lsid}/event`));
  return (items as Record<string, unknown>[]).filter(({ event_type: type }) =>
    String(type).startsWith('Cred'),
  );
}

async function activity(lsid: string): Promise<{ type: string; data: string; who: string }[]> {
  return await site.appliance.sql`
    select event_type as type, data, performed_by_name as who from vault_activity where lsid = ${lsid} order by id`;
}

const openCheckOuts = async (lsid: string) =>
  (await site.appliance.sql`select from vault_check_out where lsid = ${lsid} and checked_in_at is null`)
    .length;

describe('a vault account', () => {
  it('opens the shell unseen, is told of, and is checked in when the session ends', async () => {
    const started = await site.start(person.call, itemId, vault(keyId));
    const terminal = await shell(started);
    const details = terminal.messages.flatMap((one) => (one.t === 'status' ? (one.detail ?? []) : []));
    // Whoever dials late is told the last of it.
    expect(details.join()).toMatch(/(Fetching the credential|Signing in with) “deploy key”/);
    expect(await openCheckOuts(started.lsid)).toBe(1);
    terminal.send({ t: 'close' });
    await site.ended(started.lsid);
    await until('the account to be checked in', async () => (await openCheckOuts(started.lsid)) === 0);
    expect(await injectionEvents(started.lsid)).toMatchObject([
      {
        event_type: 'Credential Injection Attempt',
        performed_by: { type: 'representative' },
        data: {
          attempt_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          credential_id: String(keyId),
          credential_name: 'deploy key',
        },
      },
    ]);
    expect(await activity(started.lsid)).toEqual([
      { type: 'Credentials Used', data: started.lsid, who: person.username },
      { type: 'Credentials Checked In', data: started.lsid, who: person.username },
    ]);
    const report = await ok(
      person.call(`${BASE}/credential?jump_item_type=shell_jump&jump_item_id=${itemId}`),
    );
    expect(report.items).toContainEqual(
      expect.objectContaining({ id: String(keyId), section: 'recommended', username: site.sshd.username }),
    );
  });

  it('that the target does not take ends the session in words, and nobody is asked for another', async () => {
    const started = await site.start(person.call, itemId, vault(wrongId));
    const terminal = await dial(started);
    const refused = await terminal.message('refused');
    expect(refused).toMatchObject({ code: 'authentication-failed' });
    expect(refused.message).toContain('The password of “stale password” was not accepted for');
    expect(await terminal.message('ended')).toMatchObject({ reason: 'authentication_failed' });
    expect(terminal.messages.some(({ t }) => t === 'prompt')).toBe(false);
    const events = await injectionEvents(started.lsid);
    expect(events.map(({ event_type: type }) => type)).toEqual([
      'Credential Injection Attempt',
      'Credential Injection Attempt Failed',
    ]);
    const data = events[1]?.data as Record<string, string>;
    expect(Object.keys(data)).toEqual(['attempt_id', 'credential_id', 'credential_name', 'failure_reason']);
    expect(data.failure_reason).toBe(refused.message);
    const report = await site.appliance.api(
      `/api/reporting?generate_report=SupportSession&lsid=${started.lsid}`,
    );
    const xml = await report.text();
    await expectValid(site.appliance, '/api/reporting.xsd', xml);
    const told = /event_type="Credential Injection Attempt Failed".*?<\/event>/s.exec(xml)?.[0];
    expect([...(told ?? '').matchAll(/<value name="(\w+)"/g)].map(([, name]) => name)).toEqual([
      'attempt_id',
      'credential_id',
      'credential_name',
      'failure_reason',
    ]);
    const types = (await site.eventTypes(started.lsid)).slice(-2);
    expect(types).toEqual(['Conference Member Departed', 'Session End']);
    await until('the account to be checked in', async () => (await openCheckOuts(started.lsid)) === 0);
    expect(await activity(started.lsid)).toMatchObject([
      { type: 'Credentials Used' },
      { type: 'Credential Injection Failed', data: `${started.lsid} ${refused.message}` },
      { type: 'Credentials Checked In' },
    ]);
  });

  it('is for one session at a time where its policy says so', async () => {
    await site.appliance.sql`
      insert into vault_check_out (account_id, user_id, holder_name) values (${wrongId}, ${person.id}, 'somebody')`;
    const first = await site.start(person.call, itemId, vault(wrongId));
    const terminal = await dial(first);
    const refused = await terminal.message('refused');
    expect(refused).toMatchObject({ code: 'credential-unavailable' });
    expect(refused.message).toContain('This account is in use: somebody has had it checked out since');
    expect(await site.ended(first.lsid)).toMatchObject({ end_reason: 'credential_unavailable' });
    await site.appliance.sql`update vault_check_out set checked_in_at = now() where account_id = ${wrongId}`;
    expect(await activity(first.lsid)).toMatchObject([{ type: 'Credential Injection Failed' }]);
  });

  it('that was taken away after the start is not given any more', async () => {
    const id = await account({ name: 'taken away', username: 'root', password: 'planted-taken' });
    const started = await site.start(person.call, await site.item({ hostname: 'localhost' }), vault(id));
    const terminal = await dial(started);
    const hostKey = await terminal.message('prompt');
    await site.appliance.sql`delete from vault_account_user where account_id = ${id}`;
    terminal.answer(hostKey, { choice: 'once' });
    expect(await terminal.message('refused')).toMatchObject({
      code: 'credential-unavailable',
      message: expect.stringContaining('may not be injected here any longer'),
    });
  });

  it('is not used for a target whose key changed', async () => {
    const other = await testSshd();
    const changing = await site.item({ name: 'reinstalled', port: other.port });
    const first = await dial(await site.start(site.appliance.admin, changing));
    await first.signInWithKey(other.privateKey);
    first.send({ t: 'close' });
    await first.closed();
    await other.changeHostKey();
    const started = await site.start(person.call, changing, vault(keyId));
    expect(await (await dial(started)).message('refused')).toMatchObject({ code: 'host-key-changed' });
    await site.ended(started.lsid);
    expect(await injectionEvents(started.lsid)).toEqual([]);
    expect(await activity(started.lsid)).toEqual([]);
    await other.stop();
  });
});

describe('starting', () => {
  const refusal = async (body: Record<string, unknown>) =>
    await site.tryStart(person.call, { jump_item: { type: 'shell_jump', id: itemId }, ...body });

  it('is refused with a credential that is not there, not for the person, or not for the item', async () => {
    const theirs = await post(site.appliance.api, '/vault/account', {
      type: 'username_password',
      name: 'theirs',
      username: 'root',
      password: 'planted-theirs',
    });
    const elsewhere = await account({ name: 'elsewhere', username: 'root', password: 'planted-elsewhere' });
    await site.appliance.sql`
      insert into vault_association (account_id, filter_type) values (${elsewhere}, 'no_jump_items')`;
    const token = await account({ type: 'opaque_token', name: 'token', token: 'planted-token' });
    for (const id of [99_999, theirs.id as number, elsewhere, token]) {
      expect(await refusal(vault(id))).toMatchObject({
        status: 403,
        body: { reason: 'credential', errors: { credential: [expect.any(String)] } },
      });
    }
    expect(await refusal({ credential: { source: 'vault', id: "1' or true" } })).toMatchObject({
      status: 403,
    });
  });

  it('is refused in words with Telnet, and with an impossible login name', async () => {
    const telnet = await site.item({ name: 'telnet', protocol: 'telnet', port: 23 });
    expect(
      await site.tryStart(person.call, {
        jump_item: { type: 'shell_jump', id: telnet },
        ...vault(keyId),
      }),
    ).toMatchObject({ status: 422, body: { errors: { credential: [expect.stringContaining('Telnet')] } } });
    const ca = await account({ type: 'ssh_ca', name: 'authority', username: 'deploy' });
    expect(await refusal({ ...vault(ca), username: 'root' })).toMatchObject({
      status: 422,
      body: { errors: { username: ['“authority” signs in as deploy only.'] } },
    });
  });
});

it('signs a certificate for one sign-in', async () => {
  const id = await account({ type: 'ssh_ca', name: 'authority', username: site.sshd.username });
  const { public_key: authority } = await ok(site.appliance.api(`${BASE}/vault/account/${id}`));
  const sshd = await testSshd(async (directory) => {
    await writeFile(join(directory, 'ca.pub'), `${authority}\n`);
    return [`TrustedUserCAKeys ${join(directory, 'ca.pub')}`, 'ExposeAuthInfo yes'];
  });
  const started = await site.start(
    person.call,
    await site.item({ name: 'certified', port: sshd.port }),
    vault(id),
  );
  const terminal = await dial(started);
  terminal.answer(await terminal.message('prompt'), { choice: 'once' });
  await terminal.connected();
  terminal.type('stty cols 1000; clear; echo "<$(cat $SSH_USER_AUTH)>"\n');
  const shown = await terminal.shows(/<publickey [^>]+>/);
  await writeFile(
    join(files, 'shown'),
    /<publickey ([^>]+)>/.exec(shown)?.[1]?.replaceAll(/\s*[\r\n]+/g, '') ?? '',
  );
  const { stdout } = await run('ssh-keygen', ['-L', '-f', join(files, 'shown')]);
  expect(stdout).toContain(`Key ID: "session ${started.lsid} of ${person.username}, vault account ${id}"`);
  expect(stdout).toMatch(new RegExp(`Principals: \\n +${site.sshd.username}\\n`));
  expect(stdout).toMatch(/Critical Options: \(none\)\n +Extensions: \n +permit-pty\n*$/);
  const [, from, to] = /Valid: from (\S+) to (\S+)/.exec(stdout) ?? [];
  expect(new Date(to ?? '').getTime() - new Date(from ?? '').getTime()).toBe(10 * 60_000);
  terminal.send({ t: 'close' });
  await terminal.closed();
  await sshd.stop();
});

describe.runIf(canMakeUsers)('a password', () => {
  let user: TestUser;
  let pam: TestSshd;
  beforeAll(async () => {
    [user, pam] = await Promise.all([
      testUser(),
      testSshd(['UsePAM yes', 'KbdInteractiveAuthentication yes', 'PasswordAuthentication no']),
    ]);
  });
  afterAll(() => Promise.all([user.remove(), pam.stop()]));

  it('answers keyboard-interactive with the login name of the account, not that of the item', async () => {
    const { username, password } = user;
    const id = await account({ name: 'person', username, password });
    const item = await site.item({ name: 'pam', port: pam.port, username: 'nobody' });
    const started = await site.start(person.call, item, vault(id));
    const terminal = await dial(started);
    terminal.answer(await terminal.message('prompt'), { choice: 'once' });
    await terminal.connected();
    terminal.type('id -un; exit\n');
    await terminal.shows(new RegExp(`[\\r\\n]${username}`));
    await terminal.closed();
    const recorded = await site.recorded(started.lsid);
    expect(recorded).toContain(username);
    expect(recorded).not.toContain(password);
    expect(await tablesHolding(site.appliance.sql, [password])).toEqual([]);
    expect(logged.text()).not.toContain(password);
  });
});

it('leaves no secret in the database, the log, the events or the report', async () => {
  const secrets = [WRONG, PASSPHRASE, privateKey, 'planted-taken'];
  expect(await tablesHolding(site.appliance.sql, secrets)).toEqual([]);
  for (const word of ['planted-', 'PRIVATE KEY']) expect(logged.text()).not.toContain(word);
  expect(logged.text()).toContain('/api/config/v1/session');
});

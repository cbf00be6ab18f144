import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Bh, makeBh } from '../support/bh.ts';
import { configurationCalls } from '../support/configuration-calls.ts';
import { codeAfter } from '../support/one-time-codes.ts';
import {
  ADMIN_PASSWORD,
  caller,
  signIn as signInOverHttp,
  type TestAppliance,
  testAppliance,
} from '../support/test-appliance.ts';

let appliance: TestAppliance;
let bh: Bh;

beforeAll(async () => {
  [appliance, bh] = await Promise.all([testAppliance(), makeBh()]);
});
afterAll(async () => {
  await appliance.stop();
  await bh.remove();
});

const credentials = () => join(bh.config, 'bridgehead', 'credentials.json');

async function signIn(): Promise<void> {
  const run = await bh.run(['sign-in', appliance.url, '--user', 'admin'], { input: `${ADMIN_PASSWORD}\n` });
  expect(run.stderr).toBe('');
  expect(run.exitCode).toBe(0);
}

describe('signing in', () => {
  it('keeps the token where only its owner reads it', async () => {
    await signIn();
    expect((await stat(credentials())).mode & 0o777).toBe(0o600);
    expect((await stat(join(bh.config, 'bridgehead'))).mode & 0o777).toBe(0o700);
    const text = await readFile(credentials(), 'utf8');
    expect(text).toContain('bhu_');
    expect(text).not.toContain(ADMIN_PASSWORD);
    const who = await bh.run(['whoami']);
    expect(who.stdout).toBe(`admin (Administrator, administrator) on ${appliance.url}\n`);
  });

  it('takes back a mode that lets others read the file', async () => {
    await chmod(join(bh.config, 'bridgehead'), 0o755);
    await signIn();
    expect((await stat(join(bh.config, 'bridgehead'))).mode & 0o777).toBe(0o700);
  });

  it('asks on the terminal without showing the password', async () => {
    const terminal = bh.terminal(['sign-in', appliance.url]);
    await terminal.waitFor('User name: ');
    terminal.type('admin\r');
    await terminal.waitFor('Password: ');
    // A wrong key on the way, taken back.
    terminal.type(`${ADMIN_PASSWORD}x\x7f\r`);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.shown).toContain('Signed in');
    expect(terminal.shown).not.toContain('battery');
  });

  it('leaves with 130 on Ctrl-C', async () => {
    const terminal = bh.terminal(['sign-in', appliance.url, '--user', 'admin']);
    await terminal.waitFor('Password: ');
    terminal.type('\x03');
    expect(await terminal.exitCode()).toBe(130);
  });

  it('says why it failed and exits with 3', async () => {
    const run = await bh.run(['sign-in', appliance.url, '-u', 'admin'], { input: 'wrong\n' });
    expect(run).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'bh: Signing in failed. Check the user name and the password.\n',
    });
  });

  it('changes a password that has to be changed, until the server takes the new one', async () => {
    await appliance.sql`update app_user set must_change_password = true where username = 'admin'`;
    const terminal = bh.terminal(['sign-in', appliance.url, '--user', 'admin']);
    await terminal.waitFor('Password: ');
    terminal.type(`${ADMIN_PASSWORD}\r`);
    await terminal.waitFor('choose a new password');
    await terminal.waitFor('New password: ');
    terminal.type('short\r');
    await terminal.waitFor('again: ');
    terminal.type('short\r');
    await terminal.waitFor('at least 10 characters');
    await terminal.waitFor('New password: ');
    terminal.type('a better password\r');
    await terminal.waitFor('again: ');
    terminal.type('a better password\r');
    expect(await terminal.exitCode()).toBe(0);
    expect(await bh.run(['whoami'])).toMatchObject({ exitCode: 0 });

    await appliance.sql`update app_user set must_change_password = true where username = 'admin'`;
    const piped = await bh.run(['sign-in', appliance.url, '-u', 'admin'], {
      input: `a better password\n${ADMIN_PASSWORD}\n`,
    });
    expect(piped).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('signing in with a second factor', () => {
  const PASSWORD = 'a password of a person';
  let totp: TOTP;
  let codes: string[];

  beforeAll(async () => {
    const api = configurationCalls(appliance.api);
    const names = { username: 'pat', public_display_name: 'Pat', private_display_name: 'Pat' };
    await api('POST', '/user', { ...names, password: PASSWORD });
    const headers = await signInOverHttp(appliance.url, 'pat', PASSWORD);
    const pat = configurationCalls(caller(appliance.url, async () => headers));
    const begun = await pat('POST', '/me/totp');
    totp = new TOTP({ secret: Secret.fromBase32(begun.body.secret) });
    codes = (await pat('POST', '/me/totp/confirm', { code: totp.generate() })).body.recovery_codes;
  });

  it('asks for the code on the terminal, until it is right, without showing it', async () => {
    const terminal = bh.terminal(['sign-in', appliance.url, '-u', 'pat']);
    await terminal.waitFor('Password: ');
    terminal.type(`${PASSWORD}\r`);
    await terminal.waitFor('authenticator app');
    await terminal.waitFor('Code: ');
    terminal.type('000000\r');
    await terminal.waitFor('not right');
    await terminal.waitFor('Code: ');
    terminal.type(`${codeAfter(totp)}\r`);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.shown).not.toContain('000000');
  });

  it('takes a recovery code as the second line, and says what is missing without one', async () => {
    const args = ['sign-in', appliance.url, '-u', 'pat'];
    const right = await bh.run(args, { input: `${PASSWORD}\n${codes[0]}\n` });
    expect(right).toMatchObject({ exitCode: 0, stderr: '' });
    const missing = await bh.run(args, { input: `${PASSWORD}\n` });
    expect(missing).toMatchObject({ exitCode: 3, stdout: '' });
    expect(missing.stderr).toContain('Give it as the next line.');
  });

  it('accepts a login agreement when told to', async () => {
    const agreement = { login_agreement_enabled: true, login_agreement_text: 'Be\nkind.' };
    expect((await configurationCalls(appliance.admin)('PATCH', '/site-setting', agreement)).status).toBe(200);
    const args = ['sign-in', appliance.url, '-u', 'pat'];
    const input = `${PASSWORD}\n${codes[1]}\n`;
    const silent = await bh.run(args, { input });
    expect(silent).toMatchObject({ exitCode: 3 });
    expect(silent.stderr).toContain('Use --accept');
    const accepting = await bh.run([...args, '--accept'], { input: `${PASSWORD}\n${codes[2]}\n` });
    expect(accepting).toMatchObject({ exitCode: 0, stderr: '' });
    await configurationCalls(appliance.admin)('PATCH', '/site-setting', { login_agreement_enabled: false });
  });

  it('sends people who must have one and have none to a browser, and leaves no token behind', async () => {
    await appliance.sql`update app_user set settings = settings || '{"two_factor_required": true}' where username = 'pat'`;
    await appliance.sql`update user_second_factor set totp_confirmed_at = null`;
    const run = await bh.run(['sign-in', appliance.url, '-u', 'pat'], { input: `${PASSWORD}\n` });
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toContain('Register one in a browser first');
    const left = await appliance.sql`
      select from user_credential where kind = 'token' and user_id = (select id from app_user where username = 'pat')
         and second_factor_at is null`;
    expect(left).toHaveLength(0);
  });
});

describe('a sign-in', () => {
  beforeEach(signIn);

  it('is ended by sign-out, on the server as well', async () => {
    const { servers } = JSON.parse(await readFile(credentials(), 'utf8')) as {
      servers: Record<string, { token: string }>;
    };
    const token = servers[appliance.url]!.token;
    expect(await bh.run(['sign-out'])).toMatchObject({ exitCode: 0 });
    const run = await bh.run(['whoami', '--url', appliance.url], { env: { BH_TOKEN: token } });
    expect(run).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('no longer valid') });
    const again = await bh.run(['whoami', '--url', appliance.url]);
    expect(again).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('Not signed in') });
  });

  it('gives way to BH_URL and BH_TOKEN', async () => {
    const run = await bh.run(['whoami'], { env: { BH_URL: appliance.url, BH_TOKEN: 'bhu_nothing' } });
    expect(run.exitCode).toBe(3);
    expect((await bh.run(['whoami'], { env: { BH_URL: 'http://127.0.0.1:1' } })).stderr).toContain(
      'Not signed in',
    );
  });

  it('does not travel to a server that cannot be reached, and that is said', async () => {
    const run = await bh.run(['whoami'], { env: { BH_URL: 'http://127.0.0.1:1', BH_TOKEN: 'bhu_x' } });
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cannot be reached') });
  });
});

describe('the command line', () => {
  it('tells its version', async () => {
    const run = await bh.run(['--version']);
    expect([run.exitCode, run.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });

  it('names the way in before any sign-in, with exit code 3', async () => {
    for (const args of [['whoami'], ['list'], ['import', 'items.csv']]) {
      const run = await bh.run(args, { env: { XDG_CONFIG_HOME: '/nonexistent' } });
      expect(run).toEqual({ exitCode: 3, stdout: '', stderr: 'bh: Not signed in. Use: bh sign-in URL\n' });
    }
  });

  it('explains itself', async () => {
    const overview = await bh.run(['--help']);
    expect(overview.exitCode).toBe(0);
    for (const word of ['sign-in', 'import', 'ssh', 'run-script', 'jumpoint']) {
      expect(overview.stdout).toContain(`bh ${word}`);
      expect((await bh.run([word, '--help'])).exitCode, word).toBe(0);
    }
    for (const args of [
      ['help', 'db'],
      ['db', '--help'],
      ['db', '-h'],
    ]) {
      const run = await bh.run(args);
      expect([run.exitCode, run.stdout]).toEqual([
        0,
        expect.stringMatching(/bh db backup[\s\S]*bh db upgrade/),
      ]);
    }
  });

  it.each([
    [['frobnicate'], 'no command frobnicate'],
    [['list', '--colour'], '--colour'],
    [['close'], 'Usage: bh close'],
    [['close', 'abc'], 'not a session id'],
    [['list', '--limit', 'many'], '--limit'],
    [['sign-in', 'ftp://x'], 'http'],
    [['db'], 'bh db backup DIRECTORY'],
    [['db'], 'bh db upgrade'],
    [['db', 'frobnicate'], 'There is no command db frobnicate.'],
    [['admin'], 'bh admin recover [--create] [USERNAME]'],
    [['jumpoint'], 'bh jumpoint enrol TOKEN'],
    [['jumpoint', 'frobnicate'], 'bh jumpoint run'],
  ])('refuses %j with exit code 2', async (args, text) => {
    const run = await bh.run(args);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain(text);
  });
});

describe('import and list', () => {
  beforeEach(signIn);

  let files = 0;
  async function file(lines: string[], ending = 'csv'): Promise<string> {
    files += 1;
    const path = join(bh.config, `items-${files}.${ending}`);
    await writeFile(path, `${lines.join('\n')}\n`);
    return path;
  }
  const HEADER = 'type,name,shelljump_hostname,group,jumpoint,external_id';
  const row = (n: number, group = 'kiosks') =>
    `shell_jump,Kiosk ${n},kiosk-${n}.example.com,${group},local,kiosk-${n}`;

  beforeAll(async () => {
    await appliance.sql`insert into jump_group (name, code_name) values ('Kiosks', 'kiosks') on conflict do nothing`;
    await appliance.sql`
      insert into jumpoint (name, platform, code_name, shell_jump_enabled) values ('local', 'linux-x86', 'local', true)
      on conflict do nothing`;
  });

  it('imports a file and lists what it brought', async () => {
    const path = await file([HEADER, row(1), row(2), row(3)]);
    const dry = await bh.run(['import', path, '--dry-run']);
    expect(dry.stdout).toContain('Dry run: 3 rows, 0 bad. It would be: 3 created, 0 updated, 0 unchanged.');
    expect(dry.exitCode).toBe(0);

    const run = await bh.run(['import', path]);
    expect(run.stdout).toContain('Imported 3 rows: 3 created, 0 updated, 0 unchanged.');
    expect(run.exitCode).toBe(0);
    expect((await bh.run(['import', path])).stdout).toBe(
      '3 rows checked: 0 created, 0 updated, 3 unchanged.\n',
    );

    const list = await bh.run(['list', 'kiosk']);
    expect(list.stdout.split('\n')[0]).toMatch(/^ID +TYPE +NAME +HOST +GROUP +JUMPOINT +STATUS +TAG$/);
    expect(list.stdout).toContain('kiosk-2.example.com');
    const json = JSON.parse((await bh.run(['list', 'kiosk-3', '--json'])).stdout) as { name: string }[];
    expect(json.map((item) => item.name)).toEqual(['Kiosk 3']);
    const some = await bh.run(['list', 'kiosk', '--limit', '2']);
    expect(some.stderr).toContain('2 of 3');
  });

  it('shows every bad row with line, column and reason, changes nothing and exits with 4', async () => {
    const path = await file([HEADER, row(10), row(11, 'nowhere'), 'shell_jump,,host,kiosks,local,x']);
    const run = await bh.run(['import', path]);
    expect(run.exitCode).toBe(4);
    expect(run.stdout).toMatch(/^LINE +COLUMN +VALUE +PROBLEM/);
    expect(run.stdout).toMatch(/\n3 +group +nowhere +\S/);
    expect(run.stdout).toMatch(/\n4 +name +\S/);
    expect(run.stdout).toMatch(/\n2 rows have problems\. Nothing was imported\.\n$/);
    expect((await bh.run(['list', 'kiosk-10', '--json'])).stdout.trim()).toBe('[]');

    const kept = await bh.run(['import', path, '--keep-good-rows', '--json']);
    expect(kept.exitCode).toBe(4);
    expect(JSON.parse(kept.stdout)).toMatchObject({ state: 'succeeded', created_count: 1, rows_bad: 2 });
  });

  it('reads standard input and JSON lines', async () => {
    const piped = await bh.run(['import', '-'], { input: `${[HEADER, row(20)].join('\n')}\n` });
    expect(piped.stdout).toContain('1 created');
    const lines = await file(
      [
        JSON.stringify({
          type: 'shell_jump',
          name: 'Kiosk 21',
          shelljump_hostname: 'k21',
          group: 'kiosks',
          jumpoint: 'local',
        }),
      ],
      'jsonl',
    );
    expect((await bh.run(['import', lines])).stdout).toContain('1 created');
  });

  it('removes what the file no longer names only once somebody has agreed', async () => {
    await bh.run(['import', await file([HEADER, row(30, 'pruned'), row(31, 'pruned')]), '--create-groups']);
    const shorter = await file([HEADER, row(30, 'pruned')]);
    const asked = bh.terminal(['import', shorter, '--prune']);
    await asked.waitFor('1 Jump Item that the file no longer names would be removed');
    asked.type('n\r');
    expect(await asked.exitCode()).toBe(1);
    expect((await bh.run(['list', 'kiosk-31', '--json'])).stdout).toContain('Kiosk 31');

    const agreed = await bh.run(['import', shorter, '--prune', '--yes']);
    expect(agreed.stdout).toContain('1 removed');
    expect((await bh.run(['list', 'kiosk-31', '--json'])).stdout.trim()).toBe('[]');
  });

  it('fails clearly on a file that is not there', async () => {
    const run = await bh.run(['import', '/nowhere/items.csv']);
    expect(run).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('/nowhere/items.csv cannot be read'),
    });
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AccessSite, REPRESENTATIVE } from '../support/access-site.ts';
import { type Bh, makeBh } from '../support/bh.ts';
import { ADMIN_PASSWORD, CLIENT_ID, CLIENT_SECRET } from '../support/test-appliance.ts';

let site: AccessSite;
let bh: Bh;
let directory: string;

beforeAll(async () => {
  [site, bh, directory] = await Promise.all([
    AccessSite.start(),
    makeBh(),
    mkdtemp(join(tmpdir(), 'bridgehead-policy-')),
  ]);
  await site.group('databases');
  await site.jumpoint('gate');
  await site.shell('db', 'databases', 'gate');
  await site.user('anna', REPRESENTATIVE);
  await site.user('ben', REPRESENTATIVE);
  await site.policy('DBA', {
    members: ['anna'],
    jumpGroups: [{ to: 'databases', role: 2 }],
    jumpoints: [{ to: 'gate' }],
  });
  const run = await bh.run(['sign-in', site.appliance.url, '--user', 'admin'], {
    input: `${ADMIN_PASSWORD}\n`,
  });
  expect(run.exitCode).toBe(0);
});
afterAll(async () => {
  await bh?.remove();
  await site?.appliance.stop();
  await rm(directory, { recursive: true, force: true });
});

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

const GOOD = `
- { name: DBAs reach the databases, user: anna, jump_item: db, expect: allow, session_permissions: { command_shell: allow } }
- { name: Nobody else does, user: ben, jump_item: db, expect: deny, reason: jump_item_not_visible }
`;

it('says what holds and leaves with 0', async () => {
  const run = await bh.run(['policy', 'test', await file('good.yaml', GOOD)]);
  expect(run).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: 'ok    DBAs reach the databases\nok    Nobody else does\n2 expectations: 2 passed, 0 failed.\n',
  });
});

it('takes the token of an API account, as CI systems have it', async () => {
  const { url } = site.appliance;
  const answer = await fetch(`${url}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const run = await bh.run(['policy', 'test', await file('good.yaml', GOOD), '--quiet'], {
    env: { BH_URL: url, BH_TOKEN: token },
  });
  expect([run.exitCode, run.stdout]).toEqual([0, '2 expectations: 2 passed, 0 failed.\n']);
});

it('leaves with 1 where something does not hold, says why, and reports it to CI systems', async () => {
  const good = await file('good.yaml', GOOD);
  const bad = await file(
    'bad.yaml',
    '# Ben joins next week\n- { name: Ben too, user: ben, jump_item: db, expect: allow }\n- { user: carl, jump_item: db, expect: deny }\n',
  );
  const junit = join(directory, 'report.xml');
  const run = await bh.run(['policy', 'test', good, bad, '--quiet', '--junit', junit]);
  expect([run.exitCode, run.stderr]).toEqual([1, '']);
  expect(run.stdout.split('\n')).toEqual([
    `FAIL  ${bad}:2 Ben too`,
    '      expected allow, got deny (jump_item_not_visible): There is no such Jump Item.',
    `ERROR ${bad}:3 Expectation 2`,
    '      user: There is no user “carl”.',
    '4 expectations: 2 passed, 1 failed, 1 could not be asked.',
    '',
  ]);
  const report = await readFile(junit, 'utf8');
  expect(report).toContain('<testsuites tests="4" failures="1" errors="1">');
  expect(report).toContain(`line="2"`);
  const json = await bh.run(['policy', 'test', bad, '--json']);
  expect(json.exitCode).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({
    total: 2,
    failed: 1,
    errors: 1,
    results: [
      { name: 'Ben too', line: 2, outcome: 'failed', actual: { reason: 'jump_item_not_visible' } },
      {},
    ],
  });
});

it('checks what a change would do before anybody makes it', async () => {
  const change = await file(
    'change.yaml',
    `- change: group_policy\n  group_policy_id: ${site.id('DBA')}\n  add_members: [${site.id('ben')}]\n`,
  );
  const ben = await file('ben.yaml', '- { user: ben, jump_item: db, expect: allow }\n');
  expect((await bh.run(['policy', 'test', ben])).exitCode).toBe(1);
  expect((await bh.run(['policy', 'test', ben, '--what-if', change])).exitCode).toBe(0);
  expect((await bh.run(['policy', 'test', ben])).exitCode).toBe(1);
});

it('leaves with 2 and names file and line where a file makes no sense', async () => {
  const typo = await file('typo.yaml', '- user: anna\n  jump_item: db\n  expected: allow\n');
  const run = await bh.run(['policy', 'test', typo]);
  expect([run.exitCode, run.stdout]).toEqual([2, '']);
  expect(run.stderr).toContain(`${typo}:3: There is no field expected.`);
  const reason = await file(
    'reason.yaml',
    '- user: ben\n  jump_item: db\n  expect: deny\n  reason: no_shell\n',
  );
  const unknown = await bh.run(['policy', 'test', reason]);
  expect(unknown.exitCode).toBe(2);
  expect(unknown.stderr).toContain(`${reason}:4: There is no reason no_shell. Known are: allowed, `);
  // What only the server knows is located all the same.
  const value = await file(
    'value.yaml',
    '- { user: anna, jump_item: db, expect: allow }\n- { user: anna, jump_item: db, expect: allow, session_permissions: { chat: loud } }\n',
  );
  const refused = await bh.run(['policy', 'test', value]);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain(`${value}:2: `);
  expect(refused.stderr).toContain('chat is one of');
  const action = await file('action.yaml', '- { user: anna, jump_item: db, expect: allow, action: fly }\n');
  const flown = await bh.run(['policy', 'test', action]);
  expect(flown.exitCode).toBe(2);
  expect(flown.stderr).toContain(`${action}:1: `);
  expect((await bh.run(['policy', 'test', join(directory, 'missing.yaml')])).exitCode).toBe(2);
});

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Bh, makeBh } from '../support/bh.ts';
import { configurationCalls, liftRateLimits } from '../support/configuration-calls.ts';
import { configurePolicies, configureRichly } from '../support/configured-site.ts';
import { ADMIN_PASSWORD, type TestAppliance, testAppliance } from '../support/test-appliance.ts';

let rich: TestAppliance;
let empty: TestAppliance;
let bh: Bh;
let folder: string;

beforeAll(async () => {
  [rich, empty, bh] = await Promise.all([testAppliance(), testAppliance(), makeBh()]);
  await Promise.all([liftRateLimits(rich), liftRateLimits(empty)]);
  await configureRichly(rich);
  await configurePolicies(rich);
  for (const { url } of [empty, rich]) {
    const run = await bh.run(['sign-in', url, '--user', 'admin'], { input: `${ADMIN_PASSWORD}\n` });
    expect(run.stderr).toBe('');
  }
}, 60_000);
afterAll(async () => {
  await Promise.all([rich?.stop(), empty?.stop(), bh?.remove()]);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridgehead-config-'));
  return () => rm(folder, { recursive: true, force: true });
});

async function filesIn(path: string): Promise<Record<string, string>> {
  const names = (await readdir(path)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(path, name), 'utf8')])),
  );
}

const write = (file: string, text: string) => writeFile(join(folder, file), text);

it('takes a site to another one: the export of both is the same, byte for byte', async () => {
  const exported = await bh.run(['config', 'export', folder, '--url', rich.url]);
  expect(exported).toMatchObject({ exitCode: 0, stderr: '' });
  expect(exported.stdout).toMatch(/^\d+ objects in 25 files\.\n$/);
  expect(await bh.run(['config', 'drift', folder, '--prune', '--url', rich.url])).toMatchObject({
    exitCode: 0,
  });
  // Secrets stay on the server: those of new accounts of the vault come from the environment.
  const kept = await readFile(join(folder, 'vault-accounts.yaml'), 'utf8');
  await write(
    'vault-accounts.yaml',
    kept.replaceAll(/^(password|token): kept on the server$/gm, '$1: { from_environment: FIRST_SECRET }'),
  );
  const env = { FIRST_SECRET: 'first secret' };
  expect(await bh.run(['config', 'drift', folder, '--prune', '--url', empty.url], { env })).toMatchObject({
    exitCode: 2,
  });
  const apply = ['config', 'apply', folder, '--prune', '--yes', '--url', empty.url];
  expect((await bh.run(apply)).stdout).toContain(
    'vault-accounts/root, password: There is no FIRST_SECRET in the environment of bh.',
  );
  const applied = await bh.run(apply, { env });
  expect(applied.stdout).not.toContain('first secret');
  await write('vault-accounts.yaml', kept);
  expect(await bh.run(['config', 'drift', folder, '--prune', '--url', empty.url])).toMatchObject({
    exitCode: 0,
  });
  expect(applied.stderr).toBe('');
  expect(applied.stdout).toMatch(/Applied: \d+ created, \d+ changed, 0 deleted\.\n$/);
  const other = join(folder, 'again');
  await bh.run(['config', 'export', other, '--url', empty.url]);
  const again = await filesIn(other);
  await rm(other, { recursive: true });
  expect(again).toEqual(await filesIn(folder));
  expect(again['jump-groups.yaml']).toBe(
    `# jump-groups, each known by its code_name.
---
code_name: kiosks
name: Kiosks
comments: "yes"
members:
  - user: Zoë
    jump_item_role: Night watch
  - user: anna
    jump_item_role: null
`.replace(/( {2}- user: Zoë\n.*\n)( {2}- user: anna\n.*\n)/, '$2$1'),
  );
}, 30_000);

describe('files', () => {
  it('may be one for each object, anywhere below a folder of their type', async () => {
    await mkdir(join(folder, 'jump-groups', 'europe'), { recursive: true });
    await write('jump-groups/europe/vienna.yaml', 'code_name: vienna\nname: Vienna\n');
    await write(
      'jump-groups/rome.yml',
      '# The office in Rome\ncode_name: rome\nname: Rome\ncomments: >\n  One\n  line\n',
    );
    const run = await bh.run(['config', 'plan', folder]);
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(
      /^\+ jump-groups\/rome {3}\(jump-groups\/rome\.yml:2\)\n {4}code_name: "rome"\n {4}name: "Rome"\n {4}comments: "One line\\n"\n\+ jump-groups\/vienna {3}\(jump-groups\/europe\/vienna\.yaml:1\)\n/,
    );
    expect(run.stdout).toMatch(
      /\n\n2 to create, 0 to change, 0 to delete; 0 unchanged\.\nFingerprint: [0-9a-f]{64}\n$/,
    );
  });

  it('are refused with file and line of what is wrong in them', async () => {
    await write(
      'jump-groups.yaml',
      'code_name: a\nname: A\n---\ncode_name: b\nname: B\nmembers:\n  - user: anna\n  - user: nobody\n',
    );
    await write('teams.yaml', 'code_name: t\nname: T\ncolour: red\n');
    const run = await bh.run(['config', 'plan', folder]);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain(
      `Refused:
  teams.yaml:3  teams/t, colour: A team has no field colour.
  jump-groups.yaml:8  jump-groups/b, members.1.user: There is no user called nobody.

2 to create, 0 to change, 0 to delete; 0 unchanged; 2 refused.
`,
    );
    expect(run.stderr).toBe('bh: Applying these files would be refused. The plan says why.\n');
    const applied = await bh.run(['config', 'apply', folder, '--yes']);
    expect(applied).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Nothing was changed.') });
  });

  it('that are named after nothing are told with what they may be meant to be', async () => {
    await write('team.yaml', 'code_name: t\nname: T\n');
    await mkdir(join(folder, 'site', 'old'), { recursive: true });
    await write('site/jump-groups.yaml', '# Ours\ncode_name: a\nname: A\n');
    const run = await bh.run(['config', 'plan', folder]);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toMatch(
      /^Refused:\n {2}site\/jump-groups\.yaml:2 {2}site: There are no objects called site\. The file is named after jump-groups, but stands in site: give that folder instead\. Known are: .*\n {2}team\.yaml:1 {2}team: There are no objects called team\. Is it teams\? Known are: .*\n\n0 to create, 0 to change, 0 to delete; 0 unchanged; 2 refused\.\n$/,
    );
  });

  it.each([
    ['anchors', 'code_name: &a x\nname: *a\n', /^bh: jump-groups\.yaml:1: Anchors/],
    ['a bomb', `a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n`, /^bh: jump-groups\.yaml:1: Anchors/],
    ['tags', 'code_name: !!js/function x\n', /^bh: jump-groups\.yaml:1: Tags/],
    ['no YAML', 'code_name: x\n  name: [\n', /^bh: jump-groups\.yaml:\d: /],
    ['a name twice', 'code_name: x\nname: a\nname: b\n', /^bh: jump-groups\.yaml:3: /],
    ['a list', '- code_name: x\n', /^bh: jump-groups\.yaml:1: Every document is an object/],
    ['endless nesting', `a: ${'['.repeat(50_000)}`, /^bh: jump-groups\.yaml:1: /],
    ['numbers for names', '1: x\n', /^bh: jump-groups\.yaml:1: Names of fields are text/],
  ])('with %s are refused', async (_, text, message) => {
    await write('jump-groups.yaml', text);
    const run = await bh.run(['config', 'plan', folder]);
    expect(run).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
    expect(run.stderr.split('\n')).toHaveLength(2);
  });

  it('that are missing, and a folder that is in the way of an export, are told', async () => {
    expect((await bh.run(['config', 'plan', join(folder, 'none')])).stderr).toMatch(/cannot be read/);
    expect((await bh.run(['config', 'plan', folder])).stderr).toMatch(/holds no YAML files/);
    await mkdir(join(folder, 'teams'));
    await write('teams/a.yaml', 'code_name: a\n');
    expect((await bh.run(['config', 'export', folder])).stderr).toMatch(/holds teams\/a\.yaml/);
  });
});

describe('applying', () => {
  it('asks, and takes no for an answer', async () => {
    await write('skills.yaml', 'code_name: typing\nname: Typing\n');
    const terminal = bh.terminal(['config', 'apply', folder]);
    await terminal.waitFor('1 to create');
    await terminal.waitFor('Make this change? [y/N]');
    terminal.type('n\r');
    expect(await terminal.exitCode()).toBe(1);
    expect((await configurationCalls(rich.admin)('GET', '/skill?name=Typing')).body).toEqual([]);
    expect((await bh.run(['config', 'apply', folder])).stderr).toMatch(
      /Agree with --yes, or with --fingerprint [0-9a-f]{64}/,
    );
  });

  it('makes the plan that was looked at, and nothing when the site has changed since', async () => {
    const call = configurationCalls(rich.admin);
    await write('skills.yaml', 'code_name: lifting\nname: Lifting\n');
    const { fingerprint } = JSON.parse((await bh.run(['config', 'plan', folder, '--json'])).stdout);
    await call('POST', '/skill', { name: 'Heavy lifting', code_name: 'lifting' });
    const late = await bh.run(['config', 'apply', folder, '--fingerprint', fingerprint]);
    expect(late.exitCode).toBe(1);
    expect(late.stdout).toContain('name: "Heavy lifting" -> "Lifting"');
    const [, fresh] = /Fingerprint: ([0-9a-f]{64})/.exec(late.stderr) ?? [];
    expect(late.stderr).toMatch(/Nothing was changed\. See the new plan\./);
    expect(await bh.run(['config', 'apply', folder, '--fingerprint', fresh ?? ''])).toMatchObject({
      exitCode: 0,
      stdout: 'Applied: 0 created, 1 changed, 0 deleted.\n',
    });
    expect(await bh.run(['config', 'apply', folder, '--yes'])).toMatchObject({
      exitCode: 0,
      stdout: 'No changes; 1 unchanged.\n',
    });
  });

  it('deletes many objects, or Jump Items along with them, only when told how many', async () => {
    const call = configurationCalls(rich.admin);
    const { body: made } = await call('POST', '/jump-group', { name: 'Full', code_name: 'full' });
    const [jumpoint] = (await call('GET', '/jumpoint?code_name=branch_office')).body;
    const item = { name: 'one', hostname: 'one', jump_group_id: made.id, jumpoint_id: jumpoint.id };
    expect((await call('POST', '/jump-item/remote-vnc', item)).status).toBe(201);
    await bh.run(['config', 'export', folder, '--type', 'jump-groups']);
    const text = await readFile(join(folder, 'jump-groups.yaml'), 'utf8');
    const documents = text.split('---\n').filter((one) => !one.includes('code_name: full'));
    await write('jump-groups.yaml', documents.join('---\n'));
    const apply = ['config', 'apply', folder, '--prune', '--yes'];
    const refused = await bh.run(apply);
    expect(refused).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('takes along: 1 jump items'),
    });
    expect(refused.stderr).toBe(
      'bh: This would delete: 1 objects, 1 jump items. If that is meant, say --allow-deletions 2. Nothing was changed.\n',
    );
    expect((await bh.run([...apply, '--allow-deletions', '1'])).exitCode).toBe(1);
    expect((await bh.run([...apply, '--allow-deletions', 'all'])).exitCode).not.toBe(0);
    expect((await call('GET', `/jump-group/${made.id}`)).status).toBe(200);
    expect((await bh.run([...apply, '--allow-deletions', '2'])).stdout).toMatch(/1 deleted\.\n$/);

    const skills = Array.from({ length: 11 }, (_, n) => `code_name: many_${n}\nname: Many ${n}\n`);
    await rm(join(folder, 'jump-groups.yaml'));
    await bh.run(['config', 'export', folder, '--type', 'skills']);
    const before = await readFile(join(folder, 'skills.yaml'), 'utf8');
    await write('skills.yaml', [before, ...skills].join('---\n'));
    expect((await bh.run(apply)).stdout).toMatch(/11 created/);
    await write('skills.yaml', before);
    expect((await bh.run(apply)).stderr).toMatch(/: 11 objects\. .*--allow-deletions 11\./);
    expect((await bh.run([...apply, '--allow-deletions', '11'])).stdout).toMatch(/11 deleted\.\n$/);
  });

  it('tells drift from failure by the exit code', async () => {
    await write('skills.yaml', 'code_name: printers\nname: Printers\n');
    expect((await bh.run(['config', 'drift', folder])).exitCode).toBe(0);
    await write('skills.yaml', 'code_name: printers\nname: Plotters\n');
    expect(await bh.run(['config', 'drift', folder])).toMatchObject({
      exitCode: 2,
      stdout: expect.stringContaining(
        '~ skills/printers   (skills.yaml:1)\n    name: "Printers" -> "Plotters"\n',
      ),
    });
    const json = JSON.parse((await bh.run(['config', 'drift', folder, '--json'])).stdout);
    expect(json.totals).toEqual({ create: 0, update: 1, delete: 0, unchanged: 0 });
    await write('skills.yaml', 'code_name: printers\nname: ""\n');
    expect((await bh.run(['config', 'drift', folder])).exitCode).toBe(1);
    expect((await bh.run(['config', 'drift', folder, '--url', 'http://127.0.0.1:1'])).exitCode).toBe(3);
  });
});

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bh, makeBh } from '../support/bh.ts';

const ROOT = join(import.meta.dirname, '../..');
const SESSION = ['--user', 'anna', '--hostname', 'server.example.com'];
const run = promisify(execFile);

let bh: Bh;
let plugin: string;

/** The program as it is shipped, beside the files that belong to it. */
beforeAll(async () => {
  bh = await makeBh();
  await run(process.execPath, [join(ROOT, 'scripts/pack-ecm.mjs'), join(bh.folder, 'ecm')]);
  plugin = join(bh.folder, 'my-vault');
  const made = await bh.run(['ecm', 'init', plugin]);
  expect(made, made.stderr).toMatchObject({ exitCode: 0, stderr: '' });
  expect(made.stdout).toContain('node --test');
});
afterAll(() => bh.remove());

const passwords = async () =>
  (
    JSON.parse(await readFile(join(plugin, 'store.json'), 'utf8')) as { entries: { password: string }[] }
  ).entries.map(({ password }) => password);

describe('bh ecm init', () => {
  it('writes a plug-in of its own name, with secrets of its own', async () => {
    expect((await readdir(plugin)).sort()).toEqual([
      '.gitignore',
      'README.md',
      'access-key',
      'ecm-sdk',
      'ecm.yaml',
      'package.json',
      'plugin.js',
      'plugin.test.js',
      'store.json',
    ]);
    for (const file of ['plugin.js', 'README.md', 'ecm.yaml', 'package.json']) {
      const text = await readFile(join(plugin, file), 'utf8');
      expect(text).toContain('my-vault');
      expect(text).not.toMatch(/__[A-Z]/);
    }
    expect((await stat(join(plugin, 'access-key'))).mode & 0o777).toBe(0o600);
    expect(new Set(await passwords()).size).toBe(3);
  });

  it('gives it a name that can be one', async () => {
    const folder = join(bh.folder, 'a folder, named oddly');
    const odd = await bh.run(['ecm', 'init', folder]);
    expect(odd.stdout).toContain(`\n  cd '${folder}'\n`);
    expect(await readFile(join(folder, 'plugin.js'), 'utf8')).toContain("name: 'a-folder-named-oddly'");
    const named = await bh.run(['ecm', 'init', join(bh.folder, 'other'), '--name', 'no good']);
    expect(named).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--name: "no good" must have'),
    });
  });

  it('refuses a folder that holds something', async () => {
    const again = await bh.run(['ecm', 'init', plugin]);
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('it is not empty') });
  });

  it('writes a plug-in that passes its own tests, with Node and nothing else', async () => {
    const { stdout } = await run(process.env.BH_TEST_NODE ?? process.execPath, ['--test'], {
      cwd: plugin,
      env: { PATH: process.env.PATH ?? '' },
    });
    expect(stdout).toMatch(/(pass|ℹ pass) 18/);
    expect(stdout).toMatch(/fail 0/);
  });

  it('writes a plug-in that TypeScript understands', async () => {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options =
      '--allowJs --checkJs --noEmit --strict --target esnext --module nodenext --types node'.split(' ');
    const types = ['--typeRoots', join(ROOT, 'node_modules/@types')];
    const { stdout } = await run(
      process.execPath,
      [tsc, ...options, ...types, 'plugin.js', 'plugin.test.js'],
      {
        cwd: plugin,
      },
    );
    expect(stdout).toBe('');
  }, 60_000);
});

describe('bh ecm test', () => {
  it('tests the plug-ins of a configuration file', async () => {
    const tested = await bh.run(['ecm', 'test', '--config', join(plugin, 'ecm.yaml'), ...SESSION]);
    expect(tested, tested.stdout).toMatchObject({ exitCode: 0, stderr: '' });
    expect(tested.stdout).toMatch(/^my-vault \(\.\/plugin\.js\)\n {2}ok {4}starts with its settings\n/);
    expect(tested.stdout).toMatch(/18 passed, 0 failed, 4 skipped\.\n$/);
  });

  it('tells what is wrong, by words, exit code and JUnit report', async () => {
    const junit = join(bh.folder, 'report.xml');
    const settings = join(plugin, 'settings.yaml');
    await writeFile(settings, 'access_key: { file: access-key }\n');
    const tested = await bh.run([
      'ecm',
      'test',
      join(plugin, 'plugin.js'),
      ...['--settings', settings, '--hostname', 'nowhere.example.com', '--junit', junit, '--quiet'],
    ]);
    expect(tested.exitCode).toBe(1);
    expect(tested.stdout).toContain('FAIL  finds credentials for the session\n        It found nothing');
    expect(tested.stdout).not.toContain('  ok ');
    const report = await readFile(junit, 'utf8');
    expect(report).toMatch(
      /<testsuite name="[^"]*plugin.js" tests="22" failures="1" errors="0" skipped="\d+">/,
    );
    expect(report).toContain('<skipped message="It found nothing."/>');
  });

  it('answers JSON', async () => {
    const args = [
      '--config',
      join(plugin, 'ecm.yaml'),
      '--instance',
      'my-vault',
      '--json',
      '--no-wrong-secrets',
    ];
    const { stdout, exitCode } = await bh.run(['ecm', 'test', ...args, ...SESSION]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { instance: 'my-vault', plugin: './plugin.js', passed: true, results: expect.arrayContaining([]) },
    ]);
  });

  it.each([
    [[], 'Name the configuration file'],
    [['nowhere.js'], 'nowhere.js: there is no such file'],
    [['--config', 'nowhere.yaml'], 'nowhere.yaml: cannot be read'],
    [['--port', '0'], '--port: 0 is no port number'],
  ])('refuses what makes no sense: %j', async (args, words) => {
    expect(await bh.run(['ecm', 'test', ...args])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(words),
    });
  });
});

describe('bh ecm check', () => {
  it('shows the plug-ins, what they find, and whether it can be fetched, without a secret', async () => {
    const args = ['--config', join(plugin, 'ecm.yaml'), ...SESSION, '--get'];
    const checked = await bh.run(['ecm', 'check', ...args]);
    expect(checked.exitCode, checked.stderr).toBe(0);
    expect(checked.stdout).toMatch(
      /my-vault +my-vault 0\.1\.0 +running +healthy: The store holds 3 credentials\./,
    );
    expect(checked.stdout).toContain('my-vault:1: fetched (user name, password) and given back');
    expect(checked.stdout).not.toContain('my-vault:3');
    expect(checked.stderr).toContain('[my-vault] serves ');
    const secrets = [...(await passwords()), (await readFile(join(plugin, 'access-key'), 'utf8')).trim()];
    for (const secret of secrets) expect(checked.stdout + checked.stderr).not.toContain(secret);
  });

  it('fails when a credential cannot be fetched, and says why', async () => {
    const args = ['--config', join(plugin, 'ecm.yaml'), ...SESSION, '--credential', 'my-vault:3'];
    const checked = await bh.run(['ecm', 'check', ...args]);
    expect(checked.exitCode).toBe(1);
    expect(checked.stdout).toContain(
      'my-vault:3: FAILED not_found: The store has no such credential for this session.',
    );
  });

  it('names file, line, plug-in and setting of everything that is wrong', async () => {
    const file = join(plugin, 'wrong.yaml');
    await writeFile(
      file,
      'plugins:\n  mine:\n    plugin: ./plugin.js\n    settings:\n      access_key: in-clear\n      offer: some\n',
    );
    const checked = await bh.run(['ecm', 'check', '--config', file]);
    expect(checked.exitCode).toBe(2);
    expect(checked.stderr).toContain('wrong.yaml:5: plug-in "mine", setting "access_key": must not stand in');
    expect(checked.stderr).toContain(
      'wrong.yaml:6: plug-in "mine", setting "offer": must be one of matching, all.',
    );
    expect(checked.stderr).not.toContain('in-clear');
  });

  it('knows the plug-ins that come with it', async () => {
    const file = join(plugin, 'bundled.yaml');
    await writeFile(file, 'plugins:\n  safe:\n    plugin: keepass\n    settings: { file: x.kdbx }\n');
    const checked = await bh.run(['ecm', 'check', '--config', file]);
    expect(checked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('setting "password"') });
  });

  it('says so when its files are not beside it', async () => {
    const alone = join(bh.folder, 'alone');
    await mkdir(alone);
    await writeFile(join(alone, 'bh.mjs'), await readFile(join(bh.folder, 'bh.mjs')));
    for (const args of [
      ['ecm', 'init', join(alone, 'x')],
      ['ecm', 'check', '--config', join(plugin, 'ecm.yaml')],
    ])
      await expect(run(process.execPath, [join(alone, 'bh.mjs'), ...args])).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Copy the folder ecm together with the program'),
      });
    await rm(alone, { recursive: true });
  });
});

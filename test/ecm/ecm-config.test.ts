import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEcmConfig } from '../../ecm/host/ecm-config.ts';
import { resolveSecrets } from '../../ecm/host/secret-settings.ts';
import { startPlugins } from '../../ecm/host/start-plugins.ts';
import { LogLines } from './fixtures/plugin-host.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridgehead-ecm-'));
  for (const name of ['orderly-plugin', 'hostile-plugin'])
    await symlink(join(import.meta.dirname, 'fixtures', `${name}.ts`), join(folder, `${name}.ts`));
});
afterEach(() => rm(folder, { recursive: true }));

const file = (name: string) => join(folder, name);

async function config(text: string): Promise<string> {
  await writeFile(file('ecm.yaml'), text);
  return file('ecm.yaml');
}

/** What is told of a file, with the name of the folder left out. */
async function refusal(text: string): Promise<string[]> {
  const path = await config(text);
  const start = async () => {
    const host = await startPlugins(await readEcmConfig(path), { log: new LogLines() });
    await host.close();
    return '';
  };
  const message = await start().catch((cause: Error) => {
    expect(cause.name).toBe('EcmConfigProblem');
    return cause.message;
  });
  return message.replaceAll(`${folder}/`, '').split('\n');
}

describe('the configuration file', () => {
  it('names plug-ins in a map or a list', async () => {
    const map = await readEcmConfig(
      await config(`plugins:
  first:
    plugin: ./orderly-plugin.ts
    settings: { entries: 4 }
    limits: { find_seconds: 3, memory_mb: 64 }
    environment: [HTTPS_PROXY]
  second: { plugin: ./hostile-plugin.ts, settings: { rule: x } }
`),
    );
    expect(map.plugins).toMatchObject([
      {
        instance: 'first',
        file: file('orderly-plugin.ts'),
        folder,
        settings: { entries: 4 },
        limits: { findMs: 3000, getMs: 15_000, heapMb: 64 },
        environment: ['HTTPS_PROXY'],
      },
      { instance: 'second', settings: { rule: 'x' }, limits: { findMs: 10_000 } },
    ]);
    const list = await readEcmConfig(await config('plugins:\n- name: one\n  plugin: ./orderly-plugin.ts\n'));
    expect(list.plugins).toMatchObject([{ instance: 'one', settings: {} }]);
  });

  it('names a bundled plug-in by its name', async () => {
    const { plugins } = await readEcmConfig(
      await config('plugins:\n  safe:\n    plugin: keepass\n    settings: { file: x.kdbx }\n'),
    );
    expect(plugins[0]!.file).toMatch(/ecm\/plugins\/keepass\/plugin\.ts$/);
  });

  it.each<[string, string[]]>([
    ['', ['ecm.yaml:1: must be a map with "plugins".']],
    ['plugins: {}', ['ecm.yaml:1: names no plug-ins: "plugins" must be a map or a list of at least one.']],
    ['plugins:\n- plugin: ./orderly-plugin.ts\n', ['ecm.yaml:2: a plug-in in a list needs a name.']],
    [
      'plugins:\n- { name: a, plugin: ./orderly-plugin.ts }\n- { name: a, plugin: ./orderly-plugin.ts }\n',
      ['ecm.yaml:3: there are two plug-ins "a".'],
    ],
    ['plugins:\n  a: 1\n  a: 2\n', ['ecm.yaml:3: Map keys must be unique at line 3, column 3:']],
    [
      'other: 1\nplugins: { a: { plugin: ./orderly-plugin.ts } }',
      ['ecm.yaml:1: "other" is unknown. There is: plugins.'],
    ],
  ])('that makes no sense is refused: %j', async (text, told) => {
    expect(await refusal(text)).toEqual(told);
  });

  it('is told of with everything that is wrong in it, each with its line and plug-in', async () => {
    const told = await refusal(`plugins:
  bad name:
    plugin: ./orderly-plugin.ts
  a:
    plugin: ./missing.js
    setings: {}
  b:
    plugin: nobody-bundles-this
    limits:
      find_seconds: 0
      memory: 7
  c:
    plugin: ./orderly-plugin.ts
    settings: [1]
    environment: [A=B]
  d: text
`);
    expect(told).toEqual([
      'ecm.yaml:2: plug-in "bad name": a name must have 1 to 32 letters, digits, - and _.',
      'ecm.yaml:5: plug-in "a": plug-in file ./missing.js: there is no such file.',
      'ecm.yaml:6: plug-in "a": "setings" is unknown. There are: plugin, settings, limits, environment.',
      expect.stringMatching(
        /^ecm.yaml:8: plug-in "b": there is no bundled plug-in "nobody-bundles-this" \(there are: .*keepass.*\)/,
      ),
      'ecm.yaml:10: plug-in "b": limit "find_seconds" must be from 1 to 600.',
      expect.stringMatching(
        /^ecm.yaml:11: plug-in "b": limit "memory" is unknown. There are: find_seconds, /,
      ),
      'ecm.yaml:14: plug-in "c": "settings" must be a map.',
      'ecm.yaml:15: plug-in "c": "environment" must be a list of names of variables.',
      'ecm.yaml:16: plug-in "d": must be a map with plugin and settings.',
    ]);
  });

  it('is told of with every setting that does not fit, of every plug-in', async () => {
    const told = await refusal(`plugins:
  first:
    plugin: ./orderly-plugin.ts
    settings:
      store_token: literal-secret
      prefx: x
      entries: 5000
  second:
    plugin: ./hostile-plugin.ts
    settings:
      token: { env: NOT_THERE_AT_ALL }
  third:
    plugin: ./orderly-plugin.ts
    settings:
      store_token: { file: missing.txt }
  fourth:
    plugin: ./hostile-plugin.ts
    settings: { rule: fine }
`);
    expect(told).toEqual([
      expect.stringMatching(
        /^ecm.yaml:5: plug-in "first", setting "store_token": must not stand in the file itself/,
      ),
      expect.stringMatching(/^ecm.yaml:6: plug-in "first", setting "prefx": is unknown/),
      'ecm.yaml:7: plug-in "first", setting "entries": must be from 0 to 1000.',
      'ecm.yaml:10: plug-in "second", setting "rule": is missing. It is a text: The rule to break.',
      'ecm.yaml:11: plug-in "second", setting "token": the variable NOT_THERE_AT_ALL of the environment is not set.',
      expect.stringMatching(
        /^ecm.yaml:15: plug-in "third", setting "store_token": the file .*missing.txt cannot be read: ENOENT/,
      ),
    ]);
    expect(told.join()).not.toContain('literal-secret');
  });

  it('is warned of when everybody can change it', async () => {
    const path = await config('plugins:\n  a: { plugin: ./hostile-plugin.ts, settings: { rule: none } }\n');
    await chmod(path, 0o666);
    const log = new LogLines();
    const host = await startPlugins(await readEcmConfig(path), { log });
    await host.close();
    expect(log.text).toContain(`{"file":"${path}"} this file can be changed by everybody`);
  });

  it('cannot be read: told with its name', async () => {
    await expect(readEcmConfig(file('nowhere.yaml'))).rejects.toThrow(/nowhere.yaml: cannot be read: ENOENT/);
  });
});

describe('a secret setting', () => {
  const resolved = (source: unknown) => resolveSecrets({ settings: { key: source }, folder }, ['key']);

  it('comes from a file, without the line break at its end', async () => {
    await writeFile(file('key'), 'se cret\n\r\n', { mode: 0o600 });
    expect(await resolved({ file: 'key' })).toMatchObject({
      given: { key: { secret: 'se cret\n' } },
      texts: ['se cret\n'],
      problems: [],
      warnings: [],
    });
  });

  it('warns of a file that everybody can read or change', async () => {
    await writeFile(file('key'), 'secret');
    await chmod(file('key'), 0o644);
    expect((await resolved({ file: file('key') })).warnings).toEqual([
      `setting "key": the file ${file('key')} can be read by everybody on this machine.`,
    ]);
    await chmod(file('key'), 0o666);
    expect((await resolved({ file: file('key') })).warnings[0]).toContain('can be changed by everybody');
  });

  it('is not what is no source of one', async () => {
    await writeFile(file('empty'), '\n');
    await writeFile(file('binary'), Buffer.from([0xff, 0xfe, 0x00]));
    for (const source of [
      'x',
      7,
      [],
      {},
      { env: '' },
      { env: 'A', file: 'B' },
      { value: 'x' },
      { file: 'empty' },
      { file: 'binary' },
      { file: '.' },
    ]) {
      const { problems, texts, given } = await resolved(source);
      expect(problems, JSON.stringify(source)).toHaveLength(1);
      expect(texts).toEqual([]);
      expect(given).toEqual({});
    }
  });
});

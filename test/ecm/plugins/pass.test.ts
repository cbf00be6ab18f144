import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plugin } from '../../../ecm/plugins/pass/plugin.ts';
import { type TestPass, testPass } from '../../support/test-pass.ts';
import {
  aPluginSession,
  callOptions,
  findOptions,
  type OpenedPlugin,
  openPlugin,
} from '../../support/test-plugin.ts';

const run = promisify(execFile);

let pass: TestPass;
let opened: OpenedPlugin;
const session = aPluginSession({ hostname: 'web01.example.com' });

beforeAll(async () => {
  pass = await testPass();
  await pass.insert('web01.example.com', 's3cret $(touch /tmp/x) "q"\nlogin: root\nnotes: login: nobody\n');
  await pass.insert('servers/web01.example.com/deploy', 'by name');
  await pass.insert('servers/web01.example.com/a b; $(id)', 'strange name\nUser: Strange User \n');
  await pass.insert('servers/web02.example.com/deploy', 'elsewhere\n');
  await pass.insert('web01.example.com.evil/root', 'another host\n');
  opened = await openPlugin(plugin, { store: pass.store, gnupg_home: pass.gnupgHome });
});
afterAll(() => pass.remove());

async function get(id: string, from = opened, as = session) {
  return await from.getCredential(as, id, callOptions());
}

describe('entries of pass', () => {
  it('are offered from the places of the system, without being decrypted', async () => {
    const found = await opened.findCredentials(session, findOptions());
    expect(found).toEqual([
      { id: 'servers/web01.example.com/a b; $(id)', label: 'servers/web01.example.com/a b; $(id)' },
      { id: 'servers/web01.example.com/deploy', label: 'servers/web01.example.com/deploy' },
      { id: 'web01.example.com', label: 'web01.example.com' },
    ]);
    expect(await opened.findCredentials(session, findOptions('DEPLOY', 1))).toHaveLength(1);
  });

  it('are all offered where that is set, those of the system first', async () => {
    const all = await openPlugin(plugin, { store: pass.store, gnupg_home: pass.gnupgHome, offer: 'all' });
    const found = await all.findCredentials(aPluginSession({ hostname: 'web02.example.com' }), findOptions());
    expect(found.map(({ id }) => id)).toEqual([
      'servers/web02.example.com/deploy',
      'servers/web01.example.com/a b; $(id)',
      'servers/web01.example.com/deploy',
      'web01.example.com',
      'web01.example.com.evil/root',
    ]);
    expect(await get('web01.example.com.evil/root', all)).toEqual({ password: 'another host' });
  });

  it('give the first line as password and the login that they say, or else their name', async () => {
    expect(await get('web01.example.com')).toEqual({
      username: 'root',
      password: 's3cret $(touch /tmp/x) "q"',
    });
    expect(await get('servers/web01.example.com/deploy')).toEqual({
      username: 'deploy',
      password: 'by name',
    });
    expect(await get('servers/web01.example.com/a b; $(id)')).toEqual({
      username: 'Strange User',
      password: 'strange name',
    });
  });

  it.each([
    ['of another system', 'servers/web02.example.com/deploy'],
    ['that leads out of the store', '../../etc/passwd'],
    ['that leads around in it', 'servers/web01.example.com/../web02.example.com/deploy'],
    ['that is an option', '--clip'],
    ['that is a folder', 'servers/web01.example.com'],
    ['of nothing', ''],
  ])('are refused by a name %s', async (_what, id) => {
    await expect(get(id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each(['..', '.', 'a/b', 'servers/../..'])('are not looked for in a place named %s', async (hostname) => {
    await expect(opened.findCredentials(aPluginSession({ hostname }), findOptions())).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('are not looked for behind links', async () => {
    await symlink('/etc', `${pass.store}/servers/linked`);
    await symlink(`${pass.store}/web01.example.com.gpg`, `${pass.store}/linked.gpg`);
    const found = await opened.findCredentials(aPluginSession({ hostname: 'linked' }), findOptions());
    expect(found).toEqual([]);
    await rm(`${pass.store}/servers/linked`);
    await rm(`${pass.store}/linked.gpg`);
  });
});

describe('private keys of pass', () => {
  it('are read with and without a passphrase, in any place of the entry', async () => {
    const key = async (phrase: string) => {
      const file = `${pass.store}/../key-${phrase}`;
      await rm(file, { force: true });
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', phrase, '-f', file]);
      return await readFile(file, 'utf8');
    };
    const [plain, locked] = [await key(''), await key('phrase')];
    await pass.insert('web01.example.com/plain', `sudo word\nlogin: a\n${plain}`);
    await pass.insert('web01.example.com/bare', locked.replaceAll('\n', '\r\n'));
    await pass.insert('web01.example.com/locked', `phrase\n\n${locked}\nuser: c\n`);
    await pass.insert('web01.example.com/both', `word\npassphrase: phrase\nuser: d\n${locked}`);
    expect(await get('web01.example.com/plain')).toEqual({
      username: 'a',
      password: 'sudo word',
      privateKey: plain,
    });
    expect(await get('web01.example.com/bare')).toEqual({ username: 'bare', privateKey: locked });
    expect(await get('web01.example.com/locked')).toEqual({
      username: 'c',
      passphrase: 'phrase',
      privateKey: locked,
    });
    expect(await get('web01.example.com/both')).toEqual({
      username: 'd',
      password: 'word',
      passphrase: 'phrase',
      privateKey: locked,
    });
  });

  it('and passwords may both be missing', async () => {
    await pass.insert('web01.example.com/empty', '\nlogin: x\n');
    await expect(get('web01.example.com/empty')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a gpg key with a passphrase', () => {
  const PASSPHRASE = 'gpg "word" $HOME ö';
  let locked: TestPass;
  beforeAll(async () => {
    locked = await testPass({ passphrase: PASSPHRASE });
    await locked.insert('web01.example.com', 'inside\n');
  });
  afterAll(() => locked.remove());

  it('is opened by the passphrase of the settings, which no process shows', async () => {
    await locked.forget();
    const plain = { store: locked.store, gnupg_home: locked.gnupgHome };
    const closed = await openPlugin(plugin, plain);
    await expect(get('web01.example.com', closed)).rejects.toMatchObject({
      code: 'misconfigured',
      message: 'The gpg key takes a passphrase, and neither the settings nor the gpg agent have it.',
    });
    const wrong = await openPlugin(plugin, { ...plain, passphrase: 'wrong' });
    await expect(get('web01.example.com', wrong)).rejects.toMatchObject({
      code: 'misconfigured',
      message: 'The passphrase of the settings does not open the gpg key.',
    });
    const watched = `${locked.store}/../watching-pass`;
    await writeFile(watched, '#!/bin/sh\nenv > "$0.env"; echo "$@" > "$0.args"; exec pass "$@"\n');
    await chmod(watched, 0o755);
    const right = await openPlugin(plugin, { ...plain, passphrase: PASSPHRASE, program: watched });
    process.env.SECRET_OF_ANOTHER_PLUGIN = 'do not pass on';
    expect(await get('web01.example.com', right)).toEqual({ password: 'inside' });
    delete process.env.SECRET_OF_ANOTHER_PLUGIN;
    const seen = `${await readFile(`${watched}.env`, 'utf8')}${await readFile(`${watched}.args`, 'utf8')}`;
    expect(seen).toContain('PASSWORD_STORE_DIR');
    expect(seen).not.toContain('word');
    expect(seen).not.toContain('ANOTHER_PLUGIN');
  });
});

describe('what is wrong', () => {
  it('with the keys is said', async () => {
    const other = await testPass();
    const keyless = await openPlugin(plugin, { store: pass.store, gnupg_home: other.gnupgHome });
    await expect(get('web01.example.com', keyless)).rejects.toMatchObject({
      code: 'misconfigured',
      message: 'The gpg keys of this host do not open the entry.',
    });
    await other.remove();
  });

  it('with an entry is said', async () => {
    await mkdir(`${pass.store}/web01.example.com`, { recursive: true });
    await writeFile(`${pass.store}/web01.example.com/damaged.gpg`, 'not gpg');
    await expect(get('web01.example.com/damaged')).rejects.toThrow('The entry is damaged.');
  });

  it('with the store or the program is said, also as health', async () => {
    const nowhere = await openPlugin(plugin, { store: `${pass.store}-gone` });
    await expect(nowhere.findCredentials(session, findOptions())).rejects.toMatchObject({
      code: 'unavailable',
    });
    const without = await openPlugin(plugin, { store: pass.store, program: 'no-such-program' });
    await expect(get('web01.example.com', without)).rejects.toMatchObject({ code: 'misconfigured' });
    await expect(without.checkHealth?.(callOptions())).rejects.toThrow(
      'The program pass is not installed here.',
    );
    expect(await opened.checkHealth?.(callOptions())).toMatchObject({
      healthy: true,
      detail: expect.stringMatching(/^pass 1\.\d.* Entries in the store: \d+\.$/),
    });
  });

  it('with a placeholder is said before anything else', async () => {
    await expect(openPlugin(plugin, { store: pass.store, places: ['{host}'] })).rejects.toThrow(
      'places: "{host}" names {host}; there are {hostname}',
    );
  });
});

describe('a pass that hangs or floods', () => {
  const program = async (script: string) => {
    const file = `${pass.store}/../hostile-${Math.random()}`;
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  };
  /** A sleep that no other program on the machine is in. */
  const sleeping = (seconds: number) => `sleep ${seconds}.${process.pid}`;
  const alive = async (marker: string) =>
    (await run('ps', ['-eo', 'args']).then(({ stdout }) => stdout)).includes(marker);

  it('is ended together with what it started', async () => {
    const hanging = await program(`${sleeping(61)} & ${sleeping(61)}; wait`);
    const slow = await openPlugin(plugin, { store: pass.store, program: hanging, timeout_seconds: 1 });
    await expect(get('web01.example.com', slow)).rejects.toMatchObject({ code: 'unavailable' });
    await expect.poll(() => alive(sleeping(61))).toBe(false);
  });

  it('is ended when nobody waits any longer', async () => {
    const hanging = await program(sleeping(62));
    const slow = await openPlugin(plugin, { store: pass.store, program: hanging });
    const stop = new AbortController();
    const asked = slow.getCredential(session, 'web01.example.com', { signal: stop.signal });
    await expect.poll(() => alive(sleeping(62))).toBe(true);
    stop.abort(new Error('nobody waits'));
    await expect(asked).rejects.toThrow('nobody waits');
    await expect.poll(() => alive(sleeping(62))).toBe(false);
  });

  it('is ended when it says more than any entry has', async () => {
    const flooding = await openPlugin(plugin, { store: pass.store, program: await program('yes') });
    await expect(get('web01.example.com', flooding)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plugin } from '../../../ecm/plugins/keepass/plugin.ts';
import { type TestEntry, type TestKeePass, testKeePassXc } from '../../support/test-keepassxc.ts';
import {
  aPluginSession,
  callOptions,
  findOptions,
  type OpenedPlugin,
  openPlugin,
} from '../../support/test-plugin.ts';

const run = promisify(execFile);
const PASSWORD = 'ö pen "sesame" $HOME';

let keepass: TestKeePass;
beforeAll(async () => {
  keepass = await testKeePassXc();
});
afterAll(() => keepass.remove());

async function sshKey(passphrase: string): Promise<string> {
  const file = keepass.path(`key-${randomUUID()}`);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', file]);
  return await readFile(file, 'utf8');
}

const ENTRIES: TestEntry[] = [
  {
    title: 'Root of the web server',
    username: 'root',
    password: 'p&w <é>',
    url: 'ssh://WEB01.example.com:22',
    groups: ['Servers', 'Linux'],
    tags: ['linux', 'prod'],
  },
  {
    title: 'Databases',
    username: 'dba',
    password: 'by pattern',
    groups: ['Servers', 'Databases'],
    fields: { Hosts: '10.0.0.9, *.db.example.com', Domain: 'CORP' },
    tags: ['prod'],
  },
  { title: 'web01.example.com', username: 'by-title', password: 'title', groups: ['Other'] },
  { title: 'Old', username: 'old', password: 'old', url: 'https://web01.example.com', expired: true },
  { title: 'Gone', username: 'gone', password: 'gone', url: 'web01.example.com', groups: ['Recycle Bin'] },
  { title: 'A note only', username: 'note', url: 'web01.example.com' },
];

describe.each([
  ['3.1', false],
  ['4.0', true],
])('a KDBX %s file of KeePassXC', (format, kdbx4) => {
  let file: string;
  let opened: OpenedPlugin;
  beforeAll(async () => {
    file = await keepass.create(`entries-${format}.kdbx`, ENTRIES, { password: PASSWORD, kdbx4 });
    opened = await openPlugin(plugin, { file, password: PASSWORD });
  });

  it('is of that format', async () => {
    expect(await keepass.formatOf(file)).toBe(format);
  });

  it('offers the entries of the host by field and by title, nothing expired, deleted or empty', async () => {
    const found = await opened.findCredentials(
      aPluginSession({ hostname: 'web01.Example.com' }),
      findOptions(),
    );
    expect(found.map(({ label, username }) => [label, username])).toEqual([
      ['Root of the web server (Servers/Linux)', 'root'],
      ['web01.example.com (Other)', 'by-title'],
    ]);
    expect(JSON.stringify(found)).not.toContain('p&w');
  });

  it('gives the password of the entry that was chosen', async () => {
    const session = aPluginSession({ hostname: 'web01.example.com' });
    const [first] = await opened.findCredentials(session, findOptions('root LINUX'));
    expect(await opened.getCredential(session, first?.id ?? '', callOptions())).toEqual({
      username: 'root',
      password: 'p&w <é>',
    });
  });

  it('matches patterns of hosts and gives the domain', async () => {
    const session = aPluginSession({ hostname: 'a.db.example.com' });
    const found = await opened.findCredentials(session, findOptions());
    expect(found.map(({ label }) => label)).toEqual(['Databases (Servers/Databases)']);
    expect(await opened.getCredential(session, found[0]?.id ?? '', callOptions())).toEqual({
      username: 'dba',
      domain: 'CORP',
      password: 'by pattern',
    });
  });

  it('refuses an entry that is not offered to this session', async () => {
    const elsewhere = aPluginSession({ hostname: 'a.db.example.com' });
    const [dba] = await opened.findCredentials(elsewhere, findOptions());
    await expect(
      opened.getCredential(aPluginSession({ hostname: 'web01.example.com' }), dba?.id ?? '', callOptions()),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  it('keeps to groups and tags, and offers all where that is set', async () => {
    const titles = async (settings: { groups?: string[]; tags?: string[] }) => {
      const all = await openPlugin(plugin, { file, password: PASSWORD, offer: 'all', ...settings });
      const found = await all.findCredentials(
        aPluginSession({ hostname: 'a.db.example.com' }),
        findOptions(),
      );
      return found.map(({ username }) => username);
    };
    expect(await titles({})).toEqual(['dba', 'root', 'by-title']);
    expect(await titles({ groups: ['Servers'] })).toEqual(['dba', 'root']);
    expect(await titles({ groups: ['Servers/Linux', 'Other'] })).toEqual(['root', 'by-title']);
    expect(await titles({ tags: ['linux'] })).toEqual(['root']);
    expect(await titles({ groups: ['Linux'] })).toEqual([]);
  });

  it('says who is healthy', async () => {
    expect(await opened.checkHealth?.(callOptions())).toMatchObject({
      healthy: true,
      detail: 'The file is open. Entries that may be offered: 3.',
    });
  });
});

describe('private keys', () => {
  it('are attachments; with one that needs a passphrase the password is that', async () => {
    const locked = await sshKey('phrase');
    const plain = await sshKey('');
    const file = await keepass.create(
      'keys.kdbx',
      [
        {
          title: 'locked',
          username: 'a',
          password: 'phrase',
          url: 'k',
          attachments: { 'notes.txt': 'x', id: locked },
        },
        { title: 'plain', username: 'b', password: 'sudo', url: 'k', attachments: { id: plain } },
        {
          title: 'field',
          username: 'c',
          password: 'login',
          url: 'k',
          fields: { Passphrase: 'phrase' },
          attachments: { id: locked.replaceAll('\n', '\r\n') },
        },
        { title: 'two', username: 'd', url: 'k', attachments: { 'a-key': plain, 'b-key': locked } },
      ],
      { password: PASSWORD },
    );
    const get = async (title: string, settings = {}) => {
      const opened = await openPlugin(plugin, { file, password: PASSWORD, ...settings });
      const session = aPluginSession({ hostname: 'k' });
      const found = await opened.findCredentials(session, findOptions(title));
      return await opened.getCredential(session, found[0]?.id ?? '', callOptions());
    };
    expect(await get('locked')).toEqual({ username: 'a', privateKey: locked, passphrase: 'phrase' });
    expect(await get('plain')).toEqual({ username: 'b', privateKey: plain, password: 'sudo' });
    expect(await get('field')).toEqual({
      username: 'c',
      privateKey: locked,
      passphrase: 'phrase',
      password: 'login',
    });
    expect((await get('two')).privateKey).toBe(plain);
    expect((await get('two', { key_attachment: 'b-key' })).privateKey).toBe(locked);
    await expect(get('two', { key_attachment: 'c-key' })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('references between entries', () => {
  it('are followed', async () => {
    const id = 'ab'.repeat(16);
    const file = await keepass.create(
      'references.kdbx',
      [
        { title: 'base', username: 'svc', password: 'the real one', id },
        {
          title: 'web',
          username: `{REF:U@I:${id.toUpperCase()}}`,
          password: `{REF:P@I:${id.toUpperCase()}}`,
          url: 'web01.example.com',
        },
      ],
      { password: PASSWORD },
    );
    const opened = await openPlugin(plugin, { file, password: PASSWORD });
    const found = await opened.findCredentials(aPluginSession(), findOptions());
    expect(found[0]?.username).toBe('svc');
    expect(await opened.getCredential(aPluginSession(), found[0]?.id ?? '', callOptions())).toEqual({
      username: 'svc',
      password: 'the real one',
    });
  });
});

describe('what opens the file', () => {
  const entry: TestEntry = { title: 'x', username: 'x', password: 'y', url: 'web01.example.com' };
  const find = async (settings: Parameters<typeof openPlugin<typeof plugin.settings>>[1]) => {
    const opened = await openPlugin(plugin, settings);
    return (await opened.findCredentials(aPluginSession(), findOptions())).length;
  };

  it('is a key file, alone or with a password', async () => {
    const keyFile = keepass.path('made.key');
    const both = await keepass.create('both.kdbx', [entry], { password: PASSWORD, keyFile });
    expect(await find({ file: both, password: PASSWORD, key_file: keyFile })).toBe(1);
    const alone = await keepass.create('alone.kdbx', [entry], { keyFile });
    expect(await find({ file: alone, key_file: keyFile })).toBe(1);
    await expect(find({ file: both, password: PASSWORD })).rejects.toMatchObject({
      code: 'misconfigured',
      message: 'both.kdbx cannot be opened with the password of the settings.',
    });
    await expect(find({ file: both, password: 'wrong', key_file: keyFile })).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.not.stringContaining('wrong'),
    });
    await expect(
      find({ file: both, key_file: keepass.path('none.key'), password: PASSWORD }),
    ).rejects.toThrow('The key file none.key cannot be read: there is no such file now.');
  });

  it('is the password of a file with Argon2id', async () => {
    const file = await keepass.createArgon2('argon2.kdbx', entry, PASSWORD);
    expect(await keepass.cli(['db-info', '-q', file], PASSWORD)).toMatch(/KDF: Argon2id/);
    expect(await find({ file, password: PASSWORD })).toBe(1);
    await expect(find({ file, password: 'wrong' })).rejects.toMatchObject({ code: 'misconfigured' });
  });

  it('must be given', async () => {
    await expect(openPlugin(plugin, { file: 'x.kdbx' })).rejects.toThrow('A password, a key file or both');
  });
});

describe('a file on the disk', () => {
  const entry = (title: string): TestEntry => ({ title, password: title, url: 'web01.example.com' });
  const labels = async (opened: OpenedPlugin) =>
    (await opened.findCredentials(aPluginSession(), findOptions())).map(({ label }) => label);

  it('is read again when it was saved or replaced', async () => {
    const file = await keepass.create('changing.kdbx', [entry('one')], { password: PASSWORD });
    const opened = await openPlugin(plugin, { file, password: PASSWORD });
    expect(await labels(opened)).toEqual(['one']);
    await keepass.cli(['add', '-q', '-p', '--url', 'web01.example.com', file, 'two'], PASSWORD, 'secret');
    expect(await labels(opened)).toEqual(['one', 'two']);
    const other = await keepass.create('other.kdbx', [entry('three')], { password: PASSWORD });
    await rename(other, file);
    expect(await labels(opened)).toEqual(['three']);
  });

  it('is waited for while somebody writes it', async () => {
    const whole = await keepass.create('whole.kdbx', [entry('whole')], { password: PASSWORD });
    const bytes = await readFile(whole);
    const file = keepass.path('slow.kdbx');
    const handle = await open(file, 'w');
    await handle.write(bytes.subarray(0, 700));
    const opened = await openPlugin(plugin, { file, password: PASSWORD });
    const asked = labels(opened);
    await sleep(400);
    await handle.write(bytes.subarray(700));
    await handle.close();
    expect(await asked).toEqual(['whole']);
  });

  it('that is missing, damaged, too short, too old or a directory says so', async () => {
    const good = await keepass.create('good.kdbx', [entry('x')], { password: PASSWORD, kdbx4: true });
    const asked = async (file: string) => labels(await openPlugin(plugin, { file, password: PASSWORD }));
    await expect(asked(keepass.path('none.kdbx'))).rejects.toMatchObject({
      code: 'unavailable',
      message: 'The KeePass file none.kdbx cannot be read: there is no such file now.',
    });
    await expect(asked(keepass.directory)).rejects.toMatchObject({ code: 'misconfigured' });
    const damaged = keepass.path('damaged.kdbx');
    const bytes = await readFile(good);
    bytes[bytes.length - 40] = (bytes[bytes.length - 40] as number) ^ 1;
    await writeFile(damaged, bytes);
    await expect(asked(damaged)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'damaged.kdbx is damaged or no KeePass file.',
    });
    await writeFile(damaged, '');
    await expect(asked(damaged)).rejects.toMatchObject({ code: 'unavailable' });
    const old = Buffer.from(bytes);
    old.writeUInt16LE(9, 10);
    await writeFile(damaged, old);
    await expect(asked(damaged)).rejects.toMatchObject({ code: 'misconfigured' });
    await copyFile(good, damaged);
    expect(await asked(damaged)).toEqual(['x']);
    await rm(damaged);
  });
});

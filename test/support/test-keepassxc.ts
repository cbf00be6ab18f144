import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import kdbxweb from 'kdbxweb';

const run = promisify(execFile);

export interface TestEntry {
  title: string;
  username?: string;
  password?: string;
  url?: string;
  tags?: string[];
  /** Names of groups from the root. */
  groups?: string[];
  fields?: Record<string, string>;
  expired?: boolean;
  /** Content by file name. */
  attachments?: Record<string, string>;
  /** 32 hexadecimal digits. */
  id?: string;
}

export interface TestKeePass {
  directory: string;
  path(name: string): string;
  /** A file that KeePassXC wrote; `kdbx4`: the newer format. */
  create(
    name: string,
    entries: TestEntry[],
    options?: { password?: string; keyFile?: string; kdbx4?: boolean },
  ): Promise<string>;
  /** Has KeePassXC open and save a file of the newest kind: KDBX 4 with Argon2id. */
  createArgon2(name: string, entry: TestEntry, password: string): Promise<string>;
  /** Runs keepassxc-cli with these lines typed in. */
  cli(args: string[], ...typed: string[]): Promise<string>;
  /** e.g. `3.1`, from the first bytes of a file. */
  formatOf(file: string): Promise<string>;
  remove(): Promise<void>;
}

const RECYCLE_BIN = 'ffffffffffffffffffffffffffffff01';

/** The real KeePassXC in a directory of its own. */
export async function testKeePassXc(): Promise<TestKeePass> {
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-keepass-'));
  const path = (name: string) => join(directory, name);
  const env = { ...process.env, HOME: directory, XDG_CONFIG_HOME: directory, QT_QPA_PLATFORM: 'offscreen' };
  const cli = async (args: string[], ...typed: string[]) => {
    const child = run('keepassxc-cli', args, { env, timeout: 30_000 });
    // It may end before it has read everything that is typed.
    child.child.stdin?.on('error', () => {});
    child.child.stdin?.end(typed.map((line) => `${line}\n`).join(''));
    return (await child).stdout;
  };
  const attach = async (file: string, entry: TestEntry, unlock: string[], ...typed: string[]) => {
    for (const [name, content] of Object.entries(entry.attachments ?? {})) {
      await writeFile(path('attachment'), content);
      const where = [...(entry.groups ?? []), entry.title].join('/');
      await cli(['attachment-import', '-q', ...unlock, file, where, name, path('attachment')], ...typed);
    }
  };
  return {
    directory,
    path,
    cli,
    async create(name, entries, { password, keyFile, kdbx4 = false } = {}) {
      const file = path(name);
      await rm(file, { force: true });
      await writeFile(path('import.xml'), xmlOf(entries, kdbx4));
      const set = password === undefined ? [] : ['-p'];
      const key = keyFile === undefined ? [] : ['--set-key-file', keyFile];
      const typed = password === undefined ? [] : [password, password];
      await cli(['import', '-q', ...set, ...key, '-t', '100', path('import.xml'), file], ...typed);
      const unlock = [
        ...(password === undefined ? ['--no-password'] : []),
        ...(keyFile === undefined ? [] : ['-k', keyFile]),
      ];
      for (const entry of entries) await attach(file, entry, unlock, ...typed.slice(1));
      return file;
    },
    async createArgon2(name, entry, password) {
      const file = path(name);
      await writeFile(file, await emptyArgon2File(password));
      const url = entry.url === undefined ? [] : ['--url', entry.url];
      const args = ['add', '-q', '-p', '-u', entry.username ?? '', ...url, file, entry.title];
      await cli(args, password, entry.password ?? '');
      return file;
    },
    async formatOf(file) {
      const bytes = await readFile(file);
      return `${bytes.readUInt16LE(10)}.${bytes.readUInt16LE(8)}`;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

async function emptyArgon2File(password: string): Promise<Uint8Array> {
  const credentials = new kdbxweb.Credentials(kdbxweb.ProtectedValue.fromString(password));
  const database = kdbxweb.Kdbx.create(credentials, 'Argon2');
  database.setKdf(kdbxweb.Consts.KdfId.Argon2id);
  return new Uint8Array(await database.save());
}

/** KeePass's export format, which KeePassXC imports. Custom data on a group makes it write KDBX 4. */
function xmlOf(entries: TestEntry[], kdbx4: boolean): string {
  const root: Group = { name: 'Root', groups: [], entries: [] };
  for (const entry of entries) {
    let group = root;
    for (const name of entry.groups ?? []) {
      let next = group.groups.find((one) => one.name === name);
      if (next === undefined) {
        next = { name, groups: [], entries: [] };
        group.groups.push(next);
      }
      group = next;
    }
    group.entries.push(entry);
  }
  return `<?xml version="1.0" encoding="UTF-8"?><KeePassFile><Meta><RecycleBinEnabled>True</RecycleBinEnabled>
    <RecycleBinUUID>${base64(RECYCLE_BIN)}</RecycleBinUUID></Meta><Root>${groupXml(root, kdbx4)}</Root></KeePassFile>`;
}

interface Group {
  name: string;
  groups: Group[];
  entries: TestEntry[];
}

let ids = 0;

function groupXml({ name, groups, entries }: Group, kdbx4 = false): string {
  const id = name === 'Recycle Bin' ? RECYCLE_BIN : nextId();
  const data = kdbx4 ? '<CustomData><Item><Key>k</Key><Value>v</Value></Item></CustomData>' : '';
  return `<Group><UUID>${base64(id)}</UUID><Name>${escaped(name)}</Name>${data}${entries.map(entryXml).join('')}${groups
    .map((group) => groupXml(group))
    .join('')}</Group>`;
}

function entryXml(entry: TestEntry): string {
  const fields = {
    Title: entry.title,
    UserName: entry.username ?? '',
    Password: entry.password ?? '',
    URL: entry.url ?? '',
    ...entry.fields,
  };
  const strings = Object.entries(fields).map(
    ([key, value]) =>
      `<String><Key>${escaped(key)}</Key><Value${key === 'Password' ? ' ProtectInMemory="True"' : ''}>${escaped(value)}</Value></String>`,
  );
  return `<Entry><UUID>${base64(entry.id ?? nextId())}</UUID><Tags>${escaped((entry.tags ?? []).join(';'))}</Tags><Times>
    <Expires>${entry.expired === true ? 'True' : 'False'}</Expires><ExpiryTime>2020-01-01T00:00:00Z</ExpiryTime></Times>${strings.join('')}</Entry>`;
}

function nextId(): string {
  return (++ids).toString(16).padStart(32, 'a');
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

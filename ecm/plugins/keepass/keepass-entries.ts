import type { Kdbx, KdbxEntry, KdbxGroup } from 'kdbxweb';
import kdbxweb from 'kdbxweb';
import { type CredentialPackage, PluginError } from '../../sdk/plugin.ts';
import { isPrivateKey, needsPassphrase, tidyPrivateKey } from '../private-keys.ts';

/** One entry as the plug-in sees it; secrets are read from `entry` only when they are wanted. */
export interface Entry {
  id: string;
  title: string;
  username: string;
  /** Names of the groups above it, from below the root. */
  groups: string[];
  tags: string[];
  entry: KdbxEntry;
}

/** Every entry that holds a secret, without the recycle bin, templates and what has expired. */
export function entriesOf(database: Kdbx, now: Date): Entry[] {
  const { recycleBinUuid, entryTemplatesGroup } = database.meta;
  const hidden = [recycleBinUuid, entryTemplatesGroup].filter((id) => id !== undefined && !id.empty);
  const under = (group: KdbxGroup, groups: string[]): Entry[] =>
    hidden.some((id) => id?.equals(group.uuid))
      ? []
      : [
          ...group.entries
            .filter((entry) => !isOver(entry, now) && hasSecret(entry))
            .map((entry) => entryOf(database, entry, groups)),
          ...group.groups.flatMap((child) => under(child, [...groups, child.name ?? ''])),
        ];
  return under(database.getDefaultGroup(), []);
}

function entryOf(database: Kdbx, entry: KdbxEntry, groups: string[]): Entry {
  return {
    id: idOf(entry),
    title: fieldOf(database, entry, 'Title'),
    username: fieldOf(database, entry, 'UserName'),
    groups,
    tags: entry.tags,
    entry,
  };
}

/** 32 hexadecimal digits. */
function idOf(entry: KdbxEntry): string {
  return Buffer.from(entry.uuid.id, 'base64').toString('hex');
}

function isOver({ times }: KdbxEntry, now: Date): boolean {
  return times.expires === true && times.expiryTime !== undefined && times.expiryTime <= now;
}

function hasSecret(entry: KdbxEntry): boolean {
  return plain(entry, 'Password') !== '' || entry.binaries.size > 0;
}

const REFERENCE = /\{REF:([TUPAN])@I:([0-9a-f]{32})\}/gi;
const FIELD_OF_LETTER: Readonly<Record<string, string>> = {
  T: 'Title',
  U: 'UserName',
  P: 'Password',
  A: 'URL',
  N: 'Notes',
};

/** A field with its references to other entries (`{REF:P@I:...}`) followed; empty when there is none of that name. */
export function fieldOf(database: Kdbx, entry: KdbxEntry, name: string, depth = 0): string {
  const text = plain(entry, name);
  if (!text.includes('{REF:') || depth > 9) return text;
  return text.replace(REFERENCE, (reference, letter: string, id: string) => {
    const field = FIELD_OF_LETTER[letter.toUpperCase()] as string;
    const other = [...database.getDefaultGroup().allEntries()].find((one) => idOf(one) === id.toLowerCase());
    return other === undefined ? reference : fieldOf(database, other, field, depth + 1);
  });
}

function plain(entry: KdbxEntry, name: string): string {
  const value = entry.fields.get(name) ?? '';
  return typeof value === 'string' ? value : value.getText();
}

export interface SecretFields {
  domain: string;
  passphrase: string;
  /** Name of the attachment that is the private key; empty: the first that looks like one. */
  keyAttachment: string;
}

/** With a private key that needs one, the entry's password is its passphrase: that is how KeePassXC keeps SSH keys. */
export function secretsOf(
  database: Kdbx,
  { entry, username, title }: Entry,
  fields: SecretFields,
): CredentialPackage {
  const field = (name: string) => (name === '' ? '' : fieldOf(database, entry, name));
  const password = field('Password');
  const privateKey = privateKeyOf(entry, fields.keyAttachment);
  const passphrase = field(fields.passphrase);
  const spent = privateKey !== undefined && passphrase === '' && needsPassphrase(privateKey);
  if (password === '' && privateKey === undefined) {
    throw new PluginError('not_found', `The entry "${title}" holds neither a password nor a private key.`);
  }
  return {
    ...given('username', username),
    ...given('domain', field(fields.domain)),
    ...(spent
      ? given('passphrase', password)
      : { ...given('passphrase', passphrase), ...given('password', password) }),
    ...(privateKey === undefined ? {} : { privateKey }),
  };
}

function privateKeyOf(entry: KdbxEntry, wanted: string): string | undefined {
  const names = [...entry.binaries.keys()].filter((name) => wanted === '' || name === wanted).sort();
  for (const name of names) {
    const text = textOf(entry, name);
    if (isPrivateKey(text)) return tidyPrivateKey(text);
  }
  return undefined;
}

function textOf(entry: KdbxEntry, name: string): string {
  const binary = entry.binaries.get(name);
  const value = binary !== undefined && 'value' in binary && 'hash' in binary ? binary.value : binary;
  if (value === undefined) return '';
  const bytes = value instanceof kdbxweb.ProtectedValue ? value.getBinary() : (value as ArrayBuffer);
  return Buffer.from(bytes as ArrayBuffer).toString('utf8');
}

function given<N extends keyof CredentialPackage>(name: N, value: string): CredentialPackage {
  return value === '' ? {} : { [name]: value };
}

import { definePlugin, PluginError, type SessionContext } from '../../sdk/plugin.ts';
import { fitsHost, fitsWords, hostPatterns, hostsOf } from '../session-matching.ts';
import { type Entry, entriesOf, fieldOf, secretsOf } from './keepass-entries.ts';
import { keePassFile } from './keepass-file.ts';

export const plugin = definePlugin({
  name: 'keepass',
  version: '1.0.0',
  description: 'Entries of a KeePass file (KDBX 3.1 or 4).',
  settings: {
    file: { type: 'path', description: 'The .kdbx file.' },
    password: { type: 'secret', optional: true, description: 'The password that opens it.' },
    key_file: {
      type: 'path',
      optional: true,
      description: 'The key file that opens it, alone or with the password.',
    },
    groups: {
      type: 'text-list',
      default: [],
      description: 'Only entries in these groups and the groups in them, e.g. Servers/Linux.',
    },
    tags: { type: 'text-list', default: [], description: 'Only entries with at least one of these tags.' },
    offer: {
      type: 'text',
      choices: ['matching', 'all'],
      default: 'matching',
      description: 'Entries whose title or host fields name the system of the session, or all.',
    },
    host_fields: {
      type: 'text-list',
      default: ['URL', 'Host', 'Hosts'],
      description: 'Fields that name systems: hosts, addresses, URLs, patterns such as *.example.com.',
    },
    domain_field: { type: 'text', default: 'Domain', description: 'Field with the domain of the login.' },
    passphrase_field: {
      type: 'text',
      default: 'Passphrase',
      description:
        'Field with the passphrase of the private key; without it the password of the entry is that.',
    },
    key_attachment: {
      type: 'text',
      default: '',
      description: 'Name of the attachment that is the private key; empty: the first that looks like one.',
    },
  },
  check: ({ password, key_file }) =>
    password === undefined && key_file === undefined
      ? [{ setting: 'password', message: 'A password, a key file or both are needed to open the file.' }]
      : [],
  create(settings) {
    const file = keePassFile({
      file: settings.file,
      password: settings.password,
      keyFile: settings.key_file,
    });

    async function offered(session: SessionContext | undefined, signal: AbortSignal) {
      const database = await file.database(signal);
      const hosts = session === undefined ? [] : hostsOf(session);
      const matches = (entry: Entry) =>
        fitsHost(entry.title, hosts) ||
        settings.host_fields
          .flatMap((name) => hostPatterns(fieldOf(database, entry.entry, name)))
          .some((pattern) => fitsHost(pattern, hosts));
      const entries = entriesOf(database, new Date())
        .filter(
          (entry) => settings.groups.length === 0 || settings.groups.some((path) => isUnder(entry, path)),
        )
        .filter(
          (entry) => settings.tags.length === 0 || entry.tags.some((tag) => settings.tags.includes(tag)),
        )
        .map((entry) => ({ entry, matching: matches(entry) }))
        .filter(({ matching }) => settings.offer === 'all' || session === undefined || matching)
        .sort((a, b) => Number(b.matching) - Number(a.matching) || (a.entry.title < b.entry.title ? -1 : 1));
      return { database, entries: entries.map(({ entry }) => entry) };
    }

    return {
      async findCredentials(session, { search, limit, signal }) {
        const { entries } = await offered(session, signal);
        return entries
          .filter((entry) => fitsWords(search, [labelOf(entry), entry.username, ...entry.tags]))
          .slice(0, limit)
          .map((entry) => ({
            id: entry.id,
            label: labelOf(entry),
            username: entry.username.slice(0, 255),
          }));
      },

      async getCredential(session, credentialId, { signal }) {
        const { database, entries } = await offered(session, signal);
        const entry = entries.find(({ id }) => id === credentialId);
        if (entry === undefined) {
          throw new PluginError('not_found', 'The KeePass file has no such entry for this session.');
        }
        return secretsOf(database, entry, {
          domain: settings.domain_field,
          passphrase: settings.passphrase_field,
          keyAttachment: settings.key_attachment,
        });
      },

      async checkHealth({ signal }) {
        const { entries } = await offered(undefined, signal);
        return { healthy: true, detail: `The file is open. Entries that may be offered: ${entries.length}.` };
      },
    };
  },
});

function isUnder({ groups }: Entry, path: string): boolean {
  const wanted = path.split('/').filter((name) => name !== '');
  return wanted.every((name, at) => groups[at] === name);
}

function labelOf({ title, groups, username }: Entry): string {
  const name = title || username || 'Entry without a title';
  return (groups.length === 0 ? name : `${name} (${groups.join('/')})`).slice(0, 255);
}

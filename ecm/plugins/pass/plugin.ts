import { definePlugin, PluginError, type SessionContext } from '../../sdk/plugin.ts';
import { fitsWords } from '../session-matching.ts';
import { asPathSegment, fillTemplate, templateProblems } from '../session-templates.ts';
import { readEntry } from './pass-entry.ts';
import { passProgram } from './pass-program.ts';
import { entryNames } from './pass-store.ts';

export const plugin = definePlugin({
  name: 'pass',
  version: '1.0.0',
  description: 'Entries of a password store of the program pass.',
  settings: {
    store: { type: 'path', description: 'The folder of the store, e.g. /srv/password-store.' },
    gnupg_home: { type: 'path', optional: true, description: 'The folder of the gpg keys; else ~/.gnupg.' },
    passphrase: {
      type: 'secret',
      optional: true,
      description: 'Of the gpg key; without it the gpg agent must know it, or the key has none.',
    },
    places: {
      type: 'text-list',
      default: ['{hostname}', 'servers/{hostname}'],
      description: 'Where the entries of a system are: an entry of that name, or a folder of them.',
    },
    offer: {
      type: 'text',
      choices: ['matching', 'all'],
      default: 'matching',
      description: 'Only the entries in the places of the system, or every entry of the store.',
    },
    login_from_name: {
      type: 'flag',
      default: true,
      description: 'Where an entry says no login, its own name in the folder of the system is that.',
    },
    program: { type: 'text', default: 'pass', description: 'The program, by name or path.' },
    timeout_seconds: { type: 'whole', default: 12, least: 1, most: 120, description: 'For one entry.' },
  },
  check: ({ places }) => templateProblems('places', places),
  create(settings) {
    const pass = passProgram({
      program: settings.program,
      store: settings.store,
      gnupgHome: settings.gnupg_home,
      passphrase: settings.passphrase,
      timeoutSeconds: settings.timeout_seconds,
    });

    async function offered(session: SessionContext, signal: AbortSignal) {
      const names = await entryNames(settings.store, signal);
      const places = placesOf(settings.places, session);
      const entries = names.map((name) => ({ name, place: places.find((place) => isIn(name, place)) }));
      const matching = entries.filter(({ place }) => place !== undefined);
      const others = entries.filter(({ place }) => place === undefined);
      return settings.offer === 'all' ? [...matching, ...others] : matching;
    }

    return {
      async findCredentials(session, { search, limit, signal }) {
        const entries = await offered(session, signal);
        return entries
          .filter(({ name }) => name.length <= 255 && fitsWords(search, [name]))
          .slice(0, limit)
          .map(({ name }) => ({ id: name, label: name }));
      },

      async getCredential(session, credentialId, { signal }) {
        const entry = (await offered(session, signal)).find(({ name }) => name === credentialId);
        if (entry === undefined) {
          throw new PluginError('not_found', 'The password store has no such entry for this session.');
        }
        const found = readEntry(await pass.show(entry.name, signal));
        if (found.password === undefined && found.privateKey === undefined) {
          throw new PluginError(
            'not_found',
            `The entry ${entry.name} holds neither a password nor a private key.`,
          );
        }
        const login = settings.login_from_name ? loginOf(entry.name, entry.place) : undefined;
        return login === undefined ? found : { username: login, ...found };
      },

      async checkHealth({ signal }) {
        const [version, names] = await Promise.all([
          pass.version(signal),
          entryNames(settings.store, signal),
        ]);
        return { healthy: true, detail: `pass ${version}. Entries in the store: ${names.length}.` };
      },
    };
  },
});

/** The names that are meant by the templates; what is known of a session cannot lead out of its place. */
function placesOf(templates: readonly string[], session: SessionContext): string[] {
  return templates.flatMap((template) => fillTemplate(template, session, asPathSegment) ?? []);
}

function isIn(name: string, place: string): boolean {
  return name === place || name.startsWith(`${place}/`);
}

/** The last part of a name below its place. */
function loginOf(name: string, place: string | undefined): string | undefined {
  return place === undefined || name === place ? undefined : name.split('/').at(-1);
}

import { definePlugin, PluginError, type PluginTools, type SessionContext } from '../../sdk/plugin.ts';
import type { SettingProblem, SettingsSchema, SettingsValues } from '../../sdk/settings.ts';
import { HTTP_SETTINGS, httpClient } from '../http.ts';
import { type AccessTokens, accessTokens } from '../oauth-token.ts';
import { recentOffers } from '../offers.ts';
import { fillTemplate, templateProblems } from '../session-templates.ts';
import { untilAborted } from '../until-aborted.ts';
import { checkIn, openSecret, SECRET_FIELDS } from './secret-access.ts';
import { searchSecrets } from './secret-search.ts';
import { secretServer } from './secret-server.ts';

/** More than anybody is shown: for "is this secret offered at all". */
const ALL = 5000;
const OPENING = 60_000;

const SETTINGS = {
  ...HTTP_SETTINGS,
  grant: {
    type: 'text',
    choices: ['password', 'client_credentials'],
    default: 'password',
    description: 'How the plug-in logs in: as a user, or as a client.',
  },
  username: { type: 'text', optional: true, description: 'With password: the user.' },
  password: { type: 'secret', optional: true, description: 'With password: the password.' },
  domain: {
    type: 'text',
    optional: true,
    description: 'With password: the domain of the user, if it has one.',
  },
  client_id: { type: 'text', optional: true, description: 'With client_credentials: the client.' },
  client_secret: { type: 'secret', optional: true, description: 'With client_credentials: its secret.' },
  scope: { type: 'text', optional: true, description: 'With client_credentials: the scope to ask for.' },
  token_url: {
    type: 'url',
    optional: true,
    description: 'The token endpoint; else oauth2/token below the address.',
  },
  offer: {
    type: 'text',
    choices: ['matching', 'all'],
    default: 'matching',
    description: 'Secrets whose host field is the system of the session, or all that the user sees.',
  },
  host_field: { type: 'text', default: 'machine', description: 'Slug of the field that names the system.' },
  username_field: {
    type: 'text',
    default: 'Username',
    description:
      'Name of the field with the login, to show it; it must be exposed in the template. Empty: none.',
  },
  folder_id: { type: 'whole', optional: true, least: 1, description: 'Only secrets in this folder.' },
  include_subfolders: { type: 'flag', default: true, description: 'And in the folders in it.' },
  fields: {
    type: 'text-map',
    default: {
      username: 'username',
      domain: 'domain',
      password: 'password',
      privateKey: 'private-key',
      passphrase: 'private-key-passphrase',
    },
    description: `Slugs of the fields of a secret, for ${SECRET_FIELDS.join(', ')}.`,
  },
  comment: {
    type: 'text',
    default: 'Session of {user}',
    description: 'For secrets that ask for a comment or for approval.',
  },
} as const satisfies SettingsSchema;

type Settings = SettingsValues<typeof SETTINGS>;

export const plugin = definePlugin({
  name: 'delinea-secret-server',
  version: '1.0.0',
  description: 'Secrets of Delinea (Thycotic) Secret Server, with check-out and check-in.',
  settings: SETTINGS,
  check: problems,
  create(settings, tools) {
    const server = secretServer(
      httpClient({ store: 'Secret Server', settings }),
      tokensOf(settings, tools),
      tools,
    );
    const offers = recentOffers();
    /** Two that look at the same moment would both find that nobody has it. */
    const opening = new Set<string>();

    const mayHave = async (session: SessionContext, id: string, signal: AbortSignal) =>
      offers.include(session, id) ||
      (await searchSecrets(server, settings, session, { search: '', limit: ALL, signal })).some(
        (one) => one.id === id,
      );

    return {
      async findCredentials(session, options) {
        return offers.made(session, await searchSecrets(server, settings, session, options));
      },

      async getCredential(session, credentialId, { signal }) {
        if (!/^\d{1,10}$/.test(credentialId) || !(await mayHave(session, credentialId, signal))) {
          throw new PluginError('not_found', 'Secret Server has no such secret for this session.');
        }
        if (opening.has(credentialId))
          throw new PluginError('in_use', 'Somebody else is getting this secret.');
        opening.add(credentialId);
        const comment = fillTemplate(settings.comment, session);
        const options = { fields: settings.fields, comment, signal: AbortSignal.timeout(OPENING) };
        const work = openSecret(server, credentialId, options).finally(() => opening.delete(credentialId));
        const { credential, checkedOut } = await untilAborted(work, signal, async (late) => {
          if (late.checkedOut) await checkIn(server, credentialId, AbortSignal.timeout(OPENING));
        });
        return checkedOut ? { ...credential, lease: `check-in ${credentialId}` } : credential;
      },

      async releaseCredential(_session, credentialId, _endedAt, { lease, signal }) {
        if (lease === `check-in ${credentialId}`) await checkIn(server, credentialId, signal);
      },

      async checkHealth({ signal }) {
        const one = { method: 'GET', path: '/secrets', query: [['take', '1']] as const, signal };
        await server.ask(one);
        return { healthy: true, detail: 'The plug-in is logged in and may search.' };
      },
    };
  },
});

function tokensOf(settings: Settings, tools: PluginTools): AccessTokens {
  const { username = '', password = '', domain, client_id = '', client_secret = '', scope } = settings;
  const url = new URL(settings.token_url ?? `${settings.url.replace(/\/+$/, '')}/oauth2/token`);
  return accessTokens({
    http: httpClient({ store: 'Secret Server', settings: { ...settings, url: url.origin } }),
    store: 'Secret Server',
    tools,
    refused: 'Secret Server does not let the user or client of the settings log in.',
    request: {
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      form:
        settings.grant === 'password'
          ? { grant_type: 'password', username, password, ...(domain === undefined ? {} : { domain }) }
          : {
              grant_type: 'client_credentials',
              client_id,
              client_secret,
              ...(scope === undefined ? {} : { scope }),
            },
    },
  });
}

function problems(settings: Settings): SettingProblem[] {
  const needed =
    settings.grant === 'password'
      ? (['username', 'password'] as const)
      : (['client_id', 'client_secret'] as const);
  return [
    ...needed
      .filter((name) => settings[name] === undefined)
      .map((name) => ({ setting: name, message: `It is needed with grant: ${settings.grant}.` })),
    ...Object.keys(settings.fields)
      .filter((name) => !SECRET_FIELDS.some((field) => field === name))
      .map((name) => ({ setting: 'fields', message: `"${name}" is none of ${SECRET_FIELDS.join(', ')}.` })),
    ...templateProblems('comment', [settings.comment]),
  ];
}

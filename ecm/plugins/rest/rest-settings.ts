import type { SettingProblem, SettingsSchema, SettingsValues } from '../../sdk/settings.ts';
import { HTTP_SETTINGS } from '../http.ts';
import { templateProblems } from '../session-templates.ts';
import { isPointer } from './rest-mapping.ts';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;

export const REST_SETTINGS = {
  ...HTTP_SETTINGS,
  auth: {
    type: 'text',
    choices: ['none', 'bearer', 'basic', 'header', 'oauth'],
    default: 'none',
    description: 'How the plug-in says who it is.',
  },
  token: { type: 'secret', optional: true, description: 'With bearer and header: the token.' },
  token_header: {
    type: 'text',
    default: 'X-Api-Key',
    description: 'With header: the header that holds the token.',
  },
  username: { type: 'text', optional: true, description: 'With basic: the user.' },
  password: { type: 'secret', optional: true, description: 'With basic: the password.' },
  oauth_token_url: { type: 'url', optional: true, description: 'With oauth: the token endpoint.' },
  oauth_client_id: { type: 'text', optional: true, description: 'With oauth: the client.' },
  oauth_client_secret: { type: 'secret', optional: true, description: 'With oauth: its secret.' },
  oauth_scope: { type: 'text', optional: true, description: 'With oauth: the scopes to ask for.' },
  oauth_client_auth: {
    type: 'text',
    choices: ['basic', 'post'],
    default: 'basic',
    description: 'With oauth: where the client and its secret stand in the request.',
  },
  certificate_file: { type: 'path', optional: true, description: 'Client certificate, PEM.' },
  certificate_key_file: { type: 'path', optional: true, description: 'Its key, PEM.' },
  certificate_passphrase: { type: 'secret', optional: true, description: 'The passphrase of that key.' },
  headers: {
    type: 'text-map',
    default: {},
    description: 'Further headers of every request. No secrets here.',
  },
  find_path: {
    type: 'text',
    optional: true,
    description:
      'What to ask for the credentials of a session, e.g. /hosts/{hostname}/credentials?q={search}.',
  },
  find_method: { type: 'text', choices: METHODS, default: 'GET', description: 'How to ask it.' },
  find_items: {
    type: 'text',
    default: '',
    description: 'JSON pointer to the list or object of credentials.',
  },
  find_id: { type: 'text', default: '/id', description: 'In one of them: pointer to its id, or $key.' },
  find_label: {
    type: 'text',
    optional: true,
    description: 'Pointer to what people read, or $key; else the id.',
  },
  find_username: { type: 'text', optional: true, description: 'Pointer to the login name, or $key.' },
  credentials: {
    type: 'text-map',
    default: {},
    description: 'For stores that cannot be searched: labels and the ids they stand for, both templates.',
  },
  endpoints_path: {
    type: 'text',
    optional: true,
    description:
      'What to ask for systems that people may jump to, e.g. /hosts?q={search}; without it there are none.',
  },
  endpoints_items: {
    type: 'text',
    default: '',
    description: 'JSON pointer to the list or object of systems.',
  },
  endpoints_id: { type: 'text', default: '/id', description: 'In one of them: pointer to its id, or $key.' },
  endpoints_label: {
    type: 'text',
    optional: true,
    description: 'Pointer to what people read, or $key; else the host name.',
  },
  endpoints_hostname: {
    type: 'text',
    default: '/hostname',
    description: 'Pointer to its host name, or $key.',
  },
  endpoints_port: { type: 'text', optional: true, description: 'Pointer to its port.' },
  endpoints_type: {
    type: 'text',
    default: 'shell_jump',
    description: 'Its kind, as a Jump Item: a word for all of them, or a pointer.',
  },
  get_path: { type: 'text', description: 'What to ask for one credential, e.g. /secrets/{id}.' },
  get_method: { type: 'text', choices: METHODS, default: 'GET', description: 'How to ask it.' },
  get_content: { type: 'text', default: '', description: 'JSON pointer to the credential in the answer.' },
  get_decode: { type: 'text-list', default: [], description: 'What is wrapped around it: base64, json.' },
  get_username: {
    type: 'text',
    optional: true,
    description: 'In the credential: pointer to the login name.',
  },
  get_password: { type: 'text', optional: true, description: 'Pointer to the password.' },
  get_private_key: { type: 'text', optional: true, description: 'Pointer to the private key.' },
  get_passphrase: { type: 'text', optional: true, description: 'Pointer to its passphrase.' },
  get_domain: { type: 'text', optional: true, description: 'Pointer to the domain of the login.' },
  get_lease: {
    type: 'text',
    optional: true,
    description: 'In the answer: pointer to what release_path names {lease}.',
  },
  release_path: { type: 'text', optional: true, description: 'What to ask when the session has ended.' },
  release_method: { type: 'text', choices: METHODS, default: 'POST', description: 'How to ask it.' },
  health_path: { type: 'text', optional: true, description: 'What to ask to see whether the store is well.' },
} as const satisfies SettingsSchema;

export type RestSettings = SettingsValues<typeof REST_SETTINGS>;

/** What each way of saying who one is takes. */
const NEEDED_BY_AUTH: Readonly<Record<RestSettings['auth'], readonly (keyof RestSettings)[]>> = {
  none: [],
  bearer: ['token'],
  header: ['token'],
  basic: ['username', 'password'],
  oauth: ['oauth_token_url', 'oauth_client_id', 'oauth_client_secret'],
};

const POINTERS = [
  'find_items',
  'find_id',
  'find_label',
  'find_username',
  'endpoints_items',
  'endpoints_id',
  'endpoints_label',
  'endpoints_hostname',
  'endpoints_port',
  'get_content',
  'get_username',
  'get_password',
  'get_private_key',
  'get_passphrase',
  'get_domain',
  'get_lease',
] as const;

const PATHS = {
  find_path: ['search', 'limit', 'offset'],
  endpoints_path: ['search', 'limit', 'offset'],
  get_path: ['id'],
  release_path: ['id', 'lease'],
} as const;

export function restProblems(settings: RestSettings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const say = (setting: string, message: string) => void problems.push({ setting, message });
  for (const name of NEEDED_BY_AUTH[settings.auth]) {
    if (settings[name] === undefined) say(name, `It is needed with auth: ${settings.auth}.`);
  }
  for (const name of POINTERS) {
    const pointer = settings[name];
    const isKey = pointer === '$key' && /^(find|endpoints)_(?!items$)/.test(name);
    if (pointer !== undefined && !isKey && !isPointer(pointer))
      say(name, 'It must be a JSON pointer such as /data/name.');
  }
  for (const [name, own] of Object.entries(PATHS)) {
    const path = settings[name as keyof typeof PATHS];
    if (path === undefined) continue;
    if (!isPath(path)) say(name, NO_PATH);
    problems.push(...templateProblems(name, [path], own));
  }
  if (!/^([a-z0-9_]{1,64}|(\/([^~]|~[01])*)+)$/.test(settings.endpoints_type))
    say('endpoints_type', 'It must be a kind such as shell_jump, or a JSON pointer.');
  if (settings.health_path !== undefined && !isPath(settings.health_path)) say('health_path', NO_PATH);
  problems.push(...templateProblems('credentials', Object.entries(settings.credentials).flat()));
  for (const step of settings.get_decode) {
    if (step !== 'base64' && step !== 'json') say('get_decode', `"${step}" is neither base64 nor json.`);
  }
  if (settings.find_path === undefined && Object.keys(settings.credentials).length === 0) {
    say('find_path', 'It is needed, or else credentials.');
  }
  if (settings.get_password === undefined && settings.get_private_key === undefined) {
    say('get_password', 'It is needed, or else get_private_key.');
  }
  if ((settings.certificate_file === undefined) !== (settings.certificate_key_file === undefined)) {
    say('certificate_key_file', 'A client certificate and its key come together.');
  }
  return problems;
}

const NO_PATH = 'It must begin with a slash and have no spaces, # or characters that a URL writes as %XX.';

function isPath(path: string): boolean {
  return /^\/[!$-~]*$/.test(path);
}

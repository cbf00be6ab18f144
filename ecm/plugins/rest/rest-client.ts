import { PluginError, type PluginTools } from '../../sdk/plugin.ts';
import { type HttpAnswer, type HttpClient, type HttpRequest, httpClient, jsonOf } from '../http.ts';
import { type AccessTokens, accessTokens } from '../oauth-token.ts';
import type { RestSettings } from './rest-settings.ts';

const STORE = 'the store';

export interface RestClient {
  /** Undefined where the store has nothing (404). */
  ask(request: Omit<HttpRequest, 'headers'>): Promise<{ document: unknown } | undefined>;
}

export function restClient(settings: RestSettings, tools: PluginTools): RestClient {
  const certificate = certificateOf(settings);
  const http = httpClient({ store: STORE, settings, ...(certificate && { certificate }) });
  const tokens = settings.auth === 'oauth' ? oauthTokens(settings, tools) : undefined;
  return {
    async ask(request) {
      const answer = await authorised(http, request, settings, tokens);
      if (answer.status === 404) return undefined;
      if (answer.status >= 400) throw refusal(answer.status);
      return { document: answer.text === '' ? undefined : jsonOf(answer, STORE) };
    },
  };
}

async function authorised(
  http: HttpClient,
  request: Omit<HttpRequest, 'headers'>,
  settings: RestSettings,
  tokens: AccessTokens | undefined,
): Promise<HttpAnswer> {
  if (tokens === undefined) return await http({ ...request, headers: headersOf(settings) });
  for (let tried = 1; ; tried++) {
    const token = await tokens.token(request.signal);
    const answer = await http({
      ...request,
      headers: { ...settings.headers, authorization: `Bearer ${token}` },
    });
    if (answer.status !== 401 || tried === 2) return answer;
    tokens.forget(token);
  }
}

function headersOf(settings: RestSettings): Record<string, string> {
  const { headers, auth, token = '', username = '', password = '' } = settings;
  switch (auth) {
    case 'bearer':
      return { ...headers, authorization: `Bearer ${token}` };
    case 'basic':
      return { ...headers, authorization: basic(username, password) };
    case 'header':
      return { ...headers, [settings.token_header]: token };
    default:
      return { ...headers };
  }
}

function oauthTokens(settings: RestSettings, tools: PluginTools): AccessTokens {
  const { oauth_token_url = '', oauth_client_id = '', oauth_client_secret = '', oauth_scope } = settings;
  const url = new URL(oauth_token_url);
  const byHeader = settings.oauth_client_auth === 'basic';
  // RFC 6749 2.3.1: both parts are form-encoded first.
  const encode = (text: string) => new URLSearchParams({ t: text }).toString().slice(2);
  return accessTokens({
    http: httpClient({ store: 'the token endpoint', settings: { ...settings, url: url.origin } }),
    store: 'the token endpoint',
    tools,
    refused: 'The token endpoint does not take the client id and secret of the settings.',
    request: {
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: byHeader ? { authorization: basic(encode(oauth_client_id), encode(oauth_client_secret)) } : {},
      form: {
        grant_type: 'client_credentials',
        ...(oauth_scope === undefined ? {} : { scope: oauth_scope }),
        ...(byHeader ? {} : { client_id: oauth_client_id, client_secret: oauth_client_secret }),
      },
    },
  });
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function certificateOf({ certificate_file, certificate_key_file, certificate_passphrase }: RestSettings) {
  return certificate_file === undefined || certificate_key_file === undefined
    ? undefined
    : { file: certificate_file, keyFile: certificate_key_file, passphrase: certificate_passphrase };
}

function refusal(status: number): PluginError {
  if (status === 401) {
    return new PluginError('misconfigured', 'The store does not take the credentials of the settings.');
  }
  if (status === 403) return new PluginError('forbidden', 'The store refuses this to the plug-in.');
  if (status === 409 || status === 423)
    return new PluginError('in_use', 'Somebody else has this credential.');
  if (status === 429 || status >= 500) {
    return new PluginError('unavailable', `The store cannot answer now (status ${status}).`);
  }
  return new PluginError('misconfigured', `The store does not understand the request (status ${status}).`);
}

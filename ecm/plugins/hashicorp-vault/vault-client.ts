import { PluginError, type PluginTools } from '../../sdk/plugin.ts';
import { type HttpClient, type HttpOptions, httpClient, isRecord, jsonOf, pathSegment } from '../http.ts';

export interface VaultRequest {
  /** LIST is sent as GET with `list=true`, which every proxy lets through. */
  method: 'GET' | 'LIST' | 'POST';
  /** Below `/v1/`, not encoded. */
  path: string;
  json?: Record<string, unknown>;
  /** Undefined for the few requests that take none. */
  token: string | undefined;
  signal: AbortSignal;
}

/** The parts of Vault's envelope that are used here. */
export interface VaultAnswer {
  data: Record<string, unknown>;
  lease: { id: string; seconds: number; renewable: boolean };
  auth: { token: string; seconds: number; renewable: boolean } | undefined;
}

/**
 * Asks Vault or OpenBao. Undefined where there is nothing (404). Fails with `PluginError`; `TokenRefused` when a token
 * was sent and the answer is 403, for that may be the token or its policies.
 */
export type VaultClient = (request: VaultRequest) => Promise<VaultAnswer | undefined>;

export class TokenRefused extends PluginError {
  constructor() {
    super('forbidden', 'The policies of Vault do not let the plug-in do this.');
  }
}

export function vaultClient(
  settings: HttpOptions['settings'],
  namespace: string | undefined,
  { log }: PluginTools,
): VaultClient {
  const http = httpClient({ store: 'Vault', settings });
  return async ({ method, path, json, token, signal }) => {
    const answer = await http({
      method: method === 'LIST' ? 'GET' : method,
      path: `/v1/${path.split('/').map(pathSegment).join('/')}`,
      ...(method === 'LIST' ? { query: [['list', 'true']] as const } : {}),
      ...(json === undefined ? {} : { json }),
      headers: {
        'x-vault-request': 'true',
        ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
        ...(token === undefined ? {} : { 'x-vault-token': token }),
      },
      signal,
    });
    if (answer.status === 204) return EMPTY;
    if (answer.status === 200) return answerOf(jsonOf(answer, 'Vault'));
    const errors = errorsOf(answer);
    const missing = /no handler for route|namespace not found/i.exec(errors)?.[0];
    if (answer.status === 404 && missing === undefined) return undefined;
    log.warn(`Vault answered ${answer.status} for ${method} ${path}: ${errors || 'nothing more'}`);
    throw refusal(answer.status, errors, token !== undefined);
  };
}

/** Whether Vault is well; its own statuses say so, so that 429 and 503 are no failures here. */
export async function vaultHealth(http: HttpClient, signal: AbortSignal): Promise<string> {
  const { status } = await http({ method: 'GET', path: '/v1/sys/health', signal });
  return HEALTH[status] ?? `answers its health check with ${status}`;
}

/** From the API's table of health statuses. */
const HEALTH: Readonly<Record<number, string>> = {
  200: 'active',
  429: 'on standby',
  472: 'a secondary of disaster recovery',
  473: 'a performance standby',
  501: 'not initialised',
  503: 'sealed',
};

const EMPTY: VaultAnswer = { data: {}, lease: { id: '', seconds: 0, renewable: false }, auth: undefined };

function answerOf(document: unknown): VaultAnswer {
  if (!isRecord(document)) throw new PluginError('unavailable', 'Vault answered with something unknown.');
  const { data, auth, lease_id, lease_duration, renewable } = document;
  return {
    data: isRecord(data) ? data : {},
    lease: { id: textOf(lease_id), seconds: secondsOf(lease_duration), renewable: renewable === true },
    auth: isRecord(auth)
      ? {
          token: textOf(auth.client_token),
          seconds: secondsOf(auth.lease_duration),
          renewable: auth.renewable === true,
        }
      : undefined,
  };
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function secondsOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

/** What Vault says went wrong, for the log. */
function errorsOf({ text }: { text: string }): string {
  try {
    const document: unknown = JSON.parse(text);
    const errors = isRecord(document) && Array.isArray(document.errors) ? document.errors : [];
    return errors
      .filter((error) => typeof error === 'string')
      .join('; ')
      .replace(/\s+/g, ' ')
      .slice(0, 500);
  } catch {
    return '';
  }
}

const MEANINGS: readonly [RegExp, PluginError['code'], string][] = [
  [/no handler for route/i, 'misconfigured', 'Vault has no secrets engine at the mount of the settings.'],
  [/namespace not found/i, 'misconfigured', 'Vault does not know the namespace of the settings.'],
  [/no service accounts available/i, 'in_use', 'Every account of this set is checked out.'],
  [/unknown role|doesn't exist/i, 'not_found', 'Vault has no such role or set.'],
  [/wrapping token is not valid/i, 'misconfigured', 'The wrapped secret id was used already or has expired.'],
  [/role or secret id|role_id|secret_id/i, 'misconfigured', 'Vault does not take the role id and secret id.'],
  [
    /wasn't checked out by the caller/i,
    'forbidden',
    'Vault says that somebody else has checked this account out.',
  ],
];

function refusal(status: number, errors: string, withToken: boolean): PluginError {
  if (status === 403 && withToken) return new TokenRefused();
  if (status < 500) {
    const known = MEANINGS.find(([pattern]) => pattern.test(errors));
    if (known !== undefined) return new PluginError(known[1], known[2]);
  }
  if (status === 403) return new PluginError('misconfigured', 'Vault does not let the plug-in log in.');
  if (status === 503) return new PluginError('unavailable', 'Vault is sealed or being maintained.');
  if (status >= 500 || status === 429 || status === 412 || status === 472 || status === 473) {
    return new PluginError('unavailable', `Vault cannot answer now (status ${status}).`);
  }
  return new PluginError('misconfigured', `Vault does not understand the request (status ${status}).`);
}

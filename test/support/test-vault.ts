import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpsServer } from './https-server.ts';
import { type TestVaultEngines, vaultEngines } from './test-vault-engines.ts';

/** What a request came to: Vault's status, and its envelope or errors. */
export interface Outcome {
  status: number;
  data?: Record<string, unknown>;
  errors?: string[];
  /** Makes a lease that ends after so many seconds, and at most after `max` with renewals. */
  lease?: { prefix: string; seconds: number; max: number; end(): void };
  auth?: Record<string, unknown>;
}

export interface Call {
  /** `read`, `list` or `update`. */
  capability: 'read' | 'list' | 'update';
  path: string;
  body: Record<string, unknown>;
  token: Token;
}

interface Token {
  id: string;
  entity: string;
  /** Paths, with a star at the end for all below, and what may be done there. */
  policy: Record<string, readonly Call['capability'][]>;
  namespace: string;
  expires: number;
  seconds: number;
  latest: number;
  renewable: boolean;
}

interface Lease {
  id: string;
  token: string;
  seconds: number;
  expires: number;
  latest: number;
  end(): void;
}

export interface TestVault extends TestVaultEngines {
  url: string;
  caFile: string;
  /** `METHOD path` of every request so far. */
  asked: string[];
  /** Requests that the published API does not know: wrong method, unknown field, no JSON, token twice. */
  misuses: string[];
  sealed: boolean;
  newToken(options: Partial<Omit<Token, 'id'>> & { policy: Token['policy'] }): string;
  /** The token and all of its leases end now. */
  endToken(id: string): void;
  liveTokens(): string[];
  leases(): string[];
  /** Answers the role id; `uses` of the secret id, 0 for any number. */
  newAppRole(secretId: string, uses: number, token: Partial<Token> & { policy: Token['policy'] }): string;
  /** A wrapping token around a secret id. */
  wrap(secretId: string): string;
  stop(): Promise<void>;
}

const DEFAULT_POLICY: Token['policy'] = {
  'auth/token/lookup-self': ['read'],
  'auth/token/renew-self': ['update'],
  'sys/leases/renew': ['update'],
  'sys/leases/lookup': ['update'],
  'sys/wrapping/unwrap': ['update'],
};

/**
 * A server that answers as the published API of Vault and OpenBao says: tokens with policies, life times and
 * namespaces, AppRole, wrapped secret ids, leases that end with their token, and a few secrets engines.
 */
export async function testVault(options: { namespace?: string } = {}): Promise<TestVault> {
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-vault-'));
  const namespace = options.namespace ?? '';
  const tokens = new Map<string, Token>();
  const leases = new Map<string, Lease>();
  const roles = new Map<string, { secretId: string; uses: number; used: number; token: Partial<Token> }>();
  const wrapped = new Map<string, string>();
  const asked: string[] = [];
  const misuses: string[] = [];
  const engines = vaultEngines(directory, (what) => void misuses.push(what));

  function newToken(made: Partial<Omit<Token, 'id'>>): string {
    const id = `hvs.${randomUUID()}`;
    const seconds = made.seconds ?? 3600;
    tokens.set(id, {
      id,
      entity: made.entity ?? randomUUID(),
      policy: { ...DEFAULT_POLICY, ...made.policy },
      namespace,
      seconds,
      expires: seconds === 0 ? Infinity : Date.now() + seconds * 1000,
      latest: made.latest ?? Infinity,
      renewable: made.renewable ?? true,
    });
    return id;
  }

  function endToken(id: string): void {
    tokens.delete(id);
    for (const lease of [...leases.values()].filter(({ token }) => token === id)) endLease(lease.id);
  }

  function endLease(id: string): void {
    leases.get(id)?.end();
    leases.delete(id);
  }

  function expire(): void {
    for (const { id, expires } of tokens.values()) if (expires <= Date.now()) endToken(id);
    for (const { id, expires } of leases.values()) if (expires <= Date.now()) endLease(id);
  }

  function allows({ policy }: Token, path: string, capability: Call['capability']): boolean {
    return Object.entries(policy).some(
      ([rule, allowed]) =>
        allowed.includes(capability) &&
        (rule.endsWith('*') ? path.startsWith(rule.slice(0, -1)) : rule === path || rule === `${path}/`),
    );
  }

  function known(body: Record<string, unknown>, names: string[], path: string): void {
    for (const name of Object.keys(body))
      if (!names.includes(name)) misuses.push(`${path}: unknown field ${name}`);
  }

  function loggedIn(path: string, body: Record<string, unknown>): Outcome {
    known(body, ['role_id', 'secret_id'], path);
    const role = roles.get(String(body.role_id));
    if (body.role_id === undefined) return { status: 400, errors: ['missing role_id'] };
    if (role === undefined || role.secretId !== body.secret_id) {
      return { status: 400, errors: ['invalid role or secret ID'] };
    }
    if (role.uses > 0 && ++role.used > role.uses)
      return { status: 400, errors: ['invalid role or secret ID'] };
    const token = tokens.get(newToken(role.token)) as Token;
    return { status: 200, auth: authOf(token) };
  }

  function authOf({ id, seconds, renewable, entity }: Token) {
    return {
      client_token: id,
      accessor: 'accessor',
      policies: ['default', 'plugin'],
      token_policies: ['default', 'plugin'],
      metadata: null,
      lease_duration: seconds,
      renewable,
      entity_id: entity,
    };
  }

  function unwrap(header: string, body: Record<string, unknown>, path: string): Outcome {
    known(body, ['token'], path);
    const inHeader = wrapped.has(header);
    const id = inHeader ? header : String(body.token);
    const secretId = wrapped.get(id);
    wrapped.delete(id);
    if (inHeader && body.token !== undefined) misuses.push('the wrapping token in both places');
    if (secretId === undefined || (inHeader && body.token !== undefined)) {
      return { status: 400, errors: ['wrapping token is not valid or does not exist'] };
    }
    return { status: 200, data: { secret_id: secretId, secret_id_accessor: 'a', secret_id_ttl: 600 } };
  }

  function ownToken({ path, body, token }: Call): Outcome {
    if (path === 'auth/token/lookup-self') {
      const ttl = token.expires === Infinity ? 0 : Math.ceil((token.expires - Date.now()) / 1000);
      return { status: 200, data: { id: token.id, ttl, renewable: token.renewable, policies: ['default'] } };
    }
    known(body, ['increment'], path);
    if (!token.renewable) return { status: 400, errors: ['lease is not renewable'] };
    token.expires = Math.min(Date.now() + token.seconds * 1000, token.latest);
    const seconds = Math.max(0, Math.floor((token.expires - Date.now()) / 1000));
    return { status: 200, auth: { ...authOf(token), lease_duration: seconds } };
  }

  function ofLease({ path, body }: Call): Outcome {
    known(body, ['lease_id', 'increment', 'sync'], path);
    if (typeof body.lease_id !== 'string' || body.lease_id === '') {
      return { status: 400, errors: ['lease_id must be specified'] };
    }
    const lease = leases.get(body.lease_id);
    if (path === 'sys/leases/revoke') {
      endLease(body.lease_id);
      return { status: 204 };
    }
    if (lease === undefined) return { status: 400, errors: ['lease not found'] };
    const wanted = Number(body.increment ?? lease.seconds) || lease.seconds;
    lease.expires = Math.min(Date.now() + wanted * 1000, lease.latest);
    const seconds = Math.max(0, Math.floor((lease.expires - Date.now()) / 1000));
    return { status: 200, data: {}, lease: { prefix: lease.id, seconds, max: 0, end: () => {} } };
  }

  function outcomeOf(request: IncomingMessage, text: string): { outcome: Outcome; token?: Token } {
    expire();
    const url = new URL(request.url ?? '', 'https://x');
    const path = decodeURIComponent(url.pathname.replace(/^\/v1\//, ''));
    const header = String(request.headers['x-vault-token'] ?? '');
    if (!url.pathname.startsWith('/v1/')) return { outcome: { status: 404 } };
    if (path === 'sys/health') return { outcome: { status: vault.sealed ? 503 : 200, data: {} } };
    if (vault.sealed) return { outcome: { status: 503, errors: ['Vault is sealed'] } };
    if (request.headers['x-vault-request'] !== 'true') misuses.push('no X-Vault-Request');
    if (String(request.headers['x-vault-namespace'] ?? '') !== namespace) {
      return { outcome: { status: 404, errors: ['namespace not found'] } };
    }
    const body = bodyOf(request, text);
    if (body === undefined) return { outcome: { status: 400, errors: ['failed to parse JSON input'] } };
    const capability = capabilityOf(request.method ?? '', url);
    if (capability === undefined) return { outcome: { status: 405, errors: ['unsupported operation'] } };
    if (path === 'auth/approle/login' && capability === 'update') return { outcome: loggedIn(path, body) };
    if (path === 'sys/wrapping/unwrap' && capability === 'update')
      return { outcome: unwrap(header, body, path) };
    const token = tokens.get(header);
    if (token === undefined || !allows(token, path, capability)) {
      return { outcome: { status: 403, errors: ['permission denied'] } };
    }
    const call: Call = { capability, path, body, token };
    const handler = path.startsWith('auth/token/')
      ? ownToken
      : path.startsWith('sys/leases/')
        ? ofLease
        : engines.answer;
    return { outcome: handler(call), token };
  }

  function bodyOf(request: IncomingMessage, text: string): Record<string, unknown> | undefined {
    if (text === '') return {};
    if (request.method === 'GET') misuses.push('a body with GET');
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch {
      misuses.push('a body that is no JSON');
      return undefined;
    }
  }

  function send(
    response: ServerResponse,
    { status, data, errors, lease, auth }: Outcome,
    token?: Token,
  ): void {
    const id = lease === undefined ? '' : lease.max === 0 ? lease.prefix : `${lease.prefix}/${randomUUID()}`;
    if (lease !== undefined && lease.max > 0) {
      const [expires, latest] = [lease.seconds, lease.max].map((seconds) => Date.now() + seconds * 1000);
      leases.set(id, {
        id,
        token: token?.id ?? '',
        seconds: lease.seconds,
        expires: expires as number,
        latest: latest as number,
        end: lease.end,
      });
    }
    const document =
      status >= 400
        ? { errors: errors ?? [] }
        : {
            request_id: randomUUID(),
            lease_id: id,
            renewable: lease !== undefined,
            lease_duration: lease?.seconds ?? 0,
            data: data ?? null,
            wrap_info: null,
            warnings: null,
            auth: auth ?? null,
          };
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(status === 204 ? undefined : JSON.stringify(document));
  }

  const server = await httpsServer(['127.0.0.1', 'localhost'], (request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      asked.push(`${request.method} ${request.url}`);
      const { outcome, token } = outcomeOf(request, text);
      send(response, outcome, token);
    });
  });
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, server.certificate);

  const vault: TestVault = Object.assign(engines, {
    url: `https://127.0.0.1:${server.port}`,
    caFile,
    asked,
    misuses,
    sealed: false,
    newToken,
    endToken,
    liveTokens() {
      expire();
      return [...tokens.keys()];
    },
    leases() {
      expire();
      return [...leases.keys()];
    },
    newAppRole(secretId: string, uses: number, token: Partial<Token>) {
      const roleId = randomUUID();
      // All logins of a role are one entity.
      roles.set(roleId, { secretId, uses, used: 0, token: { entity: roleId, ...token } });
      return roleId;
    },
    wrap(secretId: string) {
      const id = `hvs.wrapping.${randomUUID()}`;
      wrapped.set(id, secretId);
      return id;
    },
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  });
  return vault;
}

function capabilityOf(method: string, url: URL): Call['capability'] | undefined {
  if (method === 'LIST' || (method === 'GET' && url.searchParams.get('list') === 'true')) return 'list';
  if (method === 'GET') return 'read';
  return method === 'POST' || method === 'PUT' ? 'update' : undefined;
}

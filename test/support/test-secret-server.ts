import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpsServer } from './https-server.ts';

export interface TestSecret {
  id: number;
  name: string;
  folderId: number;
  /** Values by slug; those of files are their content. */
  values: Record<string, string>;
  files?: string[];
  checkOutEnabled?: boolean;
  requiresComment?: boolean;
  requiresApproval?: boolean;
  doubleLockEnabled?: boolean;
  /** User who has it. */
  checkedOutBy?: string;
  comments?: string[];
  /** The user of the plug-in may not see it. */
  hidden?: boolean;
  /** It is found, but may not be read. */
  unreadable?: boolean;
}

export interface TestSecretServer {
  url: string;
  caFile: string;
  secrets: TestSecret[];
  /** Parents of folders. */
  folders: Map<number, number>;
  /** Seconds for which access tokens are good, told as a text. */
  tokenSeconds: number;
  /** `METHOD path` without the query. */
  asked: string[];
  logins: Record<string, string>[];
  misuses: string[];
  /** No token is good any longer. */
  endTokens(): void;
  /** Answers everything with a page and status 200, as it does for some failures. */
  broken: boolean;
  stop(): Promise<void>;
}

interface Answer {
  status: number;
  body?: unknown;
  text?: string;
}

const USER = 'ecm';
const PASSWORD = 'pass & word+1 ö';
const CLIENT_SECRET = 'client=secret&';

const FILTERS = [
  'filter.searchText',
  'filter.searchFieldSlug',
  'filter.isExactMatch',
  'filter.includeRestricted',
  'filter.folderId',
  'filter.includeSubFolders',
  'filter.extendedFields',
  'sortBy[0].name',
  'sortBy[0].direction',
  'skip',
  'take',
];

/**
 * A server that answers as the REST API guide of Secret Server says, below a path as it is installed: OAuth tokens that
 * expire, search with paging, secrets that ask for comments, and check-out by one user at a time.
 */
export async function testSecretServer(): Promise<TestSecretServer> {
  const directory = await mkdtemp(join(tmpdir(), 'bridgehead-secret-server-'));
  const secrets: TestSecret[] = [];
  const folders = new Map<number, number>();
  const tokens = new Map<string, number>();
  const asked: string[] = [];
  const logins: Record<string, string>[] = [];
  const misuses: string[] = [];

  function loggedIn(request: IncomingMessage, text: string): Answer {
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded')
      misuses.push('a login that is no form');
    const form = Object.fromEntries(new URLSearchParams(text));
    logins.push(form);
    const asUser = form.grant_type === 'password' && form.username === USER && form.password === PASSWORD;
    const asClient =
      form.grant_type === 'client_credentials' &&
      form.client_id === 'sdk-client' &&
      form.client_secret === CLIENT_SECRET;
    if (!asUser && !asClient) return { status: 400, body: { error: 'Login failed.' } };
    const token = randomUUID();
    tokens.set(token, Date.now() + server.tokenSeconds * 1000);
    const expires_in = String(server.tokenSeconds);
    return { status: 200, body: { access_token: token, token_type: 'bearer', expires_in } };
  }

  function answerTo(request: IncomingMessage, text: string): Answer {
    const url = new URL(request.url ?? '', 'https://x');
    const method = request.method ?? '';
    asked.push(`${method} ${url.pathname}`);
    if (server.broken) return { status: 200, text: '<html>An error has occurred</html>' };
    const path = /^\/SecretServer(\/.*)$/.exec(url.pathname)?.[1];
    if (path === '/oauth2/token' && method === 'POST') return loggedIn(request, text);
    if (path?.startsWith('/api/v1/') !== true) return { status: 404, text: 'no such page' };
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if ((tokens.get(token) ?? 0) <= Date.now())
      return { status: 401, body: { message: 'Authentication failed' } };
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    if (text !== '' && method === 'GET') misuses.push('a body with GET');
    const [, , , kind = '', ...rest] = path.split('/');
    if (kind === 'secrets' && rest.length === 0)
      return method === 'GET' ? search(url.searchParams) : unsupported();
    if (kind === 'secrets') return ofSecret(method, Number(rest[0]), rest.slice(1).join('/'), body);
    if (
      kind === 'secret-access-requests' &&
      rest[0] === 'secrets' &&
      rest[2] === 'view-comment' &&
      method === 'POST'
    ) {
      return commented(Number(rest[1]), body);
    }
    return { status: 404, body: { message: 'No HTTP resource was found' } };
  }

  function unsupported(): Answer {
    return { status: 405, body: { message: 'The requested resource does not support this method.' } };
  }

  function search(query: URLSearchParams): Answer {
    for (const name of query.keys()) if (!FILTERS.includes(name)) misuses.push(`the parameter ${name}`);
    const text = (query.get('filter.searchText') ?? '').toLowerCase();
    const slug = query.get('filter.searchFieldSlug');
    const exact = query.get('filter.isExactMatch') === 'true';
    const folder = query.get('filter.folderId');
    const below = query.get('filter.includeSubFolders') === 'true';
    const fits = (secret: TestSecret) => {
      const value = (slug === null ? secret.name : (secret.values[slug] ?? '')).toLowerCase();
      return text === '' || (exact ? value === text : value.includes(text));
    };
    const found = secrets
      .filter((secret) => secret.hidden !== true && fits(secret))
      .filter((secret) => folder === null || isIn(secret.folderId, Number(folder), below))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const skip = Number(query.get('skip') ?? 0);
    const take = Number(query.get('take') ?? 10);
    const hasNext = skip + take < found.length;
    const records = found
      .slice(skip, skip + take)
      .map((secret) => summaryOf(secret, query.getAll('filter.extendedFields')));
    return {
      status: 200,
      body: {
        skip,
        take,
        total: found.length,
        hasNext,
        nextSkip: hasNext ? skip + take : 0,
        records,
        success: true,
      },
    };
  }

  function isIn(folder: number, wanted: number, below: boolean): boolean {
    if (folder === wanted) return true;
    const parent = folders.get(folder);
    return below && parent !== undefined && isIn(parent, wanted, below);
  }

  function summaryOf(secret: TestSecret, extended: string[] = []) {
    return {
      id: secret.id,
      name: secret.name,
      folderId: secret.folderId,
      folderPath: `\\Folder ${secret.folderId}`,
      active: true,
      checkedOut: secret.checkedOutBy !== undefined,
      checkOutEnabled: secret.checkOutEnabled === true,
      requiresComment: secret.requiresComment === true,
      requiresApproval: secret.requiresApproval === true,
      doubleLockEnabled: secret.doubleLockEnabled === true,
      isRestricted: secret.checkOutEnabled === true || secret.requiresComment === true,
      extendedFields: extended.map((name) => ({ name, value: secret.values[name.toLowerCase()] ?? null })),
      responseCodes: [],
    };
  }

  function ofSecret(method: string, id: number, what: string, body: Record<string, unknown>): Answer {
    const secret = secrets.find((one) => one.id === id && one.hidden !== true);
    if (secret === undefined) return refused('API_AccessDenied', 'Access Denied');
    if (what === 'summary' && method === 'GET') return { status: 200, body: summaryOf(secret) };
    if (what === 'state' && method === 'GET') return { status: 200, body: stateOf(secret) };
    if (what === 'check-out' && method === 'POST') return checkedOut(secret);
    if (what === 'check-in' && method === 'POST') return checkedIn(secret);
    const [, restricted, slug] = /^(restricted)?\/?(?:fields\/([\w-]+))?$/.exec(what) ?? [];
    if ((restricted === undefined ? 'GET' : 'POST') !== method) return unsupported();
    return read(secret, restricted === undefined ? undefined : body, slug);
  }

  function refused(errorCode: string, message: string): Answer {
    return { status: 400, body: { errorCode, message } };
  }

  function stateOf({ id, checkedOutBy }: TestSecret) {
    return {
      id,
      isCheckedOut: checkedOutBy !== undefined,
      isCheckedOutByCurrentUser: checkedOutBy === USER,
      checkOutMinutesRemaining: checkedOutBy === undefined ? 0 : 30,
    };
  }

  function commented(id: number, body: Record<string, unknown>): Answer {
    const secret = secrets.find((one) => one.id === id);
    if (secret === undefined || typeof body.comment !== 'string')
      return refused('API_AccessDenied', 'Access Denied');
    secret.comments = [...(secret.comments ?? []), body.comment];
    return { status: 200, body: true };
  }

  function checkedOut(secret: TestSecret): Answer {
    if (secret.checkOutEnabled !== true)
      return refused('API_InvalidOperation', 'Secret does not require check out');
    if (secret.requiresComment === true && secret.comments === undefined) {
      return refused('API_CommentRequired', 'A comment is required to view this secret');
    }
    if (secret.checkedOutBy !== undefined && secret.checkedOutBy !== USER) {
      return refused('API_CheckedOut', 'The secret is currently checked out by another user');
    }
    secret.checkedOutBy = USER;
    return { status: 200, body: { responseCodes: [] } };
  }

  function checkedIn(secret: TestSecret): Answer {
    if (secret.checkedOutBy !== USER)
      return refused('API_InvalidOperation', 'The secret is not checked out by you');
    delete secret.checkedOutBy;
    return { status: 200, body: summaryOf(secret) };
  }

  function read(
    secret: TestSecret,
    args: Record<string, unknown> | undefined,
    slug: string | undefined,
  ): Answer {
    if (secret.unreadable === true) return refused('API_AccessDenied', 'Access Denied');
    const asks = secret.requiresComment === true || secret.requiresApproval === true;
    if (asks && typeof args?.comment !== 'string') {
      return refused('API_CommentRequired', 'A comment is required to view this secret');
    }
    if (typeof args?.comment === 'string') secret.comments = [...(secret.comments ?? []), args.comment];
    if (secret.checkOutEnabled === true && secret.checkedOutBy !== USER) {
      if (secret.checkedOutBy !== undefined) return refused('API_CheckedOut', 'Secret is checked out');
      misuses.push('a secret that is checked out just by reading it');
      secret.checkedOutBy = USER;
    }
    if (slug !== undefined) {
      const isFile = secret.files?.includes(slug) === true;
      const value = secret.values[slug] ?? '';
      return isFile ? { status: 200, text: value } : { status: 200, body: value };
    }
    const items = Object.entries(secret.values).map(([name, value], at) => {
      const isFile = secret.files?.includes(name) === true;
      return {
        itemId: at,
        fieldId: at + 100,
        fieldName: name,
        slug: name,
        isFile,
        isPassword: name === 'password',
        fileAttachmentId: isFile ? at + 1 : null,
        filename: isFile ? 'id_rsa' : null,
        itemValue: isFile ? '*** Not Valid For Display ***' : value,
      };
    });
    return {
      status: 200,
      body: { id: secret.id, name: secret.name, items, active: true, responseCodes: [] },
    };
  }

  const https = await httpsServer(['127.0.0.1', 'localhost'], (request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const { status, body, text: plain } = answerTo(request, text);
      response.writeHead(status, { 'content-type': plain === undefined ? 'application/json' : 'text/html' });
      response.end(plain ?? JSON.stringify(body));
    });
  });
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, https.certificate);
  const server: TestSecretServer = {
    url: `https://127.0.0.1:${https.port}/SecretServer`,
    caFile,
    secrets,
    folders,
    tokenSeconds: 1199,
    asked,
    logins,
    misuses,
    broken: false,
    endTokens: () => tokens.clear(),
    async stop() {
      await https.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return server;
}

export const SECRET_SERVER_LOGIN = { username: USER, password: PASSWORD };
export const SECRET_SERVER_CLIENT = { client_id: 'sdk-client', client_secret: CLIENT_SECRET };

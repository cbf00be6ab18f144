import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Express } from 'express';
import { type Logger, pino } from 'pino';
import type { CredentialSources } from '../../appliance/vault/credential-sources.ts';
import { type Config, readConfig } from '../../config.ts';
import { loadSiteKey } from '../../integrations/files/site-key-file.ts';
import type { SqlPool } from '../../schema/sql.ts';
import { startServer } from '../../server/start-server.ts';
import { freePort } from './free-port.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';

/** Like `fetch`, but takes a path and carries a credential. */
export type Caller = (path: string, init?: RequestInit & { json?: unknown }) => Promise<Response>;

export interface TestAppliance {
  url: string;
  app: Express;
  credentials: CredentialSources;
  config: Config;
  /** An API account with every permission. */
  api: Caller;
  /** The administrator, signed in by cookie. */
  admin: Caller;
  /** No credential at all. */
  anonymous: Caller;
  /** The runtime role on the cloned database. */
  sql: SqlPool;
  database: TestDatabase;
  dataDir: string;
  adminPassword: string;
  stop(): Promise<void>;
}

export interface TestApplianceOptions {
  /** Settings beside the defaults, by environment name. */
  env?: Record<string, string>;
  /** Share the database of another test appliance: a second process of the same site. */
  database?: TestDatabase;
  dataDir?: string;
  builtInJumpoint?: boolean;
  /** Name in the public URL, e.g. `localhost` for browsers that are to use passkeys. */
  publicHost?: string;
  logLevel?: string;
  /** Where its log goes instead. */
  log?: Logger;
}

export const ADMIN_PASSWORD = 'correct horse battery';
export const CLIENT_ID = 'test-client';
export const CLIENT_SECRET = 'test-client-secret-0123456789';

/** The whole server in this process, on a random loopback port and a database of its own. */
export async function testAppliance(options: TestApplianceOptions = {}): Promise<TestAppliance> {
  const database = options.database ?? (await testDatabase());
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'bridgehead-test-')));
  // The public URL must be known before the server listens, so the port is picked first.
  const port = await freePort();
  const config = readConfig({
    BRIDGEHEAD_DATA_DIR: dataDir,
    BRIDGEHEAD_LISTEN: `127.0.0.1:${port}`,
    BRIDGEHEAD_ADMIN_PASSWORD: ADMIN_PASSWORD,
    BRIDGEHEAD_API_CLIENT_ID: CLIENT_ID,
    BRIDGEHEAD_API_CLIENT_SECRET: CLIENT_SECRET,
    ...(options.publicHost && { BRIDGEHEAD_PUBLIC_URL: `http://${options.publicHost}:${port}` }),
    ...options.env,
  });
  const server = await startServer({
    config,
    database,
    siteKey: loadSiteKey(config.siteKeyFile),
    log: options.log ?? pino({ level: options.logLevel ?? process.env['LOG_LEVEL'] ?? 'silent' }),
    validateResponses: true,
    builtInJumpoint: options.builtInJumpoint ?? false,
  });
  const url = server.url;
  return {
    url,
    app: server.app,
    credentials: server.credentials,
    config,
    sql: database.sql,
    database,
    dataDir,
    adminPassword: ADMIN_PASSWORD,
    anonymous: caller(url, async () => ({})),
    api: caller(
      url,
      once(async () => ({ authorization: `Bearer ${await apiToken(url)}` })),
    ),
    admin: caller(
      url,
      once(() => signIn(url, 'admin', ADMIN_PASSWORD)),
    ),
    async stop() {
      await server.stop();
      if (options.database === undefined) await database.drop();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A caller that carries these headers. */
export function caller(url: string, credential: () => Promise<Record<string, string>>): Caller {
  return async (path, init = {}) => {
    const { json, ...rest } = init;
    const headers = new Headers(rest.headers);
    for (const [name, value] of Object.entries(await credential())) headers.set(name, value);
    if (json !== undefined) headers.set('content-type', 'application/json');
    const body = json === undefined ? (rest.body ?? null) : JSON.stringify(json);
    return await fetch(new URL(path, url), { redirect: 'manual', ...rest, headers, body });
  };
}

/** Headers of a fresh browser session. */
export async function signIn(
  url: string,
  username: string,
  password: string,
): Promise<Record<string, string>> {
  const answer = await fetch(new URL('/api/config/v1/sign-in', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ username, password }),
  });
  if (!answer.ok) throw new Error(`Sign-in of ${username} failed: ${answer.status} ${await answer.text()}`);
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');
  return { cookie, origin: url };
}

async function apiToken(url: string): Promise<string> {
  const answer = await fetch(new URL('/oauth2/token', url), {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  });
  if (!answer.ok) throw new Error(`No token: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

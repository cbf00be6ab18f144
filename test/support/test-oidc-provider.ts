import { type ChildProcess, fork } from 'node:child_process';
import { join, resolve } from 'node:path';
import { selfSignedCertificate } from '../../integrations/files/self-signed-certificate.ts';
import { CookieJar } from './cookie-jar.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export interface OidcTestUser {
  username: string;
  password: string;
  claims: Record<string, unknown>;
  /** How they sign in; `urn:example:password` unless said. */
  acr?: string;
}

export interface TestOidcProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** PEM; empty for plain HTTP. */
  certificate: string;
  /** By `sub`. */
  users: Record<string, OidcTestUser>;
  /** Changes what it is; its keys are new ones each time. */
  become(changes: Partial<OidcTestOptions>): Promise<void>;
  /** What a browser does: opens the address, signs in there, and comes back with this address. */
  visit(address: string, credentials: { username: string; password: string }, jar?: CookieJar): Promise<URL>;
  /** The same, and the person declines. */
  decline(address: string): Promise<URL>;
  stop(): Promise<void>;
}

export interface OidcTestOptions {
  /** Of the appliance, whose providers with the ids from 1 to 30 may use it. */
  publicUrl: string;
  tls: boolean;
  algorithm: 'RS256' | 'ES256' | 'PS256' | 'HS256';
  clientAuthentication: 'client_secret_basic' | 'client_secret_post' | 'none';
  /** Puts every claim into the id token; otherwise userinfo has to be asked. */
  idTokenClaims: boolean;
}

export const OIDC_USERS: Record<string, OidcTestUser> = {
  '7d1f0c66-ada': {
    username: 'ada',
    password: 'analytical engine',
    claims: {
      preferred_username: 'ada',
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      email: 'ada@example.com',
      email_verified: true,
      groups: ['Support', 'Engines'],
      realm_access: { roles: ['countess', 'Support'] },
    },
    acr: 'urn:example:two-factor',
  },
  '7d1f0c66-bob': {
    username: 'bob',
    password: 'builder of things',
    claims: {
      preferred_username: 'bob',
      name: 'Bob',
      email: 'admin@example.com',
      email_verified: false,
      groups: 'Support,Visitors',
    },
  },
};

/** A certified provider (oidc-provider) in a process of its own, on a port the kernel picks. */
export async function testOidcProvider(
  given: Partial<OidcTestOptions> & { publicUrl: string },
): Promise<TestOidcProvider> {
  let options: OidcTestOptions = {
    tls: false,
    algorithm: 'RS256',
    clientAuthentication: 'client_secret_basic',
    idTokenClaims: false,
    ...given,
  };
  const child = fork(join(import.meta.dirname, 'oidc-provider-process.mjs'), {
    execPath: join(ROOT, 'node_modules/node/bin/node'),
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {},
  });
  const tell = messenger(child);
  const { cert, key } = options.tls
    ? selfSignedCertificate(['localhost', '127.0.0.1'], 2)
    : { cert: '', key: '' };
  const port = await tell('listen', options.tls ? { tls: { cert, key } } : {});
  const issuer = `${options.tls ? 'https' : 'http'}://localhost:${port}`;
  const users = structuredClone(OIDC_USERS);
  const provider: TestOidcProvider = {
    issuer,
    clientId: 'bridgehead',
    clientSecret: 'a secret of the client, with odd %:+ characters',
    certificate: cert,
    users,
    async become(changes) {
      options = { ...options, ...changes };
      await tell('become', {
        issuer,
        users,
        algorithm: options.algorithm,
        idTokenClaims: options.idTokenClaims,
        client: {
          client_id: provider.clientId,
          ...(options.clientAuthentication !== 'none' && { client_secret: provider.clientSecret }),
          token_endpoint_auth_method: options.clientAuthentication,
          grant_types: ['authorization_code'],
          response_types: ['code'],
          redirect_uris: callbacks(options.publicUrl),
          post_logout_redirect_uris: [new URL('/login', options.publicUrl).href],
        },
      });
    },
    visit: (address, credentials, jar = new CookieJar(cert)) =>
      comeBack(jar, address, options.publicUrl, { ...credentials }),
    decline: (address) => comeBack(new CookieJar(cert), address, options.publicUrl, { decline: 'yes' }),
    async stop() {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await ended;
    },
  };
  await provider.become({});
  return provider;
}

function callbacks(publicUrl: string): string[] {
  return Array.from({ length: 30 }, (_, index) => new URL(`/oidc/callback/${index + 1}`, publicUrl).href);
}

/** Follows the provider's redirects until one leads back to the appliance. */
async function comeBack(
  jar: CookieJar,
  address: string,
  publicUrl: string,
  form: Record<string, string>,
): Promise<URL> {
  let answer = await jar.fetch(address);
  for (let hops = 0; hops < 10; hops += 1) {
    const location = answer.headers.get('location');
    if (location !== null) {
      const next = new URL(location, answer.url);
      if (next.origin === new URL(publicUrl).origin) return next;
      answer = await jar.fetch(next.href);
      continue;
    }
    const action = /<form method="post" action="([^"]+)"/.exec(answer.body)?.[1];
    if (action === undefined) throw new Error(`The provider answered ${answer.status}: ${answer.body}`);
    answer = await jar.fetch(new URL(action, answer.url).href, new URLSearchParams(form));
  }
  throw new Error('The provider sends the browser round in circles.');
}

function messenger(child: ChildProcess): (command: string, options: object) => Promise<unknown> {
  let last = 0;
  return (command, options) => {
    last += 1;
    const id = last;
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error('The provider’s process ended.'));
      child.once('exit', ended);
      child.on('message', function answered(message: { id: number; answer?: unknown; problem?: string }) {
        if (message.id !== id) return;
        child.off('message', answered);
        child.off('exit', ended);
        if (message.problem === undefined) resolve(message.answer);
        else reject(new Error(message.problem));
      });
      child.send({ id, command, options });
    });
  };
}

import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { httpServer, httpsServer, type TestHttpServer } from './https-server.ts';

export const HOSTILE_CLIENT = 'bridgehead';

/** What it answers where; a test changes what it wants to be wrong. */
export interface HostileOidcProvider {
  issuer: string;
  server: TestHttpServer;
  metadata: Record<string, unknown>;
  claims: Record<string, unknown>;
  userinfo: Record<string, unknown>;
  header: Record<string, unknown>;
  /** Makes the whole token of header and claims. */
  makeToken: (header: object, claims: object) => string;
  /** Takes over an answer; by path. */
  instead: Record<string, RequestListener>;
  publicKey: KeyObject;
  otherKey: KeyObject;
  /** Everything as an honest provider has it. */
  behave(): void;
}

export async function hostileOidcProvider(names?: string[]): Promise<HostileOidcProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const json = (res: ServerResponse, body: unknown, status = 200) =>
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const listener = (req: IncomingMessage, res: ServerResponse): void => {
    const path = new URL(req.url ?? '/', 'http://here').pathname;
    const instead = provider.instead[path];
    if (instead !== undefined) return void instead(req, res);
    switch (path) {
      case '/.well-known/openid-configuration':
        return void json(res, provider.metadata);
      case '/jwks':
        return void json(res, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' }] });
      case '/token': {
        const id_token = provider.makeToken(provider.header, provider.claims);
        return void json(res, { access_token: 'at', token_type: 'Bearer', id_token });
      }
      case '/userinfo':
        return void json(res, provider.userinfo);
      default:
        res.writeHead(404).end();
    }
  };
  const server = names === undefined ? await httpServer(listener) : await httpsServer(names, listener);
  const issuer =
    names === undefined ? `http://localhost:${server.port}` : `https://${names[0]}:${server.port}`;
  const provider: HostileOidcProvider = {
    issuer,
    server,
    metadata: {},
    claims: {},
    userinfo: {},
    header: {},
    makeToken: () => '',
    instead: {},
    publicKey,
    otherKey: other.privateKey,
    behave() {
      provider.metadata = {
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        userinfo_endpoint: `${issuer}/userinfo`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
        id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
      };
      const now = Math.floor(Date.now() / 1000);
      provider.claims = {
        iss: issuer,
        aud: HOSTILE_CLIENT,
        sub: 'eve',
        preferred_username: 'eve',
        iat: now,
        exp: now + 300,
      };
      provider.userinfo = { sub: 'eve', name: 'Eve' };
      provider.header = { alg: 'RS256', kid: 'one' };
      provider.makeToken = (header, claims) => signedToken(header, claims, privateKey);
      provider.instead = {};
    },
  };
  provider.behave();
  return provider;
}

export function signedToken(header: object, claims: object, key: KeyObject): string {
  const content = contentOf(header, claims);
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
}

export function unsignedToken(header: object, claims: object): string {
  return `${contentOf(header, claims)}.`;
}

/** As a verifier would take it that uses the public key as the secret. */
export function hmacToken(header: object, claims: object, secret: string | Buffer): string {
  const content = contentOf(header, claims);
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

function contentOf(header: object, claims: object): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

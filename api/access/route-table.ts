import type { IRouter, RequestHandler } from 'express';
import { requireAccess } from './access-gate.ts';
import { type AccessWord, isUnauthenticated } from './access-word.ts';

export type HttpMethod = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' | 'options';

/**
 * Every route that answers callers whom nobody has identified. A route that is not in this list cannot be declared
 * `public` or `own-credential`, so opening one is a change to this file that somebody reads.
 * Operations of openapi.yaml appear with their path below `/api/config/v1`.
 */
export const UNAUTHENTICATED_ROUTES: ReadonlySet<string> = new Set([
  // Health probes tell up or down and nothing else.
  'GET /healthz',
  'GET /readyz',
  'GET /check_health',
  // Figures for Prometheus, answered to the host itself only.
  'GET /metrics',
  // Getting a credential.
  'POST /oauth2/token',
  'POST /api/config/v1/sign-in',
  'POST /api/config/v1/sign-in/invitation',
  'POST /api/config/v1/sign-in/passkey',
  'POST /api/config/v1/user-token',
  // The ways to sign in, and what follows a password: a provider, a code, an agreement.
  'GET /api/config/v1/sign-in/options',
  'POST /api/config/v1/sign-in/provider/{id}',
  'POST /api/config/v1/sign-in/step',
  'POST /api/config/v1/sign-in/negotiate',
  'POST /api/config/v1/user-token/step',
  'POST /api/config/v1/user-token/negotiate',
  // Where providers send browsers back to; our own page goes on from there.
  'GET /oidc/callback/:id',
  // What a directory has to know of the SCIM API before it can sign in; no data.
  'GET /api/scim/v2/ServiceProviderConfig',
  'GET /api/scim/v2/ResourceTypes',
  'GET /api/scim/v2/ResourceTypes/:id',
  'GET /api/scim/v2/Schemas',
  'GET /api/scim/v2/Schemas/:id',
  'GET /api/scim/ServiceProviderConfig',
  'GET /api/scim/ResourceTypes',
  'GET /api/scim/ResourceTypes/:id',
  'GET /api/scim/Schemas',
  'GET /api/scim/Schemas/:id',
  // SAML: our metadata, what identity providers post or send, and customers of portals who come back from them.
  'GET /saml/submit.js',
  'GET /saml/:id/metadata',
  'POST /saml/:id/acs',
  'GET /saml/:id/slo',
  'POST /saml/:id/slo',
  'POST /saml/:id/portal',
  'GET /saml/portal',
  'POST /saml/portal',
  // Schemas of the XML answers.
  'GET /api/command.xsd',
  'GET /api/reporting.xsd',
  // Answers a script file or a redirect; authorisation happens in the console that runs it.
  'GET /api/client_script',
  'GET /api/client_script.ns',
  // The older names of the XML APIs: a token as everywhere or, where the site allows it, user name and password.
  'GET /api/command.ns',
  'POST /api/command.ns',
  'GET /api/reporting.ns',
  'POST /api/reporting.ns',
  // The user interface: files of the bundle, no data.
  'GET /',
  'GET /login{/*page}',
  'GET /console{/*page}',
  'GET /assets/*file',
  // An installer for whoever has its 32 random characters; anything else does not exist.
  'GET /download_client_connector',
  // Programs in remote networks: enrolment by token, afterwards by key.
  'POST /agent/jumpoint/enrol',
  // WebSockets: programs prove their key in the handshake; a relay ticket is the credential of one end of a channel.
  'GET /agent/jumpoint',
  'GET /agent/ecm',
  'GET /relay/:ticket',
]);

export interface DeclaredRoute {
  method: HttpMethod;
  path: string;
  access: AccessWord;
}

/** Registers a route behind its gate. Refuses a public one that UNAUTHENTICATED_ROUTES does not name. */
export function route(
  router: IRouter,
  method: HttpMethod,
  path: string,
  access: AccessWord,
  ...handlers: RequestHandler[]
): void {
  checkDeclared({ method, path, access });
  router[method](path, requireAccess(access), ...handlers);
}

/** For routers that register by themselves (the contract router): the same check, with the full path. */
export function checkDeclared({ method, path, access }: DeclaredRoute): void {
  const name = `${method.toUpperCase()} ${path}`;
  if (isUnauthenticated(access) && !UNAUTHENTICATED_ROUTES.has(name)) {
    throw new Error(`${name} is open to unidentified callers but is not listed in UNAUTHENTICATED_ROUTES`);
  }
}

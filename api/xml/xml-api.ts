import { readFileSync } from 'node:fs';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Logger } from 'pino';
import type { Actor } from '../../appliance/actor.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import type { SiteSettingsSource } from '../../appliance/settings/site-settings.ts';
import { actorOf, requireAccess } from '../access/access-gate.ts';
import type { AccessWord } from '../access/access-word.ts';
import { route } from '../access/route-table.ts';
import { clientAddress } from '../http/client-address.ts';
import { enterXmlCall, sendXml, XML_TYPE, xmlErrors, xmlHeaders } from './xml-answer.ts';
import type { XmlElement } from './xml-renderer.ts';
import { readParameters, type XmlParameters } from './xml-request.ts';

export interface XmlCall {
  actor: Actor;
  parameters: XmlParameters;
  req: Request;
  res: Response;
}

/** One of the XML APIs: where it is, who may come in, and what it says. */
export interface XmlApi {
  path: '/api/command' | '/api/reporting';
  access: AccessWord;
  namespace(): string;
  /** The root of the answer, or undefined when the call has written its answer to `res` itself. */
  answer(call: XmlCall): Promise<XmlElement | undefined>;
}

/**
 * Checks the user name and password of a call made the way of older sites. Fails with `unauthenticated`, alike for
 * everything that is wrong with them, and with `rate_limited`.
 */
export type LegacySignIn = (username: string, password: string, address: string) => Promise<Actor>;

export interface XmlApiParts {
  settings: SiteSettingsSource;
  legacySignIn: LegacySignIn;
  log: Logger;
}

/**
 * The routes of one XML API: GET and POST, the same under the older `.ns` name, and its schema. Only the older name
 * takes a user name and password as parameters, and only where the site allows that.
 */
export function xmlApiRoutes(api: XmlApi, parts: XmlApiParts): Router {
  const router = Router();
  const paths = [api.path, `${api.path}.ns`];
  router.use(paths, (_req, res, next) => {
    xmlHeaders(res);
    next();
  });
  const call = callHandler(api, parts.settings, async (req) => actorOf(req));
  const olderCall = callHandler(api, parts.settings, olderCaller(api, parts));
  for (const method of ['get', 'post'] as const) {
    route(router, method, api.path, api.access, call);
    route(router, method, `${api.path}.ns`, 'own-credential', olderCall);
  }
  route(router, 'get', `${api.path}.xsd`, 'public', schemaHandler(api));
  router.use(paths, xmlErrors(api.namespace, parts.log));
  return router;
}

type FindCaller = (req: Request, res: Response, parameters: XmlParameters) => Promise<Actor>;

function callHandler(api: XmlApi, settings: SiteSettingsSource, findCaller: FindCaller): RequestHandler {
  return async (req, res) => {
    const parameters = await readParameters(req);
    const actor = await findCaller(req, res, parameters);
    enterXmlCall(res);
    if (!settings.current().xml_api_enabled) {
      throw new ApplianceError('forbidden', 'The XML API is not enabled on this site.');
    }
    const root = await api.answer({ actor, parameters, req, res });
    if (root !== undefined) sendXml(res, root, api.namespace());
  };
}

/** A token as everywhere, or a user name and password as parameters. */
function olderCaller(api: XmlApi, { settings, legacySignIn }: XmlApiParts): FindCaller {
  const gate = requireAccess(api.access);
  return async (req, res, parameters) => {
    const username = parameters.get('username');
    const password = parameters.get('password');
    if (req.headers.authorization !== undefined || username === undefined || password === undefined) {
      await gate(req, res, () => {});
      return actorOf(req);
    }
    if (!settings.current().legacy_password_authentication) throw loginFailed();
    try {
      return await legacySignIn(username, password, clientAddress(req));
    } catch (error) {
      throw error instanceof ApplianceError && error.code === 'unauthenticated' ? loginFailed() : error;
    }
  };
}

/** The text is the one older scripts look for, in an answer of status 200. */
function loginFailed(): ApplianceError {
  return new ApplianceError('invalid', 'Login failed');
}

function schemaHandler(api: XmlApi): RequestHandler {
  const name = api.path.replace('/api/', '');
  const schema = readFileSync(new URL(`./${name}/${name}.xsd`, import.meta.url), 'utf8');
  return (_req, res) => {
    res.setHeader('Content-Type', XML_TYPE);
    res.end(schema.replaceAll('NAMESPACE', () => api.namespace().replaceAll('&', '&amp;')));
  };
}

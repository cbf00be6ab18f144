import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Logger } from 'pino';
import { scimProblem } from '../../appliance/directory/scim-problem.ts';
import type { ScimProvisioning } from '../../appliance/directory/scim-provisioning.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { actorOf } from '../access/access-gate.ts';
import { type HttpMethod, route } from '../access/route-table.ts';
import { errorBody, LIST_SCHEMA, scimErrors, sendScim } from './scim-answer.ts';
import { bulkAnswer, MOST_BULK_BYTES } from './scim-bulk.ts';
import { resourceTypes, schemaDocuments, serviceProviderConfig } from './scim-discovery.ts';
import { projectionOf } from './scim-projection.ts';
import { isUnchanged, questionOf, questionOfUrl, revisionsOf, type ScimQuestion } from './scim-request.ts';
import { versionOf } from './scim-resource.ts';
import {
  groupResources,
  type Json,
  type ScimAnswer,
  type ScimResources,
  type ScimServices,
  userResources,
} from './scim-resources.ts';

export interface ScimRouteParts {
  services: ScimServices;
  provisioning: ScimProvisioning;
  publicUrl: string;
  log: Logger;
}

/** The versioned form first; the shorter one is what some clients call. */
const PREFIXES = ['/api/scim/v2', '/api/scim'];
const MOST_BYTES = 4 * 1_048_576;
const JSON_TYPES = ['application/scim+json', 'application/json', '+json'];

/** SCIM 2.0 (RFC 7644) under both forms of its address. */
export function scimRoutes(parts: ScimRouteParts): Router {
  const router = Router();
  for (const prefix of PREFIXES) addRoutes(router, prefix, parts);
  router.use('/api/scim', (_req, res) => {
    sendScim(res, 404, errorBody(404, 'There is nothing at this address of the SCIM API.'));
  });
  router.use('/api/scim', scimErrors(parts.log));
  return router;
}

function addRoutes(
  router: Router,
  prefix: string,
  { services, provisioning, publicUrl, log }: ScimRouteParts,
): void {
  const base = publicUrl.replace(/\/$/, '') + prefix;
  const users = userResources(services);
  const groups = groupResources(services);
  const body = [jsonBody(MOST_BYTES), requireJson];
  const add = (method: HttpMethod, path: string, ...handlers: RequestHandler[]) =>
    route(router, method, prefix + path, 'scim', noteCall(provisioning, log), ...handlers);

  addDiscovery(router, prefix, base);
  for (const [path, resources] of [
    ['/Users', users],
    ['/Groups', groups],
  ] as const) {
    add('get', path, async (req, res) => {
      sendList(res, questionOfUrl(req), await resources.list(actorOf(req), questionOfUrl(req), base));
    });
    add('post', path, ...body, async (req, res) => {
      const answer = await resources.create(actorOf(req), req.body, base);
      res.setHeader('Location', answer.location);
      sendResource(req, res, 201, answer, resources);
    });
    add('post', `${path}/.search`, ...body, async (req, res) => {
      const question = questionOf(req.body);
      sendList(res, question, await resources.list(actorOf(req), question, base));
    });
    add('get', `${path}/:id`, async (req, res) => {
      const projection = projectionOf(resources.type, questionOfUrl(req));
      const answer = await resources.show(actorOf(req), idOf(req), projection, base);
      if (!isUnchanged(req, answer)) return sendResource(req, res, 200, answer, resources);
      res.setHeader('ETag', versionOf(answer));
      res.status(304).end();
    });
    add('put', `${path}/:id`, ...body, async (req, res) => {
      const answer = await resources.replace(actorOf(req), idOf(req), req.body, base, ifMatch(req));
      await sendChanged(req, res, answer, resources, base);
    });
    add('patch', `${path}/:id`, ...body, async (req, res) => {
      const answer = await resources.patch(actorOf(req), idOf(req), req.body, base, ifMatch(req));
      // A group may be large: it is answered when somebody asks for attributes (RFC 7644, section 3.5.2).
      if (resources.type === 'User' || req.query.attributes !== undefined) {
        return await sendChanged(req, res, answer, resources, base);
      }
      res.setHeader('ETag', versionOf(answer));
      res.status(204).end();
    });
    add('delete', `${path}/:id`, async (req, res) => {
      await resources.delete(actorOf(req), idOf(req), ifMatch(req));
      res.status(204).end();
    });
  }
  add('post', '/.search', ...body, async (req, res) => {
    const question = questionOf(req.body);
    sendList(res, question, await searchAll([users, groups], req, question, base));
  });
  add('post', '/Bulk', jsonBody(MOST_BULK_BYTES), requireJson, async (req, res) => {
    const bulk = { byPath: { users, groups }, actor: actorOf(req), base };
    const onFailure = (err: unknown) => log.error({ err }, 'unexpected failure of a SCIM bulk operation');
    sendScim(res, 200, await bulkAnswer({ ...bulk, onFailure }, req.body));
  });
  // A program is no person: there is nobody to show (RFC 7644, section 3.11).
  for (const method of ['get', 'post', 'put', 'patch', 'delete'] as const) {
    add(method, '/Me', () => {
      throw new ApplianceError('not_implemented', 'An API account is no person of the directory.');
    });
  }
}

/** Static documents, open to everybody so that a directory can find out how to sign in (RFC 7643, section 5). */
function addDiscovery(router: Router, prefix: string, base: string): void {
  const add = (path: string, answer: (req: Request) => Json | undefined) =>
    route(router, 'get', prefix + path, 'public', (req, res) => {
      if (req.query.filter !== undefined) {
        return sendScim(res, 403, errorBody(403, 'These documents cannot be filtered.'));
      }
      const document = answer(req);
      if (document === undefined) return sendScim(res, 404, errorBody(404, 'There is no such document.'));
      sendScim(res, 200, document);
    });
  const list = (documents: Json[]): Json => ({
    schemas: [LIST_SCHEMA],
    totalResults: documents.length,
    startIndex: 1,
    itemsPerPage: documents.length,
    Resources: documents,
  });
  add('/ServiceProviderConfig', () => serviceProviderConfig(base));
  for (const [path, documents] of [
    ['/ResourceTypes', resourceTypes(base)],
    ['/Schemas', schemaDocuments(base)],
  ] as const) {
    add(path, () => list(documents));
    add(`${path}/:id`, (req) =>
      documents.find(({ id }) => String(id).toLowerCase() === idOf(req).toLowerCase()),
    );
  }
}

/** Over several types, one after the other (RFC 7644, section 3.4.2.1). */
async function searchAll(
  all: readonly ScimResources[],
  req: Request,
  question: ScimQuestion,
  base: string,
): Promise<{ items: Json[]; total: number }> {
  const items: Json[] = [];
  let total = 0;
  for (const resources of all) {
    const { offset, limit } = question.query;
    const query = {
      ...question.query,
      sort: undefined,
      offset: Math.max(0, offset - total),
      limit: limit - items.length,
    };
    const page = await resources.list(actorOf(req), { ...question, query }, base, true);
    items.push(...page.items);
    total += page.total;
  }
  return { items, total };
}

function sendList(res: Response, { startIndex }: ScimQuestion, page: { items: Json[]; total: number }): void {
  sendScim(res, 200, {
    schemas: [LIST_SCHEMA],
    totalResults: page.total,
    startIndex,
    itemsPerPage: page.items.length,
    Resources: page.items,
  });
}

function sendResource(
  req: Request,
  res: Response,
  status: number,
  answer: ScimAnswer,
  { type }: ScimResources,
): void {
  res.setHeader('ETag', versionOf(answer));
  res.setHeader('Content-Location', answer.location);
  sendScim(res, status, projectionOf(type, questionOfUrl(req)).apply(answer.resource));
}

/** Groups are changed without a look at their members; who wants to see these has them read. */
async function sendChanged(
  req: Request,
  res: Response,
  answer: ScimAnswer,
  resources: ScimResources,
  base: string,
): Promise<void> {
  const projection = projectionOf(resources.type, questionOfUrl(req));
  const isWhole = resources.type === 'User' || !projection.wants('members');
  const whole = isWhole ? answer : await resources.show(actorOf(req), idOf(req), projection, base);
  sendResource(req, res, 200, whole, resources);
}

function jsonBody(limit: number): RequestHandler {
  return express.json({ type: JSON_TYPES, limit, strict: false });
}

const requireJson: RequestHandler = (req, _res, next) => {
  if (req.body === undefined) {
    throw scimProblem(
      'invalidSyntax',
      'A JSON body is needed, of the type application/scim+json or application/json.',
    );
  }
  next();
};

/** Not waited for: a call is answered whether or not it could be noted. */
function noteCall(provisioning: ScimProvisioning, log: Logger): RequestHandler {
  return (req, _res, next) => {
    provisioning
      .noteCall(actorOf(req))
      .catch((err: unknown) => log.warn({ err }, 'a call of the SCIM API could not be noted'));
    next();
  };
}

function idOf(req: Request): string {
  return String(req.params.id);
}

function ifMatch(req: Request) {
  return revisionsOf(req.headers['if-match']);
}

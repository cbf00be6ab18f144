import type { Express } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_WORDS } from '../../api/access/access-word.ts';
import { route, UNAUTHENTICATED_ROUTES } from '../../api/access/route-table.ts';
import { ContractDocument } from '../../api/contract/contract-document.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';

interface Layer {
  name: string;
  handle: { stack?: Layer[]; accessWord?: string };
  route?: { path: string; stack: { handle: { accessWord?: string }; method: string }[] };
}

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await testAppliance();
});
afterAll(() => appliance.stop());

/** Every route of the application, however deep its router is mounted. */
function routesOf(stack: Layer[]): { name: string; access: string | undefined }[] {
  return stack.flatMap((layer) => {
    if (layer.route !== undefined) {
      const [first] = layer.route.stack;
      return [
        { name: `${first!.method.toUpperCase()} ${layer.route.path}`, access: first!.handle.accessWord },
      ];
    }
    return layer.handle.stack === undefined ? [] : routesOf(layer.handle.stack);
  });
}

const contract = ContractDocument.ofThisVersion();

describe('every route', () => {
  it('declares who may call it before anything else runs', () => {
    const routes = routesOf((appliance.app as Express & { router: { stack: Layer[] } }).router.stack);
    expect(routes.length).toBeGreaterThan(4);
    expect(routes.filter((one) => one.access === undefined)).toEqual([]);
  });

  it('of the contract carries one of the access words', () => {
    const unknown = contract.operations.filter(({ access }) => !ACCESS_WORDS.some((word) => word === access));
    expect(unknown.map(({ operationId }) => operationId)).toEqual([]);
  });

  it('that needs no credential is in the one list', () => {
    const open = (access: string | undefined) => access === 'public' || access === 'own-credential';
    const routes = routesOf((appliance.app as Express & { router: { stack: Layer[] } }).router.stack);
    const served = [
      ...routes.filter((one) => open(one.access)).map((one) => one.name),
      ...contract.operations
        .filter((one) => open(one.access))
        .map((one) => `${one.method.toUpperCase()} /api/config/v1${one.path}`),
    ];
    expect(served.filter((name) => !UNAUTHENTICATED_ROUTES.has(name))).toEqual([]);
  });

  it('cannot be opened to everybody without being added to that list', () => {
    expect(() => route(appliance.app, 'get', '/brand-new', 'public', () => {})).toThrow(
      /UNAUTHENTICATED_ROUTES/,
    );
  });

  it('of the contract refuses callers without a credential, except the listed ones', async () => {
    for (const { method, path, access } of contract.operations) {
      if (access === 'public') continue;
      const url = `/api/config/v1${path.replaceAll(/\{[^}]+\}/g, '1')}`;
      const answer = await appliance.anonymous(url, { method: method.toUpperCase() });
      expect(answer.status, `${method} ${path}`).toBe(401);
      expect(await answer.json()).toMatchObject({ error: 'access_denied' });
    }
  });
});

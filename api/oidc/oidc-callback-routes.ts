import { Router } from 'express';
import type { SignInBeginnings } from '../../appliance/access/sign-in-beginnings.ts';
import { route } from '../access/route-table.ts';
import { type ProviderReturn, sendOn } from '../web/provider-return.ts';

/** What an OpenID provider may say to a client by way of a browser (OpenID Connect Core 1.0, RFC 9207). */
const PARAMETERS = ['state', 'code', 'iss', 'error', 'error_description'];
const LARGEST_ID = 2_147_483_647;

/** Where OpenID providers send browsers back to: one address for each provider. */
export function oidcCallbackRoutes(beginnings: Pick<SignInBeginnings, 'returned'>): Router {
  const router = Router();
  route(router, 'get', '/oidc/callback/:id', 'public', async (req, res) => {
    await sendOn(res, beginnings, returnOf(String(req.params['id']), req.originalUrl));
  });
  return router;
}

function returnOf(id: string, path: string): ProviderReturn {
  const { searchParams } = new URL(path, 'http://here.invalid');
  const given = PARAMETERS.filter((name) => searchParams.has(name));
  const parameters = Object.fromEntries(given.map((name) => [name, searchParams.get(name)!]));
  // One that is given twice means one thing here and another elsewhere.
  const clear = given.every((name) => searchParams.getAll(name).length === 1);
  const providerId = Number(id);
  const known = /^\d{1,10}$/.test(id) && providerId <= LARGEST_ID;
  return { providerId, state: clear && known ? parameters['state'] : undefined, parameters };
}

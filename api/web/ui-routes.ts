import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler, Router } from 'express';
import { route } from '../access/route-table.ts';
import { styleNonceOf } from '../http/security-headers.ts';

/** The word that the build leaves where the nonce of each answer goes. */
const NONCE_WORD = /__CSP_NONCE__/g;

/**
 * The built pages: `/login` and `/console` with every address below them, and their assets. `uiDir` is what the UI
 * build made; when there is none, the pages say how to make one and every API works all the same.
 */
export function uiRoutes(uiDir: string): Router {
  const router = Router();
  route(router, 'get', '/', 'public', (_req, res) => {
    res.redirect(302, '/login');
  });
  route(router, 'get', '/login{/*page}', 'public', surface(join(uiDir, 'login.html')));
  route(router, 'get', '/console{/*page}', 'public', surface(join(uiDir, 'console.html')));
  // Names of assets carry a hash of their content, except the icon.
  const assets = express.static(uiDir, { immutable: true, maxAge: '365d', index: false, redirect: false });
  route(router, 'get', '/assets/*file', 'public', assets);
  return router;
}

function surface(file: string): RequestHandler {
  let page: string | undefined;
  return (_req, res) => {
    page ??= readIfBuilt(file);
    if (page === undefined) {
      res
        .status(503)
        .type('text/plain')
        .send('The screens have not been built. Run `npm run build` and try again.\n');
      return;
    }
    res.setHeader('Cache-Control', 'no-store');
    res.type('text/html').send(page.replace(NONCE_WORD, styleNonceOf(res)));
  };
}

function readIfBuilt(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { route } from '../access/route-table.ts';
import type { ContractDocument } from './contract-document.ts';
import { ReferencePage } from './reference-page.ts';

/** The browsable reference, beside the document it shows and for the same callers. */
export function referenceRoutes(document: ContractDocument, basePath: string): Router {
  const page = new ReferencePage(document, basePath);
  const router = Router();
  route(router, 'get', `${basePath}/reference`, 'configuration-or-signed-in', (_req, res) => {
    const nonce = randomBytes(16).toString('base64url');
    res.setHeader(
      'Content-Security-Policy',
      `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    res.type('html').send(page.html(nonce));
  });
  return router;
}

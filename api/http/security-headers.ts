import { randomBytes } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';
import type { SiteOrigins } from '../access/site-origins.ts';

const HSTS = 'max-age=31536000';

/** The value for `nonce` of inline styles on this page. */
export function styleNonceOf(res: Response): string {
  return String(res.locals['styleNonce']);
}

/**
 * Answers of the APIs carry a few fixed headers; pages carry the full set of a browser's defences, with a nonce for
 * the styles that terminal and component library inject. `connect-src` names every process, since relay tickets do.
 */
export function securityHeaders(
  site: SiteOrigins,
  options: {
    tls: boolean;
    /** Origins of identity providers that a sign-in page posts a form to. */
    formTargets: () => Promise<readonly string[]>;
  },
): RequestHandler {
  const pages = pageHeaders(site, options);
  return (req, res, next) => {
    if (!/^\/(api|oauth2|agent|relay)\//.test(req.path)) {
      pages(req, res, next);
      return;
    }
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
    if (options.tls) res.setHeader('Strict-Transport-Security', HSTS);
    next();
  };
}

function pageHeaders(
  site: SiteOrigins,
  { tls, formTargets }: Parameters<typeof securityHeaders>[1],
): RequestHandler {
  const helmetForPages = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        styleSrc: ["'self'", (_req, res) => `'nonce-${styleNonceOf(res as Response)}'`],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", () => socketOrigins(site)],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'", (_req, res) => formTargetsOf(res as Response)],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: tls ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  return async (req, res, next) => {
    res.locals['styleNonce'] = randomBytes(16).toString('base64url');
    const isPage = /^\/(login|console)(\/|$)/.test(req.path);
    res.locals['formTargets'] = isPage ? await formTargets() : [];
    helmetForPages(req, res, next);
  };
}

function formTargetsOf(res: Response): string {
  return (res.locals['formTargets'] as readonly string[]).join(' ');
}

/** `'self'` does not cover the WebSocket of one's own origin in every browser, so it is named as well. */
function socketOrigins(site: SiteOrigins): string {
  const origins = new Set([site.publicOrigin, ...site.nodeOrigins()]);
  return [...origins].flatMap((origin) => [origin, origin.replace(/^http/, 'ws')]).join(' ');
}

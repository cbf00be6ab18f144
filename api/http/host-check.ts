import type { RequestHandler } from 'express';
import { isKnownHost, type SiteOrigins } from '../access/site-origins.ts';

/**
 * Answers 421 to a Host this site does not go by, so that a name somebody else points at it (DNS rebinding, poisoned
 * links) is worth nothing. Health routes are mounted before it.
 */
export function hostCheck(site: SiteOrigins): RequestHandler {
  return (req, res, next) => {
    if (isKnownHost(site, req.headers.host)) next();
    else res.status(421).json({ message: 'This server does not answer for that host name.' });
  };
}

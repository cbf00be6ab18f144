import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { ApplianceError } from '../../appliance/errors.ts';
import { STATUS } from '../error-status.ts';
import { requestIdOf } from '../request-log.ts';
import { renderDocument, type XmlElement, xml } from './xml-renderer.ts';

/** The headers every answer of the XML APIs carries, as collectors have seen them. */
export function xmlHeaders(res: Response): void {
  res.set({
    'Cache-Control': 'must-revalidate, no-cache, no-store, post-check=0, pre-check=0, private',
    Vary: 'X-Requested-With,Authorization',
    Connection: 'close',
  });
}

export const XML_TYPE = 'text/xml; charset=UTF-8';

/** Answers one whole document. What the caller accepts does not matter: it is XML. */
export function sendXml(res: Response, root: XmlElement, namespace: string): void {
  const document = Buffer.from(renderDocument(root, namespace), 'utf8');
  // Not res.send, which would rewrite the character set in small letters.
  res.setHeader('Content-Type', XML_TYPE);
  res.setHeader('Content-Length', document.length);
  res.end(document);
}

const INSIDE = 'xmlCallIsInside';

/** Notes that the access gate has let the call in: a refusal from here on is an answer of the call itself. */
export function enterXmlCall(res: Response): void {
  res.locals[INSIDE] = true;
}

/**
 * Every failure of an XML call is an `<error>` with status 200, because that is what callers look for. What stopped
 * the call before it was one keeps its status: 401 (in JSON, like everywhere), 403, 429; and so does our own trouble,
 * 500 and 503, which a caller should try again.
 */
export function xmlErrors(namespace: () => string, log: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) {
      log.error({ requestId: requestIdOf(res), err: error }, 'failed in the middle of an XML answer');
      // Cut short on purpose: an incomplete document must not look like a complete one.
      res.destroy();
      return;
    }
    if (!(error instanceof ApplianceError)) {
      if (isClientAbort(error)) return next(error);
      log.error({ requestId: requestIdOf(res), err: error }, 'unexpected failure');
      res.status(500);
      sendXml(
        res,
        xml('error', `Something went wrong here. Quote ${requestIdOf(res)} when you report it.`),
        namespace(),
      );
      return;
    }
    if (error.cause !== undefined) log.warn({ requestId: requestIdOf(res), err: error.cause }, error.message);
    if (error.code === 'unauthenticated') {
      res.status(401).json({ error: 'access_denied', message: error.message });
      return;
    }
    const stoppedAtTheDoor = error.code === 'forbidden' && res.locals[INSIDE] !== true;
    if (stoppedAtTheDoor || error.code === 'rate_limited' || error.code === 'unavailable')
      res.status(STATUS[error.code]);
    sendXml(res, xml('error', error.message), namespace());
  };
}

function isClientAbort(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'ECONNRESET';
}

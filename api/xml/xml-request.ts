import type { Request } from 'express';
import { ApplianceError, invalidField } from '../../appliance/errors.ts';
import { formDataOf } from './form-data.ts';

/** The parameters of one call: query and form together. */
export type XmlParameters = ReadonlyMap<string, string>;

const LARGEST_BODY = 1_048_576;

/**
 * Reads the parameters of a call from the query and, with POST, from the form; where both have one the form wins, and
 * of several of one name the last. A body without a content type, or with a wrong one, is read as a form, because
 * scripts send that; multipart works too. Fails with `invalid` on a body that is no form or too large, and on NUL.
 */
export async function readParameters(req: Request): Promise<XmlParameters> {
  const parameters = new Map(new URLSearchParams(queryOf(req)));
  if (req.method === 'POST') {
    for (const [name, value] of await formOf(req)) parameters.set(name, value);
  }
  for (const [name, value] of parameters) {
    if (name.includes('\0') || value.includes('\0')) {
      const shown = name.replaceAll('\0', '');
      throw invalidField(shown, `The parameter "${shown}" holds a NUL character.`);
    }
  }
  return parameters;
}

/** The query exactly as it came, without its question mark. */
export function queryOf(req: Request): string {
  const start = req.originalUrl.indexOf('?');
  return start < 0 ? '' : req.originalUrl.slice(start + 1);
}

async function formOf(req: Request): Promise<Iterable<[string, string]>> {
  const body = await bodyOf(req);
  if (body.length === 0) return [];
  const type = req.headers['content-type'] ?? '';
  if (/^multipart\/form-data\b/i.test(type)) return formDataOf(body, type);
  if (/^[^;]*\b(json|xml)\b/i.test(type)) {
    throw new ApplianceError('invalid', 'Send the parameters as application/x-www-form-urlencoded.');
  }
  return new URLSearchParams(body.toString('utf8'));
}

async function bodyOf(req: Request): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of req as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > LARGEST_BODY) throw new ApplianceError('invalid', 'The request body is too large.');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

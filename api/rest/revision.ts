import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';
import type { Revised } from '../../appliance/revision.ts';

/** Names the revision of the object that is answered. */
export function setRevision(res: Response, { revision }: Revised): void {
  res.setHeader('ETag', `"${revision}"`);
}

/** Answers an object and names its revision. */
export function sendRevised<T extends Revised>(
  res: Response,
  object: T,
  toAnswer: (object: T) => unknown,
): void {
  setRevision(res, object);
  res.json(toAnswer(object));
}

/** The revisions that `If-Match` asks for; undefined when any will do. A name that is none of ours matches nothing. */
export function revisionsOf(req: IncomingMessage): number[] | undefined {
  const header = req.headers['if-match'];
  if (header === undefined || header.trim() === '*') return undefined;
  return header
    .split(',')
    .map((tag) => /^\s*(?:W\/)?"?(\d{1,9})"?\s*$/.exec(tag)?.[1])
    .filter((revision) => revision !== undefined)
    .map(Number);
}

import type { Request } from 'express';
import { ApplianceError } from '../../appliance/errors.ts';
import { RequestRefusal } from '../contract/request-refusal.ts';

/** How long the rest of a refused upload is read and dropped, so that its sender gets to read the answer. */
const DRAIN_MS = 10_000;

/** Hands the body over as it comes. A sender whose file is refused is still heard out, or it would miss the answer. */
export async function receiving<T>(
  req: Request,
  work: (content: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new RequestRefusal(415, 'Send the file without Content-Encoding.');
  }
  try {
    return await work(req.iterator({ destroyOnReturn: false }));
  } catch (error) {
    await drained(req);
    const tooLarge = error instanceof ApplianceError && error.facts?.maximum_bytes !== undefined;
    throw tooLarge ? new RequestRefusal(413, error.message) : error;
  }
}

async function drained(req: Request): Promise<void> {
  if (req.readableEnded || req.destroyed) return;
  await new Promise<void>((resolve) => {
    const patience = setTimeout(resolve, DRAIN_MS);
    for (const event of ['end', 'close', 'error']) {
      req.once(event, () => {
        clearTimeout(patience);
        resolve();
      });
    }
    req.resume();
  });
}

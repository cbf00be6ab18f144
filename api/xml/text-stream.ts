import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

/** Enough text to make one write worth while. */
const PIECE = 65_536;

/**
 * Writes text as it comes, never faster than the caller reads, and ends the answer. When the caller goes away the
 * source is told to stop and this resolves: nobody is left to be told. When the source fails, the answer is cut short,
 * so that it cannot be taken for a whole one, and this fails with the cause.
 */
export async function streamText(res: Response, pieces: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(coalesced(pieces)), res);
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

async function* coalesced(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let waiting = '';
  for await (const piece of pieces) {
    waiting += piece;
    if (waiting.length >= PIECE) {
      yield waiting;
      waiting = '';
    }
  }
  if (waiting !== '') yield waiting;
}

import type { Request, Response } from 'express';
import type { Actor } from '../../../appliance/actor.ts';
import { type ImportJob, isAtRest } from '../../../appliance/jump/import/import-job.ts';
import type { ImportService } from '../../../appliance/jump/import/import-service.ts';
import { toJob } from './import-wire.ts';

/** Comment lines that keep proxies from closing a quiet stream. */
const KEEP_ALIVE_MS = 15_000;
/** A reader this far behind gets the next state when it has caught up; every event is the whole state. */
const MAX_BACKLOG = 64 * 1024;

/**
 * Server-sent events: the job now and whenever it changes, `finished` when it is at rest, then the end. The id of an
 * event is the revision of the job; a reader that comes back with `Last-Event-ID` is not told the same again.
 */
export async function streamJob(
  imports: ImportService,
  actor: Actor,
  id: string,
  req: Request,
  res: Response,
): Promise<void> {
  const job = await imports.show(actor, id);
  res.status(200);
  res.setHeader('Content-Type', 'text/event-stream');
  res.setHeader('Cache-Control', 'no-store');
  // Asks reverse proxies not to collect the stream before passing it on.
  res.setHeader('X-Accel-Buffering', 'no');
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  res.flushHeaders();
  res.write('retry: 1000\n\n');

  let told = Number(req.headers['last-event-id'] ?? 0);
  let end: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const tell = (now: ImportJob) => {
    const atRest = isAtRest(now.state);
    if (!atRest && (now.revision <= told || res.writableLength > MAX_BACKLOG)) return;
    told = now.revision;
    const event = atRest ? 'finished' : 'progress';
    res.write(`id: ${now.revision}\nevent: ${event}\ndata: ${JSON.stringify(toJob(now))}\n\n`);
    if (atRest) end();
  };
  res.once('close', end);
  const keepAlive = setInterval(() => res.write(':\n\n'), KEEP_ALIVE_MS);
  const leave = isAtRest(job.state) ? tellOnce(tell, job) : await imports.watch(actor, id, tell);
  await ended;
  clearInterval(keepAlive);
  leave();
  res.end();
}

function tellOnce(tell: (job: ImportJob) => void, job: ImportJob): () => void {
  tell(job);
  return () => {};
}

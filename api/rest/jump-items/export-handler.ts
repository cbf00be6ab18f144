import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApplianceError } from '../../../appliance/errors.ts';
import { CSV_HEADER, csvLineOf, isExported } from '../../../appliance/jump/jump-item-csv.ts';
import type { NamedJumpItem } from '../../../appliance/jump/jump-item-search.ts';
import type { JumpItemService } from '../../../appliance/jump/jump-item-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { Handler } from '../../contract/handlers.ts';
import { searchQueryOf } from './search-query.ts';

/** Each running export holds a database connection for as long as its reader takes. */
const AT_ONCE = 3;
const READER_PATIENCE_MS = 60_000;

/**
 * Streams every hit as CSV in constant memory. Personal items are left out: a file names the owner of an item by the
 * code name of its Jump Group. So are Jump Clients, which no file can make.
 */
export function exportHandler({
  jumpItems,
}: {
  jumpItems: JumpItemService;
}): Handler<'api.config.jump-item.export'> {
  let running = 0;
  return async (req, res) => {
    const query = searchQueryOf(req.query);
    const batches = jumpItems.export(actorOf(req), {
      ...query,
      jumpGroupType: query.jumpGroupType ?? 'shared',
    });
    if (running >= AT_ONCE) {
      throw new ApplianceError('unavailable', 'Too many exports are running. Try again in a moment.');
    }
    running += 1;
    try {
      const lines = csvLines(batches);
      // A search that fails is answered as a failure: nothing has left before the first line.
      const first = await lines.next();
      res.setHeader('Content-Type', 'text/csv; charset=utf-8');
      res.setHeader('Content-Disposition', 'attachment; filename="jump-items.csv"');
      if (req.method === 'HEAD') {
        await lines.return(undefined);
        res.end();
        return;
      }
      res.socket?.setTimeout(READER_PATIENCE_MS, () => res.destroy());
      await pipeline(Readable.from(preceded(first, lines), { objectMode: false }), res);
    } catch (error) {
      if (!isGone(error)) throw error;
    } finally {
      res.socket?.setTimeout(0);
      running -= 1;
    }
  };
}

async function* csvLines(batches: AsyncIterable<NamedJumpItem[]>): AsyncGenerator<string, void, undefined> {
  let header = CSV_HEADER;
  for await (const batch of batches) {
    yield header + batch.filter(isExported).map(csvLineOf).join('');
    header = '';
  }
  if (header !== '') yield header;
}

async function* preceded(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

/** The reader hung up: nobody is left to tell. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

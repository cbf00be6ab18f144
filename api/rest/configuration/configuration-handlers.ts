import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { ConfigurationPlan } from '../../../appliance/configuration/configuration-plan.ts';
import type {
  ConfigurationService,
  ExportedConfiguration,
} from '../../../appliance/configuration/configuration-service.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { AnswerOf, Handlers } from '../../contract/handlers.ts';
import { receiving } from '../received-body.ts';
import { FORMAT, readTree } from './document-lines.ts';

const READER_PATIENCE_MS = 60_000;
/** Longer plans leave in pieces, so that nobody else waits until they are written. */
const LONG_PLAN = 1_000;

export function configurationAsCodeHandlers({
  configuration,
}: {
  configuration: ConfigurationService;
}): Partial<Handlers> {
  return {
    'api.config.configuration.show': async (req, res) => {
      const types = req.query.type?.split(',').map((name) => name.trim());
      await configuration.export(actorOf(req), types, (exported) => sendExport(exported, req as never, res));
    },
    'api.config.configuration.plan': async (req, res) => {
      const tree = await receiving(req as never, readTree);
      await sendPlan(await configuration.plan(actorOf(req), tree, req.query.prune ?? false), res);
    },
    'api.config.configuration.apply': async (req, res) => {
      const tree = await receiving(req as never, readTree);
      const { fingerprint, prune = false } = req.query;
      await sendPlan(await configuration.apply(actorOf(req), tree, { prune, fingerprint }), res);
    },
  };
}

async function sendExport(exported: ExportedConfiguration, req: Request, res: Response): Promise<void> {
  const lines = exportLines(exported);
  // A caller who is refused or meets a failure at once gets it as an answer: nothing has left before the first line.
  const first = await lines.next();
  res.setHeader('Content-Type', 'application/x-ndjson; charset=utf-8');
  if (req.method === 'HEAD') {
    await lines.return(undefined);
    res.end();
    return;
  }
  res.socket?.setTimeout(READER_PATIENCE_MS, () => res.destroy());
  try {
    await pipeline(Readable.from(preceded(first, lines), { objectMode: false }), res);
  } catch (error) {
    if (!isGone(error)) throw error;
  } finally {
    res.socket?.setTimeout(0);
  }
}

async function* exportLines({
  types,
  leftOut,
  read,
}: ExportedConfiguration): AsyncGenerator<string, void, undefined> {
  const keys = Object.fromEntries(types.map(({ name, key = '' }) => [name, key]));
  yield `${JSON.stringify({ format: FORMAT, types: Object.keys(keys), keys, left_out: leftOut })}\n`;
  for (const type of types) {
    for await (const { fields } of read(type)) {
      yield `${JSON.stringify({ type: type.name, fields })}\n`;
    }
  }
  // A reader who does not get this line has not got everything.
  yield `${JSON.stringify({ complete: true })}\n`;
}

async function* preceded(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

async function sendPlan(plan: ConfigurationPlan, res: Response): Promise<void> {
  const answer: AnswerOf<'api.config.configuration.plan', 200> = plan;
  if (plan.changes.length <= LONG_PLAN) {
    res.json(answer);
    return;
  }
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  await pipeline(Readable.from(planPieces(plan), { objectMode: false }), res);
}

function* planPieces({ changes, ...rest }: ConfigurationPlan): Generator<string, void, undefined> {
  yield `${JSON.stringify(rest).slice(0, -1)},"changes":[`;
  for (const [index, change] of changes.entries()) yield `${index === 0 ? '' : ','}${JSON.stringify(change)}`;
  yield ']}';
}

/** The reader hung up: nobody is left to tell. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { components } from '../../api/generated/openapi.ts';
import type { Fields } from '../../appliance/configuration/configuration-document.ts';
import { CommandFailure } from '../command.ts';
import type { Server } from '../server.ts';
import type { ConfigurationFiles } from './configuration-files.ts';

export type Plan = components['schemas']['ConfigurationPlan'];
type Line = components['schemas']['ConfigurationLine'];

export interface ExportedType {
  name: string;
  /** Empty where there is exactly one object. */
  key: string;
  objects: { key: string; fields: Fields }[];
}

export async function requestPlan(server: Server, files: ConfigurationFiles, prune: boolean): Promise<Plan> {
  return await server.call<Plan>('POST', '/configuration/plan', { query: { prune }, ...upload(files) });
}

export async function requestApply(
  server: Server,
  files: ConfigurationFiles,
  query: { prune: boolean; fingerprint: string },
): Promise<Plan> {
  return await server.call<Plan>('POST', '/configuration/apply', { query, ...upload(files) });
}

/** One type after the other, so that no more than one is held. Fails when the server stops in the middle. */
export async function* requestExport(
  server: Server,
  type: string | undefined,
  leftOut: (type: string, reason: string) => void,
): AsyncGenerator<ExportedType, void, undefined> {
  const answer = await server.open('GET', '/configuration', {
    query: { type },
    headers: { accept: 'application/x-ndjson' },
  });
  let types: ExportedType[] = [];
  let current = 0;
  let complete = false;
  for await (const line of linesOf(answer)) {
    if (line.types !== undefined) {
      types = line.types.map((name) => ({ name, key: line.keys?.[name] ?? '', objects: [] }));
      for (const [name, reason] of Object.entries(line.left_out ?? {})) leftOut(name, reason);
    } else if (line.complete === true) {
      complete = true;
    } else {
      while (types[current] !== undefined && types[current]!.name !== line.type)
        yield* handedOver(types, current++);
      const type = types[current];
      if (type === undefined)
        throw new CommandFailure(`The server sent an object of ${line.type} out of turn.`);
      const fields = line.fields as Fields;
      type.objects.push({ key: type.key === '' ? '' : String(fields[type.key]), fields });
    }
  }
  if (!complete)
    throw new CommandFailure('The server stopped in the middle of the export. Nothing is complete.');
  while (types[current] !== undefined) yield* handedOver(types, current++);
}

/** What the caller is done with is not kept. */
function* handedOver(types: ExportedType[], index: number): Generator<ExportedType, void, undefined> {
  const type = types[index]!;
  yield type;
  type.objects = [];
}

async function* linesOf(answer: Response): AsyncGenerator<Line, void, undefined> {
  if (answer.body === null) return;
  const input = Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]);
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (text !== '') yield JSON.parse(text) as Line;
    }
  } catch (error) {
    throw new CommandFailure(`The export broke off: ${(error as Error).message}`);
  }
}

function upload(files: ConfigurationFiles) {
  return {
    headers: { 'content-type': 'application/x-ndjson' },
    body: Readable.toWeb(Readable.from(files.body())) as unknown as NonNullable<RequestInit['body']>,
  };
}

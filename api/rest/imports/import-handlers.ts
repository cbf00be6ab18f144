import { ApplianceError, invalidField } from '../../../appliance/errors.ts';
import type { ImportOptions } from '../../../appliance/jump/import/import-job.ts';
import type { ImportService } from '../../../appliance/jump/import/import-service.ts';
import { JUMP_ITEM_KINDS } from '../../../appliance/jump/jump-item.ts';
import { KINDS } from '../../../appliance/jump/jump-item-kinds.ts';
import { actorOf } from '../../access/access-gate.ts';
import type { Handlers } from '../../contract/handlers.ts';
import { receiving } from '../received-body.ts';
import { cursorOfJob, cursorOfProblem, jobAt, problemAt, toJob, toProblem } from './import-wire.ts';
import { streamJob } from './job-event-stream.ts';

const DEFAULT_LIMIT = 100;

export function importHandlers({ imports }: { imports: ImportService }): Partial<Handlers> {
  return {
    'api.config.jump-item.import': async (req, res) => {
      const { query } = req;
      const name = query.file_name ?? '';
      const chosen: Partial<ImportOptions> = {
        dryRun: query.dry_run ?? false,
        mode: query.mode ?? 'all_or_nothing',
        createGroups: query.create_groups ?? false,
        prune: query.prune ?? 'none',
        pruneScope: query.prune_scope ?? 'groups_in_file',
        delimiter: query.delimiter ?? 'auto',
        format: formatOf(req.headers['content-type'], name),
        kind: query.type ?? null,
      };
      const job = await receiving(req as never, (content) =>
        imports.start(actorOf(req), { name, content }, chosen),
      );
      const path = `${String(res.locals.publicUrl)}${String(res.locals.basePath)}/import-job/${job.id}`;
      res.status(202).location(path).json(toJob(job));
    },
    'api.config.jump-item.import-template': (req, res) => {
      const { kind: word } = req.params;
      const kind = JUMP_ITEM_KINDS.find(
        (known) => KINDS[known].path === word || known.replaceAll('_', '-') === word,
      );
      if (kind === undefined) throw new ApplianceError('not_found', 'There is no such kind of Jump Item.');
      res.setHeader('Content-Disposition', `attachment; filename="${req.params.kind}.csv"`);
      res.type('text/csv').send(imports.template(kind));
    },
    'api.config.import-job.index': async (req, res) => {
      const limit = req.query.limit ?? DEFAULT_LIMIT;
      const before = req.query.cursor === undefined ? undefined : jobAt(req.query.cursor);
      const jobs = await imports.list(actorOf(req), { before, limit: limit + 1 });
      const items = jobs.slice(0, limit);
      const last = items.at(-1);
      const next = jobs.length > limit && last !== undefined ? cursorOfJob(last) : null;
      res.json({ items: items.map(toJob), next_cursor: next });
    },
    'api.config.import-job.show': async (req, res) => {
      res.json(toJob(await imports.show(actorOf(req), req.params.id)));
    },
    'api.config.import-job.events': (req, res) =>
      streamJob(imports, actorOf(req), req.params.id, req as never, res),
    'api.config.import-job.problem.index': async (req, res) => {
      const limit = req.query.limit ?? DEFAULT_LIMIT;
      const after = req.query.cursor === undefined ? undefined : problemAt(req.query.cursor);
      const page = await imports.problems(actorOf(req), req.params.id, { after, limit: limit + 1 });
      const items = page.items.slice(0, limit);
      const last = items.at(-1);
      const next = page.items.length > limit && last !== undefined ? cursorOfProblem(last) : null;
      res.json({ items: items.map(toProblem), total: page.total, next_cursor: next });
    },
    'api.config.import-job.apply': async (req, res) => {
      res.status(202).json(toJob(await imports.apply(actorOf(req), req.params.id)));
    },
    'api.config.import-job.cancel': async (req, res) => {
      res.status(202).json(toJob(await imports.cancel(actorOf(req), req.params.id)));
    },
  };
}

function formatOf(contentType: string | undefined, name: string): ImportOptions['format'] {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/x-ndjson') return 'json_lines';
  if (type === 'text/csv') return 'csv';
  if (type === '' || type === 'application/octet-stream') {
    return /\.(jsonl|ndjson)$/i.test(name) ? 'json_lines' : 'csv';
  }
  throw invalidField(
    'Content-Type',
    'Send the file as text/csv, application/x-ndjson or application/octet-stream.',
  );
}

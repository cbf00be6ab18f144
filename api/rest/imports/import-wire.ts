import { dateTime } from '../../../appliance/date-time.ts';
import { invalidField } from '../../../appliance/errors.ts';
import { type ImportJob, progressOf } from '../../../appliance/jump/import/import-job.ts';
import type { ProblemKey, ProblemPage } from '../../../appliance/jump/import/import-ports.ts';
import type { AnswerOf } from '../../contract/handlers.ts';
import { dateTimeOrNull } from '../date-times.ts';

type WireJob = AnswerOf<'api.config.import-job.show', 200>;
type WireProblem = AnswerOf<'api.config.import-job.problem.index', 200>['items'][number];

export function toJob(job: ImportJob): WireJob {
  return {
    id: job.id,
    state: job.state,
    created_by: job.createdBy,
    created_at: dateTime(job.createdAt),
    finished_at: dateTimeOrNull(job.finishedAt),
    file_name: job.fileName,
    options: {
      dry_run: job.options.dryRun,
      mode: job.options.mode,
      create_groups: job.options.createGroups,
      prune: job.options.prune,
      prune_scope: job.options.pruneScope,
      delimiter: job.options.delimiter,
      type: job.options.kind,
    },
    bytes_total: job.bytesTotal,
    bytes_validated: job.bytesValidated,
    rows_validated: job.rowsValidated,
    rows_bad: job.rowsBad,
    rows_to_apply: job.rowsToApply,
    rows_applied: job.rowsApplied,
    created_count: job.createdCount,
    updated_count: job.updatedCount,
    unchanged_count: job.unchangedCount,
    pruned_count: job.prunedCount,
    groups_created: job.groupsCreated,
    progress: Math.round(progressOf(job) * 10_000) / 10_000,
    failure: job.failure,
  };
}

export function toProblem({ line, column, value, reason }: ProblemPage['items'][number]): WireProblem {
  return { line, column, value, reason };
}

export function cursorOfJob(job: ImportJob): string {
  return Buffer.from(`import:${job.createdAt.getTime()}:${job.id}`).toString('base64url');
}

export function jobAt(cursor: string): { createdAt: Date; id: string } {
  const [, time, id] =
    /^import:(\d{1,15}):([0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (time === undefined || id === undefined) throw notACursor();
  return { createdAt: new Date(Number(time)), id };
}

export function cursorOfProblem({ line, position }: ProblemKey): string {
  return Buffer.from(`problem:${line}:${position}`).toString('base64url');
}

export function problemAt(cursor: string): ProblemKey {
  const [, line, position] =
    /^problem:(\d{1,9}):(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (line === undefined || position === undefined) throw notACursor();
  return { line: Number(line), position: Number(position) };
}

function notACursor() {
  return invalidField('cursor', 'This is not a cursor of this list.');
}

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { components } from '../../api/generated/openapi.ts';
import {
  type Arguments,
  type Command,
  CommandFailure,
  EXIT,
  JSON_OPTION,
  SERVER_OPTIONS,
  usageFailure,
} from '../command.ts';
import { note, say, sayJson, table } from '../output.ts';
import { ProgressBar } from '../progress-bar.ts';
import { type Server, signedInServer } from '../server.ts';
import { confirm, withKeys } from '../terminal/ask.ts';

type ImportJob = components['schemas']['ImportJob'];
type Problem = components['schemas']['ImportProblem'];
type ProblemList = components['schemas']['ImportProblemList'];

const POLL_MS = 300;
const PROBLEMS_SHOWN = 50;

export const importItems: Command = {
  words: 'import',
  operands: 'FILE',
  summary: 'import Jump Items from a CSV or JSON lines file',
  details: `FILE is CSV (comma, semicolon or tab) or, when it ends in .jsonl or .ndjson, one JSON object per line; - is
standard input. Nothing is changed unless every row is good, or --keep-good-rows is given.
Exit codes: 0 imported, 4 rows were bad, 1 anything else.`,
  options: {
    ...SERVER_OPTIONS,
    ...JSON_OPTION,
    'dry-run': {
      type: 'boolean',
      short: 'n',
      help: 'check every row and say what would happen; change nothing',
    },
    'keep-good-rows': { type: 'boolean', help: 'import the good rows even when others are bad' },
    'create-groups': { type: 'boolean', help: 'create Jump Groups that the file names and the site lacks' },
    prune: {
      type: 'boolean',
      help: 'remove items that the file no longer names, once you have agreed to their number',
    },
    'prune-all-groups': { type: 'boolean', help: 'prune in every Jump Group, not only in those of the file' },
    yes: { type: 'boolean', short: 'y', help: 'agree to the removals without being asked' },
    type: {
      type: 'string',
      value: 'KIND',
      help: 'kind of the rows that do not tell theirs, e.g. shell_jump',
    },
    delimiter: { type: 'string', value: 'WORD', help: 'comma, semicolon or tab; default: found out' },
    jsonl: { type: 'boolean', help: 'the file is JSON lines, whatever its name' },
    detach: { type: 'boolean', help: 'upload, print the id of the job and leave' },
    job: { type: 'boolean', help: 'FILE is the id of a job: follow it' },
    apply: { type: 'boolean', help: 'FILE is the id of a finished dry run: apply it' },
    cancel: { type: 'boolean', help: 'FILE is the id of a job: cancel it' },
  },
  operandCount: { from: 1, to: 1 },
  async run(args) {
    const server = await signedInServer(args);
    const operand = args.operands[0]!;
    if (args.flag('cancel')) {
      await server.call('POST', `/import-job/${jobId(operand)}/cancel`);
      say(`The job ${operand} stops; nothing of it is applied.`);
      return EXIT.done;
    }
    const job = await begin(server, operand, args);
    if (args.flag('detach')) {
      if (args.flag('json')) sayJson(job);
      else say(job.id);
      return EXIT.done;
    }
    const finished = await follow(server, job);
    return report(server, await agreed(server, finished, args), args);
  },
};

async function begin(server: Server, operand: string, args: Arguments): Promise<ImportJob> {
  if (args.flag('job')) return server.call('GET', `/import-job/${jobId(operand)}`);
  if (args.flag('apply')) return server.call('POST', `/import-job/${jobId(operand)}/apply`);
  return upload(server, operand, args);
}

async function upload(server: Server, file: string, args: Arguments): Promise<ImportJob> {
  const size = file === '-' ? undefined : await sizeOf(file);
  const bar = new ProgressBar();
  let sent = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length;
      if (size !== undefined) bar.show('Uploading', size === 0 ? 1 : sent / size, megabytes(sent));
      done(null, chunk);
    },
  });
  const source = file === '-' ? process.stdin : createReadStream(file);
  source.on('error', (error: Error) => counter.destroy(error));
  const lines = args.flag('jsonl') || /\.(jsonl|ndjson)$/i.test(file);
  try {
    return await server.call<ImportJob>('POST', '/jump-item/import', {
      query: {
        file_name: file === '-' ? 'standard input' : basename(file),
        dry_run: args.flag('dry-run'),
        mode: args.flag('keep-good-rows') ? 'keep_good_rows' : 'all_or_nothing',
        create_groups: args.flag('create-groups'),
        prune: args.flag('prune') ? 'apply' : 'none',
        prune_scope: args.flag('prune-all-groups') ? 'all_groups' : 'groups_in_file',
        delimiter: args.text('delimiter'),
        type: args.text('type'),
      },
      headers: { 'content-type': lines ? 'application/x-ndjson' : 'text/csv' },
      body: Readable.toWeb(source.pipe(counter)) as unknown as NonNullable<RequestInit['body']>,
    });
  } finally {
    bar.end();
  }
}

/** Asks until the job is finished. Ctrl-C leaves it running. */
async function follow(server: Server, started: ImportJob): Promise<ImportJob> {
  const bar = new ProgressBar();
  const leave = () => {
    bar.end();
    note(
      `The import goes on. Follow it with: bh import --job ${started.id}\nStop it with:   bh import --cancel ${started.id}`,
    );
    process.exit(EXIT.interrupted);
  };
  process.once('SIGINT', leave);
  try {
    let job = started;
    while (job.finished_at === null && job.state !== 'validated') {
      bar.show(STATE_WORDS[job.state], job.progress, detailOf(job));
      await sleep(POLL_MS);
      job = await server.call<ImportJob>('GET', `/import-job/${job.id}`);
    }
    return job;
  } finally {
    bar.end();
    process.off('SIGINT', leave);
  }
}

const STATE_WORDS: Record<ImportJob['state'], string> = {
  uploading: 'Uploading',
  queued: 'Waiting',
  validating: 'Checking',
  validated: 'Checked',
  applying: 'Applying',
  succeeded: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

function detailOf(job: ImportJob): string {
  const bad = job.rows_bad === 0 ? '' : `, ${count(job.rows_bad, 'bad row')}`;
  return job.state === 'applying'
    ? `${figure(job.rows_applied)} of ${count(job.rows_to_apply, 'row')}`
    : `${count(job.rows_validated, 'row')}${bad}`;
}

/** A job that would remove items rests until somebody agrees to their number. */
async function agreed(server: Server, job: ImportJob, args: Arguments): Promise<ImportJob> {
  if (job.state !== 'validated' || job.options.dry_run || job.rows_bad > 0) return job;
  if (!args.flag('yes')) {
    const question = `${count(job.pruned_count, 'Jump Item')} that the file no longer names would be removed. Go on?`;
    const agrees = await withKeys(
      `${question} Agree with --yes, or later: bh import --apply ${job.id}`,
      (keys) => confirm(keys, question),
    );
    if (!agrees) {
      await server.call('POST', `/import-job/${job.id}/cancel`);
      throw new CommandFailure('Cancelled. Nothing was changed.');
    }
  }
  return follow(server, await server.call<ImportJob>('POST', `/import-job/${job.id}/apply`));
}

async function report(server: Server, job: ImportJob, args: Arguments): Promise<number> {
  const problems =
    job.rows_bad === 0 && job.failure === null ? [] : await problemsOf(server, job, args.flag('json'));
  if (args.flag('json')) sayJson({ ...job, problems });
  else sayReport(job, problems);
  if (job.rows_bad > 0 || problems.length > 0) return EXIT.badRows;
  return job.state === 'failed' || job.state === 'cancelled' ? EXIT.failed : EXIT.done;
}

async function problemsOf(server: Server, job: ImportJob, all: boolean): Promise<Problem[]> {
  const problems: Problem[] = [];
  let cursor: string | undefined;
  do {
    const page: ProblemList = await server.call('GET', `/import-job/${job.id}/problem`, {
      query: { limit: all ? 500 : PROBLEMS_SHOWN, cursor },
    });
    problems.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (all && cursor !== undefined);
  return problems;
}

function sayReport(job: ImportJob, problems: Problem[]): void {
  if (problems.length > 0) {
    say(
      table(
        [
          { title: 'LINE', of: (problem) => problem.line },
          { title: 'COLUMN', of: (problem) => problem.column },
          { title: 'VALUE', of: (problem) => problem.value.slice(0, 40) },
          { title: 'PROBLEM', of: (problem) => problem.reason },
        ],
        problems,
      ),
    );
    if (job.rows_bad > problems.length)
      say(`... ${count(job.rows_bad, 'bad row')} in all; --json lists every problem.`);
    say('');
  }
  const counts = `${figure(job.created_count)} created, ${figure(job.updated_count)} updated, ${figure(job.unchanged_count)} unchanged${
    job.options.prune === 'none' ? '' : `, ${figure(job.pruned_count)} removed`
  }`;
  if (job.options.dry_run && job.state !== 'failed' && job.state !== 'cancelled') {
    say(`Dry run: ${count(job.rows_validated, 'row')}, ${figure(job.rows_bad)} bad. It would be: ${counts}.`);
    if (job.rows_bad === 0) say(`Apply it with: bh import --apply ${job.id}`);
  } else if (job.state === 'succeeded') {
    // A file that brings nothing new is as good as any other: it must not read like a failure.
    const done =
      job.rows_applied === 0
        ? `${count(job.rows_validated, 'row')} checked`
        : `Imported ${count(job.rows_applied, 'row')}`;
    say(`${done}: ${counts}${job.rows_bad === 0 ? '' : `; ${figure(job.rows_bad)} left out`}.`);
  } else if (job.state === 'cancelled') say('Cancelled. Nothing was changed.');
  else say(job.failure ?? 'Nothing was changed.');
}

async function sizeOf(file: string): Promise<number> {
  try {
    const { size } = await stat(file);
    return size;
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function jobId(text: string): string {
  if (/^[0-9a-f-]{36}$/i.test(text)) return text;
  throw usageFailure(`${text} is not the id of an import job.`);
}

function count(number: number, noun: string): string {
  return `${figure(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function figure(number: number): string {
  return number.toLocaleString('en');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

import type { Actor } from '../../actor.ts';
import type { MadeJumpItemKind } from '../jump-item.ts';

export type ImportState =
  | 'uploading'
  | 'queued'
  | 'validating'
  /** A finished dry run, or a removal that waits for agreement: can be applied or cancelled. */
  | 'validated'
  | 'applying'
  | 'succeeded'
  | 'failed'
  | 'cancelled';

export interface ImportOptions {
  dryRun: boolean;
  mode: 'all_or_nothing' | 'keep_good_rows';
  createGroups: boolean;
  /** `preview` counts what the file no longer names; `apply` removes it after somebody has seen the count. */
  prune: 'none' | 'preview' | 'apply';
  pruneScope: 'groups_in_file' | 'all_groups';
  delimiter: 'auto' | 'comma' | 'semicolon' | 'tab';
  format: 'csv' | 'json_lines';
  /** Kind of the rows that do not tell theirs. */
  kind: MadeJumpItemKind | null;
}

export const DEFAULT_IMPORT_OPTIONS: ImportOptions = {
  dryRun: false,
  mode: 'all_or_nothing',
  createGroups: false,
  prune: 'none',
  pruneScope: 'groups_in_file',
  delimiter: 'auto',
  format: 'csv',
  kind: null,
};

export interface ImportJob {
  id: string;
  state: ImportState;
  /** Grows with every change of the job. */
  revision: number;
  actor: Actor;
  createdBy: string;
  createdAt: Date;
  /** When reading and comparing ended and the job began to wait. */
  validatedAt: Date | null;
  finishedAt: Date | null;
  fileName: string;
  options: ImportOptions;
  /** Name of the file in the upload store. */
  uploadPath: string;
  bytesTotal: number;
  /** Where reading goes on: the byte after the last record that is committed in the staging rows. */
  bytesValidated: number;
  linesValidated: number;
  rowsValidated: number;
  rowsBad: number;
  rowsToApply: number;
  rowsApplied: number;
  createdCount: number;
  updatedCount: number;
  unchangedCount: number;
  prunedCount: number;
  groupsCreated: number;
  /** How many removals somebody has seen and agreed to; null before. */
  pruneAgreed: number | null;
  failure: string | null;
  cancelRequested: boolean;
}

/** Nothing more happens by itself in these states. */
export function isAtRest(state: ImportState): boolean {
  return state === 'validated' || isFinished(state);
}

export function isFinished(state: ImportState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

/** May {@link ImportJob} be applied: a dry run without bad rows, or one that keeps its good rows. */
export function isApplicable(job: ImportJob): boolean {
  return job.state === 'validated' && (job.rowsBad === 0 || job.options.mode === 'keep_good_rows');
}

// Measured: checking rows takes about a fifth of the time of an import that creates them.
const VALIDATION_SHARE = 0.2;
const MATCHING_SHARE = 0.1;

/** How much of the whole job is done, 0 to 1. It never goes back. */
export function progressOf(job: ImportJob): number {
  if (job.state === 'succeeded' || job.state === 'validated') return 1;
  const read = job.bytesTotal === 0 ? 0 : Math.min(1, job.bytesValidated / job.bytesTotal);
  if (job.options.dryRun && job.state !== 'applying') return 0.8 * read;
  const matched = job.rowsToApply > 0 || job.rowsApplied > 0 ? MATCHING_SHARE : 0;
  const applied = job.rowsToApply === 0 ? 0 : Math.min(1, job.rowsApplied / job.rowsToApply);
  return VALIDATION_SHARE * read + matched + (1 - VALIDATION_SHARE - MATCHING_SHARE) * applied;
}

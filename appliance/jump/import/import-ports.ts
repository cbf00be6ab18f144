import type { Actor } from '../../actor.ts';
import type { ImportJob, ImportOptions } from './import-job.ts';
import type { ImportProblem } from './import-problem.ts';
import type { ImportRow } from './import-row.ts';

/** Names the rows of a file may use, read once per job. Keys are in lower case. */
export interface ReferenceData {
  /** By code name. */
  jumpGroups: ReadonlyMap<string, number>;
  /** Display name to code name: creating a group must not run into one of them. */
  jumpGroupNames: ReadonlyMap<string, string>;
  jumpoints: ReadonlyMap<string, number>;
  jumpPolicies: ReadonlyMap<string, number>;
  sessionPolicies: ReadonlyMap<string, number>;
  /** By host name. */
  publicPortals: ReadonlyMap<string, number>;
}

/** How far reading has come. Starting again from here repeats and skips nothing. */
export interface ReadPosition {
  bytes: number;
  lines: number;
}

/** A record of the file: cells in the order of the header, or the members of one JSON line. */
export interface SourceRecord {
  /** The line it starts on, counted from 1. */
  line: number;
  /** The byte after it. */
  endBytes: number;
  /** Lines up to and including its last one. */
  endLines: number;
  cells: readonly string[] | Readonly<Record<string, unknown>>;
  /** Why the record could not be read, when it could not. */
  unreadable?: string;
}

export interface ImportFileReader {
  /**
   * Reads the stored file from the position on, a few hundred records at a time; memory does not grow with the file.
   * The first record of a CSV file is its header and comes only when reading from the start.
   * Throws {@link UnreadableImportFile} where it cannot go on; what it yielded before stands.
   */
  read(upload: string, options: ImportOptions, from: ReadPosition): AsyncIterable<SourceRecord[]>;
}

/** Uploaded files on disk. Names are made by the store. */
export interface UploadStore {
  /**
   * Streams a file to disk and resolves when it is safe there (synced with its directory).
   * Fails with `invalid` and nothing left behind when it is larger than `maxBytes`, broken off, or the disk is full.
   */
  store(content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<{ upload: string; bytes: number }>;
  /** Whether this process can read the file. */
  has(upload: string): Promise<boolean>;
  /** Deleting a file that is gone is fine. */
  remove(upload: string): Promise<void>;
  /** Files older than the age in milliseconds, for those whose job never came to be. */
  olderThan(ageMs: number): Promise<string[]>;
}

/** A committed step of reading. */
export interface StagedChunk {
  rows: readonly ImportRow[];
  problems: readonly ImportProblem[];
  position: ReadPosition;
  /** Rows read by this chunk, good and bad, and the bad ones among them. */
  rowsRead: number;
  rowsBad: number;
}

/** What the rows will do to the site, counted before anything changes. */
export interface ImportPlan {
  /** All staged rows: the next four together. */
  rows: number;
  creates: number;
  updates: number;
  unchanged: number;
  /** Rows that cannot be applied: ambiguous, of another kind, or named twice. Their problems are recorded. */
  bad: number;
  /** Items the file no longer names; 0 without pruning. */
  prunes: number;
  newGroups: number;
}

/** A job that another process has taken over, or that was cancelled or finished meanwhile. */
export type Lease = 'held' | 'lost' | 'cancel_requested';

export interface NewImportJob {
  actor: Actor;
  createdBy: string;
  fileName: string;
  options: ImportOptions;
  upload: string;
  bytes: number;
}

/** Jobs and their progress. Every change of a job raises its revision. */
export interface ImportJobs {
  create(job: NewImportJob): Promise<ImportJob>;
  find(id: string): Promise<ImportJob | undefined>;
  /** Newest first; `before` is the last job of the page before. */
  list(page: { before?: { createdAt: Date; id: string } | undefined; limit: number }): Promise<ImportJob[]>;
  /** In the order of the file; `after` is the last one of the page before. */
  problems(id: string, page: { after?: ProblemKey | undefined; limit: number }): Promise<ProblemPage>;

  /** Takes the oldest job that waits or whose holder has died, except those in `except`. */
  claim(holder: string, leaseSeconds: number, except: readonly string[]): Promise<ImportJob | undefined>;
  /** Takes a job of one's own transaction. */
  hold(id: string, holder: string): Promise<void>;
  renew(id: string, holder: string, leaseSeconds: number): Promise<Lease>;
  /** Gives the job back so that another process takes it at once. */
  release(id: string, holder: string): Promise<void>;

  /** Changes state and figures of a job the holder still holds; `lost` changes nothing. */
  advance(id: string, holder: string, change: JobChange): Promise<Lease>;
  /** Changes a job that is in one of the states, whoever holds it; undefined when it is in another. */
  change(id: string, from: readonly ImportJob['state'][], change: JobChange): Promise<ImportJob | undefined>;
  /** Cancels a job nobody works on, else notes that it is to stop. Undefined when it is already finished. */
  requestCancel(id: string): Promise<ImportJob | undefined>;
  /** Jobs not finished whose last sign of life is older than the seconds given: nobody can or will go on with them. */
  abandoned(seconds: number): Promise<ImportJob[]>;
  /** Finished jobs whose file and rows have not been cleaned away yet. */
  unclean(): Promise<ImportJob[]>;
  /** Notes that file and rows are gone. */
  markClean(id: string): Promise<void>;
  /** Removes a job with all that belongs to it. */
  forget(id: string): Promise<void>;
  /** Removes jobs, with their problems, that finished longer ago than that. */
  forgetFinished(olderThanSeconds: number): Promise<number>;
}

/** Where a problem stands in its job. */
export interface ProblemKey {
  line: number;
  position: number;
}

export interface ProblemPage {
  items: (ImportProblem & ProblemKey)[];
  total: number;
}

export type JobChange = Partial<
  Pick<
    ImportJob,
    | 'state'
    | 'finishedAt'
    | 'validatedAt'
    | 'rowsBad'
    | 'rowsToApply'
    | 'rowsApplied'
    | 'createdCount'
    | 'updatedCount'
    | 'unchangedCount'
    | 'prunedCount'
    | 'groupsCreated'
    | 'pruneAgreed'
    | 'failure'
  >
>;

/** Rows between reading and applying. All calls of one application share a transaction. */
export interface ImportStaging {
  referenceData(): Promise<ReferenceData>;
  /** Adds rows, problems and progress of a job the holder holds, in one transaction; `lost` adds nothing. */
  stage(id: string, holder: string, chunk: StagedChunk): Promise<Lease>;
  /** Adds problems that are not of a row. */
  addProblems(id: string, problems: readonly ImportProblem[]): Promise<void>;

  /** False while another import is being applied: they run one after the other. Held until the transaction ends. */
  tryApplyLock(): Promise<boolean>;
  /** Waits for other single imports of the same item. Held until the transaction ends. */
  lockItem(key: string): Promise<void>;
  /** Makes the Jump Groups that rows name and the site lacks, each with its audit row. Answers how many. */
  createGroups(id: string, actor: Actor): Promise<number>;
  /** Compares the rows with the site and writes down what each will do. Changes nothing else. */
  plan(id: string, options: ImportOptions): Promise<ImportPlan>;
  /** Replaces the problems of comparing by those of the plan just made. */
  recordPlanProblems(id: string): Promise<void>;
  /** The planned rows that change something as ranges of lines of at most `size` rows, in order; removals only when asked for. */
  ranges(id: string, size: number, removing: boolean): Promise<LineRange[]>;
  /**
   * Removes, updates and creates what the plan says for the lines, each with its audit row. Answers how many it was;
   * fewer than planned means that the site has changed since.
   */
  applyRange(id: string, range: LineRange, defaults: KindDefaults, actor: Actor): Promise<AppliedRange>;
  /** Deletes rows and plan of the job. */
  clear(id: string): Promise<void>;
}

/** Both ends belong to it. */
export interface LineRange {
  from: number;
  to: number;
  rows: number;
}

export interface AppliedRange {
  created: number;
  updated: number;
  removed: number;
}

/** Settings a new item of the kind starts with. */
export type KindDefaults = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

import { mayConfigure, requireConfiguration } from '../../access/configuration-rights.ts';
import { type Actor, actorName } from '../../actor.ts';
import { ApplianceError } from '../../errors.ts';
import type { Stores, UnitOfWork } from '../../stores.ts';
import type { MadeJumpItemKind } from '../jump-item.ts';
import { csvLine } from './csv-cells.ts';
import { templateColumns } from './import-columns.ts';
import { DEFAULT_IMPORT_OPTIONS, type ImportJob, type ImportOptions, isApplicable } from './import-job.ts';
import { type ImportOutcome, importOneRow } from './import-one.ts';
import type { ProblemKey, ProblemPage, UploadStore } from './import-ports.ts';
import { ImportWatch } from './import-watch.ts';

export interface ImportServiceDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  uploads: UploadStore;
  /** The largest file that is taken, in bytes, asked at every upload. */
  maxUploadBytes: () => number;
  /** Called when a job is there to work on, so that the runner of this process need not wait for its turn. */
  wakeRunner?: () => void;
}

/** Imports of Jump Items: from a file by a job, or one by one. */
export class ImportService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #uploads: UploadStore;
  readonly #maxUploadBytes: () => number;
  readonly #watch: ImportWatch;
  #wakeRunner: () => void;

  constructor(deps: ImportServiceDeps) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#uploads = deps.uploads;
    this.#maxUploadBytes = deps.maxUploadBytes;
    this.#wakeRunner = deps.wakeRunner ?? (() => {});
    this.#watch = new ImportWatch(deps.stores.importJobs);
  }

  /** For a runner that is started after the service. */
  whenQueued(wakeRunner: () => void): void {
    this.#wakeRunner = wakeRunner;
  }

  /** Keeps the file and queues a job for it. When this resolves the file is safe on disk and the job is committed. */
  async start(
    actor: Actor,
    file: { name: string; content: AsyncIterable<Uint8Array> },
    chosen: Partial<ImportOptions>,
  ): Promise<ImportJob> {
    requireConfiguration(actor);
    const options = { ...DEFAULT_IMPORT_OPTIONS, ...chosen };
    if (options.prune === 'apply' && options.mode === 'keep_good_rows') {
      const sentence =
        'prune=apply needs mode=all_or_nothing: a bad row could name an item that would be removed.';
      throw new ApplianceError('invalid', sentence, { fields: { prune: [sentence] } });
    }
    const { upload, bytes } = await this.#uploads.store(file.content, this.#maxUploadBytes());
    try {
      const job = await this.#unitOfWork.inTransaction(async ({ importJobs, auditLog }) => {
        const made = await importJobs.create({
          actor,
          createdBy: actorName(actor),
          fileName: file.name,
          options,
          upload,
          bytes,
        });
        await auditLog.record({
          type: 'jump_item_import.uploaded',
          actor,
          object: { type: 'import_job', id: made.id, name: made.fileName },
          after: { bytes, options },
        });
        return made;
      });
      this.#wakeRunner();
      return job;
    } catch (error) {
      await this.#uploads.remove(upload);
      throw error;
    }
  }

  /** Fails with `not_found`. */
  async show(actor: Actor, id: string): Promise<ImportJob> {
    requireConfiguration(actor);
    const job = await this.#stores.importJobs.find(id);
    if (job === undefined) throw noSuchJob(id);
    return job;
  }

  /** Newest first. */
  async list(
    actor: Actor,
    page: { before?: { createdAt: Date; id: string } | undefined; limit: number },
  ): Promise<ImportJob[]> {
    requireConfiguration(actor);
    return await this.#stores.importJobs.list(page);
  }

  /** What is wrong with the file, in its order. */
  async problems(
    actor: Actor,
    id: string,
    page: { after?: ProblemKey | undefined; limit: number },
  ): Promise<ProblemPage> {
    await this.show(actor, id);
    return await this.#stores.importJobs.problems(id, page);
  }

  /** Applies a finished dry run, and with it agrees to the removals it counted. Fails with `conflict` otherwise. */
  async apply(actor: Actor, id: string): Promise<ImportJob> {
    const job = await this.show(actor, id);
    if (job.state === 'validated' && !isApplicable(job)) {
      throw new ApplianceError(
        'conflict',
        `${job.rowsBad} rows of this file have problems; correct them first.`,
      );
    }
    const applied = await this.#unitOfWork.inTransaction(async ({ importJobs, auditLog }) => {
      const changed = await importJobs.change(id, ['validated'], {
        state: 'applying',
        pruneAgreed: job.prunedCount,
        rowsApplied: 0,
        createdCount: 0,
        updatedCount: 0,
        unchangedCount: 0,
        prunedCount: 0,
      });
      // The rows are applied in the name of whoever uploaded the file; this may be somebody else.
      if (changed !== undefined) {
        await auditLog.record({
          type: 'jump_item_import.agreed',
          actor,
          object: { type: 'import_job', id, name: job.fileName },
          after: { removed: job.prunedCount },
        });
      }
      return changed;
    });
    if (applied === undefined) {
      throw new ApplianceError(
        'conflict',
        `Only a finished dry run can be applied; this job is ${job.state}.`,
      );
    }
    this.#wakeRunner();
    return applied;
  }

  /** The job stops shortly and changes nothing. Fails with `conflict` when it is already finished. */
  async cancel(actor: Actor, id: string): Promise<ImportJob> {
    const job = await this.show(actor, id);
    const cancelled = await this.#unitOfWork.inTransaction(async ({ importJobs, auditLog }) => {
      const changed = await importJobs.requestCancel(id);
      if (changed !== undefined) {
        await auditLog.record({
          type: 'jump_item_import.cancelled',
          actor,
          object: { type: 'import_job', id, name: changed.fileName },
        });
      }
      return changed;
    });
    if (cancelled === undefined) {
      const now = (await this.#stores.importJobs.find(id)) ?? job;
      throw new ApplianceError('conflict', `This job cannot be cancelled any more: it has ${now.state}.`);
    }
    return cancelled;
  }

  /**
   * Calls back with the job now and whenever it changes, on whatever process it runs; the last call is the one at
   * rest. The returned function ends it.
   */
  async watch(actor: Actor, id: string, onChange: (job: ImportJob) => void): Promise<() => void> {
    return this.#watch.follow(await this.show(actor, id), onChange);
  }

  /** The header row of an import file of one kind. */
  template(kind: MadeJumpItemKind): string {
    return csvLine(templateColumns(kind));
  }

  /**
   * Imports a single Jump Item at once; parameters are named like the columns of a file. For API accounts with full
   * access to the command API and those who may configure. Bad parameters are an outcome, not a failure.
   */
  async importOne(actor: Actor, parameters: Readonly<Record<string, string>>): Promise<ImportOutcome> {
    const commands = actor.kind === 'api_account' && actor.commandLevel === 'full_access';
    if (!commands && !mayConfigure(actor)) {
      throw new ApplianceError('forbidden', 'This needs full access to the command API.');
    }
    return await importOneRow(this.#unitOfWork, actor, parameters);
  }
}

function noSuchJob(id: string): ApplianceError {
  return new ApplianceError('not_found', `There is no import job ${id}.`);
}

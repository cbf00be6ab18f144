import { ApplianceError } from '../../errors.ts';
import type { Stores, UnitOfWork } from '../../stores.ts';
import { IMPORT_KIND_DEFAULTS } from './import-defaults.ts';
import type { ImportJob } from './import-job.ts';
import type { ImportFileReader, ImportPlan, Lease, UploadStore } from './import-ports.ts';
import { UnreadableImportFile } from './import-problem.ts';
import { ImportReading } from './import-reading.ts';

/** Rows applied between two reports of progress; also how long a cancel may take to be noticed. */
const RANGE_ROWS = 5_000;
/** How often a plan is made anew because the site changed under it. */
const ATTEMPTS = 3;
const LOCK_RETRY_MS = 200;

export interface ImportWorkerDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  reader: ImportFileReader;
  uploads: UploadStore;
  /** Called when rows have been applied: items may be elsewhere now, with other policies. */
  itemsChanged?: () => void;
}

/** Another process has the job now, or it is finished: leave it alone. */
export class LeaseLost extends Error {}
class CancelRequested extends Error {}
/** The site changed between planning and applying. */
class PlanOutdated extends Error {}
/** Rows cannot be applied, or more would be removed than somebody agreed to. Nothing has been changed. */
class PlanRefused extends Error {}

/** Carries one claimed job from wherever it stands to rest. */
export class ImportWorker {
  readonly #deps: ImportWorkerDeps;
  readonly #holder: string;
  readonly #stopping: AbortSignal;
  #job: ImportJob;

  /** `stopping` ends the work at the next safe point; what is committed by then is not done again. */
  constructor(deps: ImportWorkerDeps, job: ImportJob, holder: string, stopping: AbortSignal) {
    this.#deps = deps;
    this.#job = job;
    this.#holder = holder;
    this.#stopping = stopping;
  }

  /** Throws {@link LeaseLost} when another process took over, and whatever kept it from going on. */
  async run(): Promise<void> {
    try {
      if (this.#job.state !== 'applying') await this.#validate();
      if (this.#job.state === 'applying') await this.#apply();
    } catch (error) {
      if (error instanceof CancelRequested) await this.#finish('cancelled', null);
      else if (error instanceof ApplianceError && error.code !== 'unavailable')
        await this.#finish('failed', error.message);
      else throw error;
    }
  }

  async #validate(): Promise<void> {
    const { id, options } = this.#job;
    if (this.#job.state === 'queued') await this.#advance({ state: 'validating' });
    const reading = new ImportReading(this.#deps, this.#job, this.#holder, this.#stopping);
    try {
      this.#check(await reading.run());
    } catch (error) {
      if (!(error instanceof UnreadableImportFile)) throw error;
      await this.#refuseFile(error);
      return;
    }
    this.#job = (await this.#deps.stores.importJobs.find(id)) ?? this.#job;
    const refused = this.#job.rowsBad > 0 && options.mode === 'all_or_nothing';
    if (options.dryRun || refused || options.prune === 'apply') await this.#compare();
    else await this.#advance({ state: 'applying' });
  }

  /** Finds out and writes down what applying would do, and rests there unless nothing needs anybody's agreement. */
  async #compare(): Promise<void> {
    const { id, options } = this.#job;
    const plan = await this.#deps.unitOfWork.inTransaction(async ({ importStaging }) => {
      const made = await importStaging.plan(id, options);
      await importStaging.recordPlanProblems(id);
      return made;
    });
    const figures = {
      ...countsOf(plan),
      rowsBad: this.#badRows(plan),
      groupsCreated: plan.newGroups,
      rowsApplied: 0,
    };
    if (figures.rowsBad > 0 && options.mode === 'all_or_nothing' && !options.dryRun) {
      await this.#advance({ ...figures, ...countsOf(NOTHING), groupsCreated: 0 });
      await this.#finish('failed', refusalOf(figures.rowsBad));
    } else if (options.dryRun || plan.prunes > 0) {
      await this.#advance({ ...figures, state: 'validated', validatedAt: new Date() });
    } else await this.#advance({ state: 'applying' });
  }

  async #apply(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#deps.unitOfWork.inTransaction((stores) => this.#applyIn(stores));
        this.#job = { ...this.#job, state: 'succeeded' };
        this.#deps.itemsChanged?.();
        return;
      } catch (error) {
        if (error instanceof PlanRefused) {
          await this.#advance({ state: 'validating' });
          await this.#compare();
          return;
        }
        const outdated =
          error instanceof PlanOutdated || (error instanceof ApplianceError && error.code === 'conflict');
        if (!outdated || attempt === ATTEMPTS) throw outdated ? siteChanged(error) : error;
      }
    }
  }

  async #applyIn({ importStaging, importJobs, auditLog }: Stores): Promise<void> {
    const { id, options, actor } = this.#job;
    while (!(await importStaging.tryApplyLock())) await this.#waitForLock();
    const groupsCreated = options.createGroups ? await importStaging.createGroups(id, actor) : 0;
    const plan = await importStaging.plan(id, options);
    const rowsBad = this.#badRows(plan);
    const agreed = options.prune === 'apply' ? (this.#job.pruneAgreed ?? 0) : plan.prunes;
    if ((rowsBad > 0 && options.mode === 'all_or_nothing') || plan.prunes > agreed) throw new PlanRefused();
    if (plan.bad > 0) await importStaging.recordPlanProblems(id);

    const removing = options.prune === 'apply';
    const done = { createdCount: 0, updatedCount: 0, prunedCount: 0 };
    let rowsApplied = 0;
    const ranges = await importStaging.ranges(id, RANGE_ROWS, removing);
    const rowsToApply = ranges.reduce((sum, { rows }) => sum + rows, 0);
    await this.#advance({ rowsToApply, rowsApplied: 0 });
    for (const range of ranges) {
      const { created, updated, removed } = await importStaging.applyRange(
        id,
        range,
        IMPORT_KIND_DEFAULTS,
        actor,
      );
      if (created + updated + removed !== range.rows) throw new PlanOutdated();
      done.createdCount += created;
      done.updatedCount += updated;
      done.prunedCount += removed;
      rowsApplied += range.rows;
      await this.#advance({ rowsApplied });
    }
    const result = {
      ...done,
      unchangedCount: plan.unchanged,
      rowsBad,
      groupsCreated,
      prunedCount: removing ? done.prunedCount : plan.prunes,
    };
    await auditLog.record({
      type: 'jump_item_import.applied',
      actor,
      object: { type: 'import_job', id, name: this.#job.fileName },
      after: {
        created: done.createdCount,
        updated: done.updatedCount,
        unchanged: plan.unchanged,
        removed: done.prunedCount,
        refused: rowsBad,
        jump_groups_created: groupsCreated,
      },
    });
    // In the same transaction: a cancel or a takeover that came first undoes everything, one that comes later is too late.
    checkLease(
      await importJobs.advance(id, this.#holder, { ...result, state: 'succeeded', finishedAt: new Date() }),
    );
  }

  async #refuseFile(error: UnreadableImportFile): Promise<void> {
    const { id } = this.#job;
    const job = (await this.#deps.stores.importJobs.find(id)) ?? this.#job;
    await this.#deps.unitOfWork.inTransaction(async ({ importStaging, importJobs }) => {
      await importStaging.addProblems(id, error.problems);
      const where = error.problems[0]!.line > 0 ? `Line ${error.problems[0]!.line}: ` : '';
      const change = {
        state: 'failed' as const,
        finishedAt: new Date(),
        failure: `${where}${error.problems[0]!.reason} Nothing was imported.`,
        rowsBad: job.rowsBad + 1,
      };
      if ((await importJobs.advance(id, this.#holder, change)) === 'lost') throw new LeaseLost();
    });
    this.#job = { ...job, state: 'failed' };
  }

  async #finish(state: 'failed' | 'cancelled', failure: string | null): Promise<void> {
    const change = { state, failure, finishedAt: new Date() };
    const lease = await this.#deps.stores.importJobs.advance(this.#job.id, this.#holder, change);
    if (lease === 'lost') throw new LeaseLost();
    this.#job = { ...this.#job, state };
  }

  /** Reports progress on a connection of its own, so that it shows while the transaction is open. */
  async #advance(change: Parameters<Stores['importJobs']['advance']>[2]): Promise<void> {
    this.#check(await this.#deps.stores.importJobs.advance(this.#job.id, this.#holder, change));
    this.#job = { ...this.#job, ...change };
  }

  #check(lease: Lease): void {
    if (this.#stopping.aborted) throw new LeaseLost();
    checkLease(lease);
  }

  async #waitForLock(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
    await this.#advance({});
  }

  #badRows(plan: ImportPlan): number {
    return this.#job.rowsValidated - plan.rows + plan.bad;
  }
}

function checkLease(lease: Lease): void {
  if (lease === 'lost') throw new LeaseLost();
  if (lease === 'cancel_requested') throw new CancelRequested();
}

const NOTHING: ImportPlan = {
  rows: 0,
  creates: 0,
  updates: 0,
  unchanged: 0,
  bad: 0,
  prunes: 0,
  newGroups: 0,
};

function countsOf(plan: ImportPlan) {
  return {
    createdCount: plan.creates,
    updatedCount: plan.updates,
    unchangedCount: plan.unchanged,
    prunedCount: plan.prunes,
    rowsToApply: plan.creates + plan.updates + plan.prunes,
  };
}

function refusalOf(rowsBad: number): string {
  return `${rowsBad === 1 ? '1 row has' : `${rowsBad} rows have`} problems. Nothing was imported.`;
}

function siteChanged(error: unknown): ApplianceError {
  const why = error instanceof ApplianceError ? ` (${error.message})` : '';
  return new ApplianceError(
    'conflict',
    `The site's Jump Items changed while the file was being applied${why}. Nothing was imported; try again.`,
    { cause: error },
  );
}

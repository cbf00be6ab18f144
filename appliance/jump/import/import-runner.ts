import { randomUUID } from 'node:crypto';
import type { ImportJob } from './import-job.ts';
import { ImportWorker, type ImportWorkerDeps, LeaseLost } from './import-worker.ts';

export interface ImportRunnerLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface ImportRunnerOptions extends ImportWorkerDeps {
  log: ImportRunnerLog;
  /** A job whose holder has been silent this long is taken over. Default 20. */
  leaseSeconds?: number;
  /** How often to look for jobs. Default 1000. */
  pollMs?: number;
}

export interface ImportRunner {
  /** Looks for a job now instead of at the next turn. */
  wake(): void;
  /** Ends at the next safe point and gives the job back, so that another process goes on with it at once. */
  stop(): Promise<void>;
}

const FAILURES_BEFORE_GIVING_UP = 3;
const CLEAN_EVERY_MS = 60_000;
const DAY = 24 * 60 * 60;
/** A dry run that nobody applies, or a job whose file no process can reach, ends after this. */
const ABANDONED_AFTER_SECONDS = DAY;
const FORGOTTEN_AFTER_SECONDS = 90 * DAY;

/** Works on import jobs, one after the other, for as long as the process lives. */
export function startImportRunner(options: ImportRunnerOptions): ImportRunner {
  const runner = new Runner(options);
  const running = runner.loop();
  return {
    wake: () => runner.wake(),
    stop: async () => {
      runner.stop();
      await running;
    },
  };
}

class Runner {
  readonly #options: ImportRunnerOptions;
  /** Names this process in leases. */
  readonly #holder = randomUUID();
  readonly #stopping = new AbortController();
  readonly #failures = new Map<string, number>();
  readonly #elsewhere = new Set<string>();
  #cleanedAt = 0;
  #wake: () => void = () => {};

  constructor(options: ImportRunnerOptions) {
    this.#options = options;
  }

  wake(): void {
    this.#wake();
  }

  stop(): void {
    this.#stopping.abort();
    this.#wake();
  }

  async loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      let worked = false;
      try {
        worked = await this.#next();
        if (!worked) await this.#clean();
      } catch (error) {
        this.#options.log.error({ err: error }, 'import runner cannot reach its jobs');
      }
      if (!worked) await this.#rest();
    }
  }

  /** Takes one job and carries it as far as it goes. False when none waits. */
  async #next(): Promise<boolean> {
    const { stores, uploads, log, leaseSeconds = 20 } = this.#options;
    const job = await stores.importJobs.claim(this.#holder, leaseSeconds, [...this.#elsewhere]);
    if (job === undefined) {
      this.#elsewhere.clear();
      return false;
    }
    if (job.state !== 'applying' && !(await uploads.has(job.uploadPath))) {
      // Uploaded to a machine that shares no disk with this one: a process there will take it.
      this.#elsewhere.add(job.id);
      await stores.importJobs.release(job.id, this.#holder);
      return true;
    }
    log.info({ import_job: job.id, state: job.state }, 'import job taken');
    const beat = setInterval(
      () => {
        stores.importJobs
          .renew(job.id, this.#holder, leaseSeconds)
          .catch((error) => log.warn({ err: error, import_job: job.id }, 'import lease not renewed'));
      },
      (leaseSeconds * 1000) / 3,
    );
    try {
      await new ImportWorker(this.#options, job, this.#holder, this.#stopping.signal).run();
      this.#failures.delete(job.id);
    } catch (error) {
      await this.#failed(job, error);
    } finally {
      clearInterval(beat);
      await stores.importJobs.release(job.id, this.#holder);
    }
    await this.#cleanJob(job.id);
    return true;
  }

  async #failed(job: ImportJob, error: unknown): Promise<void> {
    const { stores, log } = this.#options;
    if (error instanceof LeaseLost) {
      log.info({ import_job: job.id }, 'import job given up to another process');
      return;
    }
    const failures = (this.#failures.get(job.id) ?? 0) + 1;
    this.#failures.set(job.id, failures);
    log.error({ err: error, import_job: job.id, failures }, 'import job interrupted');
    if (failures < FAILURES_BEFORE_GIVING_UP) {
      await this.#rest();
      return;
    }
    await stores.importJobs.advance(job.id, this.#holder, {
      state: 'failed',
      finishedAt: new Date(),
      failure: 'The import failed for a reason that is in the log of the appliance. Nothing was imported.',
    });
  }

  /** Files and rows of finished jobs, jobs nobody will go on with, uploads without a job. */
  async #clean(): Promise<void> {
    if (Date.now() - this.#cleanedAt < CLEAN_EVERY_MS) return;
    this.#cleanedAt = Date.now();
    const { stores, uploads } = this.#options;
    for (const job of await stores.importJobs.abandoned(ABANDONED_AFTER_SECONDS)) {
      await stores.importJobs.change(job.id, [job.state], {
        state: job.state === 'validated' ? 'cancelled' : 'failed',
        finishedAt: new Date(),
        failure:
          job.state === 'validated'
            ? 'Nobody applied it within a day.'
            : 'No process could reach the uploaded file.',
      });
    }
    for (const job of await stores.importJobs.unclean()) await this.#cleanJob(job.id);
    await stores.importJobs.forgetFinished(FORGOTTEN_AFTER_SECONDS);
    for (const upload of await uploads.olderThan(2 * ABANDONED_AFTER_SECONDS * 1000))
      await uploads.remove(upload);
  }

  async #cleanJob(id: string): Promise<void> {
    const { stores, uploads } = this.#options;
    const job = await stores.importJobs.find(id);
    if (job === undefined || job.finishedAt === null || job.uploadPath === '') return;
    await stores.importStaging.clear(id);
    await uploads.remove(job.uploadPath);
    await stores.importJobs.markClean(id);
  }

  async #rest(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#options.pollMs ?? 1000);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
  }
}

import { type ImportJob, isAtRest } from './import-job.ts';
import type { ImportJobs } from './import-ports.ts';

const LOOK_EVERY_MS = 300;

type Listener = (job: ImportJob) => void;

/**
 * Follows jobs by looking at them, because they may run on any process. All watchers of a job on this process share
 * one look.
 */
export class ImportWatch {
  readonly #jobs: ImportJobs;
  readonly #followed = new Map<string, { listeners: Set<Listener>; last: ImportJob }>();

  constructor(jobs: ImportJobs) {
    this.#jobs = jobs;
  }

  follow(job: ImportJob, listener: Listener): () => void {
    listener(job);
    if (isAtRest(job.state)) return () => {};
    const followed = this.#followed.get(job.id);
    if (followed !== undefined) {
      followed.listeners.add(listener);
      if (followed.last.revision > job.revision) listener(followed.last);
    } else {
      this.#followed.set(job.id, { listeners: new Set([listener]), last: job });
      this.#lookLater(job.id);
    }
    return () => this.#followed.get(job.id)?.listeners.delete(listener);
  }

  #lookLater(id: string): void {
    setTimeout(() => void this.#look(id), LOOK_EVERY_MS).unref();
  }

  async #look(id: string): Promise<void> {
    const followed = this.#followed.get(id);
    if (followed === undefined) return;
    if (followed.listeners.size === 0) {
      this.#followed.delete(id);
      return;
    }
    let job: ImportJob | undefined;
    try {
      job = await this.#jobs.find(id);
    } catch {
      // The database is away for a moment: watchers hear of the job again when it is back.
      this.#lookLater(id);
      return;
    }
    if (job !== undefined && job.revision !== followed.last.revision) {
      followed.last = job;
      for (const listener of [...followed.listeners]) listener(job);
    }
    if (job === undefined || isAtRest(job.state)) this.#followed.delete(id);
    else this.#lookLater(id);
  }
}

import { type ScheduledTask, schedule } from 'node-cron';
import type { Logger } from 'pino';
import type { Job, JobLock } from './job.ts';

/** Runs jobs by their schedules: one process of the site at a time, never a job beside itself. */
export class JobRunner {
  private readonly jobs: readonly Job[];
  private readonly lock: JobLock;
  private readonly log: Logger;
  private readonly running = new Map<string, Promise<void>>();
  private tasks: ScheduledTask[] = [];

  constructor(jobs: readonly Job[], lock: JobLock, log: Logger) {
    this.jobs = jobs;
    this.lock = lock;
    this.log = log;
  }

  start(): void {
    const { log } = this;
    const logger = {
      info: (message: string) => log.debug(message),
      warn: (message: string) => log.warn(message),
      error: (message: string | Error, err?: Error) =>
        log.error({ err: err ?? message }, 'a schedule failed'),
      debug: () => undefined,
    };
    // A run that comes late is made up for by the next one, so a missed one is not worth a line.
    const options = { suppressMissedWarning: true, timezone: 'UTC', logger };
    this.tasks = this.jobs.map((job) => schedule(job.schedule, () => this.runNow(job), options));
  }

  /** Stops the schedules and waits for what is running. */
  async stop(): Promise<void> {
    for (const task of this.tasks) await task.destroy();
    await Promise.all(this.running.values());
  }

  /** Runs a job unless it is running; never fails. */
  runNow(job: Job): Promise<void> {
    const present = this.running.get(job.name);
    if (present) return present;
    const run = this.runOnce(job).finally(() => this.running.delete(job.name));
    this.running.set(job.name, run);
    return run;
  }

  private async runOnce(job: Job): Promise<void> {
    try {
      await this.lock.withLock(job.name, async () => {
        const done = await job.run();
        if (done !== undefined) this.log.info({ job: job.name }, done);
      });
    } catch (err) {
      this.log.error({ err, job: job.name }, 'a job failed');
    }
  }
}

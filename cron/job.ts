/** Something that is done again and again. Running it twice at the same time must do no harm, only be in vain. */
export interface Job {
  /** kebab-case; names the lock and the log lines. */
  name: string;
  /** node-cron's six fields, seconds first, in UTC: `0 * * * * *` is every minute. */
  schedule: string;
  /** Answers what was done, for the log; undefined when there was nothing to do. */
  run(): Promise<string | undefined>;
}

/** Lets one process of the site at a time run a job. */
export interface JobLock {
  /** Runs the work when nobody else holds the name; answers false when somebody does. */
  withLock(name: string, work: () => Promise<void>): Promise<boolean>;
}

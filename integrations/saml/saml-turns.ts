import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises';

/**
 * Judging a message is milliseconds of pure computation. One piece of it runs at a time, and everything else that waits
 * has its turn before the next.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => T | Promise<T>): Promise<T> {
    const mine = this.#last.then(() => nextTurnOfTheLoop()).then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }
}

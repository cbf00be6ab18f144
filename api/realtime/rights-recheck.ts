/** What is open here, by the person who works in it. */
export interface OpenWork {
  lsidsByUser(): Map<number, string[]>;
  /** Those of the sessions in which this person may not go on working. */
  noLongerAllowed(userId: number, lsids: readonly string[]): Promise<string[]>;
  end(lsid: string): Promise<void>;
}

/**
 * Checks again what is open after rights changed. One pass at a time and one person after the other, so that a change
 * that concerns everybody costs the database a steady trickle; what is asked for meanwhile is done after that.
 */
export class RightsRecheck {
  readonly #work: OpenWork;
  readonly #people = new Set<number>();
  #everyone = false;
  #underWay: Promise<void> | undefined;

  constructor(work: OpenWork) {
    this.#work = work;
  }

  /** Resolves when everything asked for until now is checked. */
  ask(userId: number | 'everyone'): Promise<void> {
    if (userId === 'everyone') this.#everyone = true;
    else this.#people.add(userId);
    this.#underWay ??= this.#run();
    return this.#underWay;
  }

  async #run(): Promise<void> {
    // Hints arrive several in one breath: the pass of the first one begins after it, with all of them.
    await Promise.resolve();
    try {
      // Nothing comes between the last look at what is asked for and the end: a hint in between would be lost.
      while (this.#everyone || this.#people.size > 0) await this.#pass();
    } finally {
      this.#underWay = undefined;
    }
  }

  async #pass(): Promise<void> {
    const open = this.#work.lsidsByUser();
    const people = this.#everyone ? [...open.keys()] : [...this.#people].filter((id) => open.has(id));
    this.#everyone = false;
    this.#people.clear();
    for (const [index, userId] of people.entries()) {
      try {
        const refused = await this.#work.noLongerAllowed(userId, open.get(userId) ?? []);
        for (const lsid of refused) await this.#work.end(lsid);
      } catch (error) {
        // Nobody stays unchecked: who is left is asked about with whoever comes next.
        for (const left of people.slice(index)) this.#people.add(left);
        throw error;
      }
    }
  }
}

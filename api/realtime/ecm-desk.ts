import { MOST_OPEN_QUESTIONS } from '../../agents/ecm-protocol.ts';
import { parseReply } from '../../agents/ecm-questions.ts';
import { ProtocolError, type WireObject } from '../../agents/wire-fields.ts';
import type { EcmQuestion, EcmReply } from '../../appliance/ecm/ecm-question.ts';
import { LOST, TIMED_OUT } from '../../appliance/ecm/ecm-switchboard.ts';

/** So many wait for a place behind those that are open. */
const LONGEST_QUEUE = 200;
/** Questions that nobody waits for any longer may still be answered; so many are remembered. */
const MOST_DROPPED = 1_000;

const BUSY: EcmReply = {
  failure: { code: 'unavailable', message: 'The Endpoint Credential Manager has too much to do right now.' },
};

/** What is said to the host. */
export interface EcmDeskWire {
  request(id: number, timeLeftMs: number, question: EcmQuestion): void;
  cancel(id: number): void;
}

interface Entry {
  question: EcmQuestion;
  /** On the clock of `performance.now()`. */
  deadline: number;
  /** 0 while it waits for a place. */
  id: number;
  settle(reply: EcmReply): void;
}

/** The questions to one host: numbered, limited, each settled once. */
export class EcmDesk {
  readonly #wire: EcmDeskWire;
  /** Unsettled ones, the oldest first. */
  readonly #entries = new Set<Entry>();
  readonly #open = new Map<number, Entry>();
  /** Cancelled, not answered yet. */
  readonly #dropped = new Set<number>();
  #lastId = 0;

  constructor(wire: EcmDeskWire) {
    this.#wire = wire;
  }

  /** Never rejects. */
  ask(question: EcmQuestion, { timeMs, signal }: { timeMs: number; signal: AbortSignal }): Promise<EcmReply> {
    if (signal.aborted) return Promise.resolve(TIMED_OUT);
    if (this.#entries.size - this.#open.size >= LONGEST_QUEUE) return Promise.resolve(BUSY);
    return new Promise((resolve) => {
      const entry: Entry = {
        question,
        deadline: performance.now() + timeMs,
        id: 0,
        settle: (reply) => {
          clearTimeout(late);
          signal.removeEventListener('abort', giveUp);
          this.#entries.delete(entry);
          this.#open.delete(entry.id);
          resolve(reply);
        },
      };
      const giveUp = () => this.#giveUp(entry);
      const late = setTimeout(giveUp, timeMs);
      signal.addEventListener('abort', giveUp);
      this.#entries.add(entry);
      this.#openNext();
    });
  }

  /** Fails with `ProtocolError` for an answer to what the host was not asked, or that is none. */
  answered(id: number, message: WireObject): void {
    if (this.#dropped.delete(id)) return;
    const entry = this.#open.get(id);
    if (!entry) throw new ProtocolError(`id: ${id} is no open question.`);
    entry.settle(parseReply(entry.question.kind, message));
    this.#openNext();
  }

  /** The host is gone, or is asked no longer. */
  lose(): void {
    for (const entry of [...this.#entries]) {
      this.#expectNoMore(entry);
      entry.settle(LOST);
    }
  }

  #giveUp(entry: Entry): void {
    this.#expectNoMore(entry);
    entry.settle(TIMED_OUT);
    this.#openNext();
  }

  #expectNoMore({ id }: Entry): void {
    if (id === 0) return;
    this.#wire.cancel(id);
    this.#dropped.add(id);
    for (const oldest of this.#dropped) {
      if (this.#dropped.size <= MOST_DROPPED) break;
      this.#dropped.delete(oldest);
    }
  }

  #openNext(): void {
    for (const entry of this.#entries) {
      if (this.#open.size >= MOST_OPEN_QUESTIONS) return;
      if (entry.id > 0) continue;
      this.#lastId += 1;
      entry.id = this.#lastId;
      this.#open.set(entry.id, entry);
      const left = Math.max(1, Math.round(entry.deadline - performance.now()));
      this.#wire.request(entry.id, left, entry.question);
    }
  }
}

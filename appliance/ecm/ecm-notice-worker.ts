import { sessionContext } from '../sessions/injection-service.ts';
import type { Stores } from '../stores.ts';
import { type EcmExchange, WHOLE_QUESTION_MS } from './ecm-exchange.ts';
import type { EcmNotice } from './ecm-notice.ts';
import type { EcmReply, EcmSession } from './ecm-question.ts';
import type { EcmSessions } from './ecm-sessions.ts';

const AT_ONCE = 8;
/** Claimed notices that a process took with it when it died are due again then. */
const CLAIM_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 15 * 60;
const MOST_ATTEMPTS = 12;

export interface EcmNoticeWorkerDeps {
  stores: Stores;
  exchange: EcmExchange;
  sessions: EcmSessions;
  /** Where people read what became of a session. */
  historyUrl: (lsid: string) => string;
  /** Hears of notices that were given up. */
  onGivenUp: (notice: EcmNotice, reason: string) => void;
}

/**
 * Tells credential managers that sessions started and ended: at least once, later when none is connected, and for
 * about an hour at most.
 */
export class EcmNoticeWorker {
  readonly #deps: EcmNoticeWorkerDeps;
  readonly #stopping = new AbortController();

  constructor(deps: EcmNoticeWorkerDeps) {
    this.#deps = deps;
  }

  /** What is being told is told again later, by another process. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Everything that is due. Answers how many were told. */
  async tellDue(): Promise<number> {
    let told = 0;
    for (;;) {
      const due = await this.#deps.stores.ecmNotices.claim(AT_ONCE, CLAIM_SECONDS);
      const done = await Promise.all(due.map((notice) => this.#tell(notice)));
      told += done.filter(Boolean).length;
      if (due.length < AT_ONCE || this.#stopping.signal.aborted) return told;
    }
  }

  async #tell(notice: EcmNotice): Promise<boolean> {
    const { stores, onGivenUp } = this.#deps;
    const session = await this.#sessionOf(notice.lsid);
    const reply = session && (await this.#ask(notice, session));
    // A host that does not know the credential has nothing to be told.
    if (reply === undefined || reply.failure === undefined || reply.failure.code === 'not_found') {
      await stores.ecmNotices.remove(notice);
      return reply !== undefined;
    }
    if (notice.attempts + 1 >= MOST_ATTEMPTS) {
      onGivenUp(notice, reply.failure.message);
      await stores.ecmNotices.remove(notice);
    } else {
      await stores.ecmNotices.postpone(notice, Math.min(LONGEST_PAUSE_SECONDS, 5 * 2 ** notice.attempts));
    }
    return false;
  }

  async #ask({ lsid, kind }: EcmNotice, session: EcmSession): Promise<EcmReply> {
    const { stores, exchange } = this.#deps;
    const signal = AbortSignal.any([AbortSignal.timeout(WHOLE_QUESTION_MS), this.#stopping.signal]);
    if (kind === 'session_complete') return await exchange.ask({ kind, session }, signal);
    const credentialId = await stores.ecmSessionFacts.credentialOf(lsid);
    return await exchange.ask(
      { kind, session, credentialId, historyUrl: this.#deps.historyUrl(lsid) },
      signal,
    );
  }

  async #sessionOf(lsid: string): Promise<EcmSession | undefined> {
    const { stores, sessions } = this.#deps;
    const session = await stores.sessions.find(lsid);
    if (session === undefined) return undefined;
    return await sessions.of({ ...sessionContext(session), userId: session.userId });
  }
}

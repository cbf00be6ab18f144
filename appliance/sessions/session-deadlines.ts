import type { Clock } from '../clock.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { nextNotice } from './forced-end.ts';
import { endSession, type SessionLifecycle } from './session-lifecycle.ts';
import type { DeadlineKind, SessionDeadline } from './sessions.ts';
import type { EndReason, SupportSession } from './support-session.ts';

const AT_ONCE = 200;
/** A notice that nobody could hear comes again after this long. */
const UNHEARD_AGAIN_MS = 1_000;

/** What a deadline that ends the session ends it with. */
const ENDS_WITH: Partial<Record<DeadlineKind, EndReason>> = {
  representative_reconnect: 'representative_lost',
  jumpoint_answer: 'jumpoint_timeout',
  forced_end: 'forced_end',
};

/** Carries out what is due: rows compared with database time, taken by whichever process comes first. */
export class SessionDeadlines {
  private readonly deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    lifecycle: SessionLifecycle;
    clock: Clock;
  };

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; lifecycle: SessionLifecycle; clock: Clock }) {
    this.deps = deps;
  }

  /** How many sessions had something due. */
  async carryOut(): Promise<number> {
    const due = await this.deps.stores.sessions.withDueDeadlines(AT_ONCE);
    for (const lsid of due) await this.carryOutOne(lsid);
    return due.length;
  }

  /** The session's row is always taken before its deadlines, here as everywhere, so that nobody waits in a circle. */
  private async carryOutOne(lsid: string): Promise<void> {
    const { unitOfWork, lifecycle } = this.deps;
    const done = await unitOfWork.inTransaction(async (stores) => {
      const session = await stores.sessions.lockUnlessHeld(lsid);
      if (!session) return { ended: false, notices: [] };
      const due = await stores.sessions.takeDueDeadlines(lsid);
      const notices = due.filter(({ kind }) => kind === 'forced_end_notice');
      const reason = due.map(({ kind }) => ENDS_WITH[kind]).find((word) => word !== undefined);
      if (reason) return { ended: await endSession(stores, session, { reason }), notices: [] };
      // Before the shell is there nobody may be listening yet: the notice waits for them.
      const told = session.state === 'active';
      for (const notice of notices) await this.setNextNotice(stores, session, notice, told);
      return { ended: false, notices: told ? notices : [] };
    });
    if (done.ended) await lifecycle.announceEnd(lsid);
    for (const { facts } of done.notices) {
      await lifecycle.publish('session.notice', { lsid, ends_at: facts.ends_at ?? '' });
    }
  }

  private async setNextNotice(
    { sessions }: Stores,
    session: SupportSession,
    notice: SessionDeadline,
    told: boolean,
  ): Promise<void> {
    const endsAt = notice.facts.ends_at;
    const now = this.deps.clock.now();
    const next = told
      ? endsAt && nextNotice(new Date(endsAt), now)
      : new Date(now.getTime() + UNHEARD_AGAIN_MS);
    if (next) await sessions.setDeadline(session.lsid, 'forced_end_notice', next, notice.facts);
  }
}

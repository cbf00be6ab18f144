import type { Stores, UnitOfWork } from '../stores.ts';
import type { NodeBus } from './node-bus.ts';
import { type EventParty, SYSTEM_PARTY } from './session-event.ts';
import type { EndReason, SessionParticipant, SupportSession } from './support-session.ts';

/** Why a session ends and, when a person did it, who. */
export interface SessionEnd {
  reason: EndReason;
  performedBy?: EventParty;
}

/** How the event log names a participant. */
export function partyOf(
  participant: Pick<SessionParticipant, 'role' | 'gsnumber' | 'username' | 'publicDisplayName'>,
): EventParty {
  return {
    type: participant.role,
    gsnumber: participant.gsnumber,
    name: participant.publicDisplayName || participant.username,
  };
}

/**
 * Ends the session whose row the caller holds: state, participants, events, channels, tickets, deadlines and
 * its credential together.
 * False when it had ended before. After the commit the caller publishes `session.ended`.
 */
export async function endSession(stores: Stores, session: SupportSession, end: SessionEnd): Promise<boolean> {
  if (session.state === 'ended') return false;
  const { sessions } = stores;
  for (const participant of await sessions.departAll(session.lsid)) {
    await sessions.addEvent(session, {
      type: 'Conference Member Departed',
      performedBy: partyOf(participant),
    });
  }
  await sessions.addEvent(session, { type: 'Session End', performedBy: end.performedBy ?? SYSTEM_PARTY });
  await sessions.markEnded(session.lsid, end.reason);
  await sessions.closeChannels(session.lsid);
  await sessions.clearDeadlines(session.lsid);
  await stores.sessionCredentials.setReleaseDue(session.lsid);
  await stores.ecmNotices.add(session.lsid, 'session_complete');
  if (end.reason === 'node_lost')
    await sessions.abandonRecordings(session.lsid, 'The server process stopped.');
  return true;
}

export interface LifecycleDeps {
  unitOfWork: UnitOfWork;
  bus: NodeBus;
  /** Hears of hints the bus could not take; state is in the database by then. */
  onError: (error: unknown) => void;
}

/** Ends sessions and tells every process about it. */
export class SessionLifecycle {
  private readonly deps: LifecycleDeps;

  constructor(deps: LifecycleDeps) {
    this.deps = deps;
  }

  /** False when it had ended before or never was. */
  async end(lsid: string, end: SessionEnd): Promise<boolean> {
    const ended = await this.deps.unitOfWork.inTransaction(async (stores) => {
      const session = await stores.sessions.lock(lsid);
      return session !== undefined && (await endSession(stores, session, end));
    });
    if (ended) await this.announceEnd(lsid);
    return ended;
  }

  async announceEnd(lsid: string): Promise<void> {
    await this.publish('session.ended', { lsid });
  }

  async publish(...message: Parameters<NodeBus['publish']>): Promise<void> {
    await this.deps.bus.publish(...message).catch(this.deps.onError);
  }
}

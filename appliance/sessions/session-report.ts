import type { SessionEvent } from './session-event.ts';
import type { SessionSight } from './session-sight.ts';
import type { SessionAttribute, SessionParticipant, SupportSession } from './support-session.ts';

/** A recorded shell of a session; `instance` counts from 0 in the order they were opened. */
export interface ReportedRecording {
  instance: number;
}

/** Everything a report says about one session. Lists are in the order things happened. */
export interface SessionReport {
  session: SupportSession;
  participants: SessionParticipant[];
  events: SessionEvent[];
  attributes: SessionAttribute[];
  recordings: ReportedRecording[];
}

/** One line of the session listing. */
export interface SessionSummary {
  lsid: string;
  externalKey: string;
  hasRecording: boolean;
}

/**
 * Which sessions a report covers.
 *
 * - `started`: those begun in the window, running ones included.
 * - `ended`: only closed ones, by the moment they ended.
 * - `lsids`: these, running or not; unknown ones are passed over.
 *
 * A window holds `from` and everything up to, not including, `before`; without `before` it runs up to now.
 */
export type ReportSelection =
  | { by: 'started' | 'ended'; from: Date; before: Date | undefined }
  | { by: 'lsids'; lsids: readonly string[] };

export interface ReportCriteria {
  selection: ReportSelection;
  /** Only sessions that are seen. */
  sight?: SessionSight;
  /** Only sessions owned by this user. */
  userId?: number;
  /** Only sessions of this public site. */
  publicSiteId?: number;
}

/**
 * Reads sessions for reports in batches that a process can hold, however many there are: closed sessions in the order
 * they ended, others in the order they started. Between two batches nothing is held in the database, so a slow reader
 * holds up nobody; within a batch everything is of one moment. Fails with `unavailable`.
 */
export interface SessionReports {
  sessions(criteria: ReportCriteria): AsyncIterable<SessionReport[]>;
  summaries(criteria: ReportCriteria): AsyncIterable<SessionSummary[]>;
}

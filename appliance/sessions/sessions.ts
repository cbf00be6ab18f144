import type { SessionPermissionSet } from '../access/session-permission-rules.ts';
import type { NewSessionEvent, SessionEvent } from './session-event.ts';
import type { SessionSight } from './session-sight.ts';
import type {
  EndReason,
  SessionAttribute,
  SessionChannel,
  SessionParticipant,
  SessionState,
  ShellTarget,
  StartMethod,
  SupportSession,
} from './support-session.ts';

export interface NewSession {
  lsid: string;
  startMethod: StartMethod;
  jumpItemId: number | undefined;
  jumpItemKind: string;
  jumpItemName: string;
  target: ShellTarget;
  jumpGroup: { id: number; type: 'shared' | 'personal'; name: string } | undefined;
  jumpoint: { id: number; name: string };
  jumpointNodeId: number;
  /** The server process that holds the Jumpoint's control socket. */
  nodeId: string;
  userId: number;
  externalKey: string;
  ticketId: string;
  permissions: SessionPermissionSet;
  customerPresent: boolean;
  ecmEndpointId: string | undefined;
}

export type NewParticipant = Omit<SessionParticipant, 'gsnumber' | 'joinedAt' | 'leftAt'>;

export interface SessionQuery {
  /** Only sessions that are seen. */
  sight?: SessionSight | undefined;
  state?: SessionState | undefined;
  userId?: number | undefined;
  jumpItemId?: number | undefined;
  jumpItemKind?: string | undefined;
  jumpGroupId?: number | undefined;
  externalKey?: string | undefined;
  startedFrom?: Date | undefined;
  startedBefore?: Date | undefined;
  /** Part of the item name, the host, the representative or the external key, in any case. */
  search?: string | undefined;
}

/** Where the next page begins: behind this session, in the order newest first. */
export interface SessionPosition {
  /** As the database writes it: a JavaScript date would lose its microseconds. */
  startedAt: string;
  lsid: string;
}

export interface SessionPage {
  sessions: SupportSession[];
  next: SessionPosition | undefined;
}

/** A recorded terminal of a session. */
export interface Recording {
  lsid: string;
  instance: number;
  kind: 'command_shell';
  location: string;
  startedAt: Date;
  endedAt: Date | undefined;
  columns: number;
  rows: number;
  bytes: number;
  failure: string | undefined;
}

/** What belongs to sessions, in lists that the caller groups by `lsid`. */
export interface SessionDetails {
  participants: Map<string, SessionParticipant[]>;
  attributes: Map<string, SessionAttribute[]>;
  recordings: Map<string, Recording[]>;
  channels: Map<string, SessionChannel[]>;
}

export type DeadlineKind =
  | 'representative_reconnect'
  | 'forced_end_notice'
  | 'forced_end'
  | 'jumpoint_answer';

export interface SessionDeadline {
  lsid: string;
  kind: DeadlineKind;
  dueAt: Date;
  facts: Record<string, string>;
}

/**
 * Session rows and what hangs on them. State changes are made by whoever holds the row (`lock`) in a transaction and
 * together with their event; events are only ever added.
 */
export interface Sessions {
  /** The new session holds its row until the transaction ends. */
  insert(session: NewSession): Promise<SupportSession>;
  find(lsid: string): Promise<SupportSession | undefined>;
  /** Waits for the row and keeps it until the transaction ends. */
  lock(lsid: string): Promise<SupportSession | undefined>;
  /** As `lock`, but undefined when somebody else holds the row right now. */
  lockUnlessHeld(lsid: string): Promise<SupportSession | undefined>;
  page(query: SessionQuery, after: SessionPosition | undefined, limit: number): Promise<SessionPage>;
  /** Matching sessions, counted up to `most`. */
  count(query: SessionQuery, most: number): Promise<number>;
  details(lsids: readonly string[]): Promise<SessionDetails>;
  markActive(lsid: string): Promise<void>;
  markEnded(lsid: string, reason: EndReason): Promise<void>;
  setExternalKey(lsid: string, externalKey: string): Promise<void>;
  /** Running sessions carried by a server process, at most `limit`. */
  runningOnNode(nodeId: string, limit: number): Promise<string[]>;
  runningOnJumpointNode(jumpointNodeId: number): Promise<string[]>;
  /** Those of the given sessions that have ended or are gone. */
  endedAmong(lsids: readonly string[]): Promise<string[]>;

  /** The new participant's `gsnumber`. */
  addParticipant(lsid: string, participant: NewParticipant): Promise<number>;
  participants(lsid: string): Promise<SessionParticipant[]>;
  setParticipantAddress(lsid: string, gsnumber: number, publicIp: string): Promise<void>;
  /** Everybody who is still there leaves; answers who that was. */
  departAll(lsid: string): Promise<SessionParticipant[]>;

  addEvent(session: SupportSession, event: NewSessionEvent): Promise<void>;
  events(session: SupportSession, afterSequence: number, limit: number): Promise<SessionEvent[]>;

  /** Code names (as configured) of those attributes that exist, by their lower-case form. */
  knownAttributes(codeNames: readonly string[]): Promise<Map<string, SessionAttribute>>;
  attributes(lsid: string): Promise<SessionAttribute[]>;
  setAttribute(lsid: string, codeName: string, value: string): Promise<void>;
  removeAttribute(lsid: string, codeName: string): Promise<void>;

  addChannel(
    lsid: string,
    channel: { kind: 'terminal'; nodeId: string; columns: number; rows: number },
  ): Promise<SessionChannel & { columns: number; rows: number }>;
  findChannel(channelId: string): Promise<(SessionChannel & { columns: number; rows: number }) | undefined>;
  closeChannels(lsid: string): Promise<void>;

  addRecording(recording: Omit<Recording, 'endedAt' | 'bytes' | 'failure'>): Promise<void>;
  findRecording(lsid: string, instance: number): Promise<Recording | undefined>;
  /** Of several counts of its bytes the largest stays. */
  finishRecording(
    lsid: string,
    instance: number,
    result: { bytes?: number; failure?: string },
  ): Promise<void>;
  /** Ends the recordings of a session that nobody finished; `failure` says why. */
  abandonRecordings(lsid: string, failure: string): Promise<void>;

  /** Replaces a deadline of the same kind. `dueAt` is a time, or seconds from now by database time. */
  setDeadline(
    lsid: string,
    kind: DeadlineKind,
    dueAt: Date | number,
    facts?: Record<string, string>,
  ): Promise<void>;
  clearDeadline(lsid: string, kind: DeadlineKind): Promise<void>;
  clearDeadlines(lsid: string): Promise<void>;
  /** Sessions with something due, at most `limit`, without holding them. */
  withDueDeadlines(limit: number): Promise<string[]>;
  /** Takes what is due of a session whose row the caller holds. */
  takeDueDeadlines(lsid: string): Promise<SessionDeadline[]>;
}

/** Names of session events exactly as the reporting API writes them in `event_type`. */
export type SessionEventType =
  | 'Session Start'
  | 'Session End'
  | 'Conference Owner Changed'
  | 'Conference Member Added'
  | 'Conference Member Departed'
  | 'Conference Member State Changed'
  | 'Command Shell Session Started'
  | 'Credential Injection Attempt'
  | 'Credential Injection Attempt Failed'
  | 'External Key'
  | 'Session Note Added';

/** Who did something, or to whom. `gsnumber` joins to the participants; 0 is the system. */
export interface EventParty {
  type: 'system' | 'customer' | 'representative';
  gsnumber: number;
  name: string;
}

/** One `data/value` of an event; the order of the list is the order in reports. */
export interface EventValue {
  name: string;
  value: string;
}

export interface NewSessionEvent {
  type: SessionEventType;
  performedBy?: EventParty;
  destination?: EventParty;
  body?: string;
  data?: EventValue[];
}

/** A stored event. URLs of recordings are not stored: whoever renders the event adds them from `instance`. */
export interface SessionEvent extends NewSessionEvent {
  lsid: string;
  /** 1, 2, 3 ... within the session, in the order things happened. */
  sequence: number;
  occurredAt: Date;
}

export const SYSTEM_PARTY: EventParty = { type: 'system', gsnumber: 0, name: 'System' };

/** The owner every session has before its first representative has joined. */
export const PRE_START_CONFERENCE = 'Pre-start Conference';

/** `values({ a: '1' })` -> `[{ name: 'a', value: '1' }]`, in the order written. */
export function eventValues(values: Record<string, string>): EventValue[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

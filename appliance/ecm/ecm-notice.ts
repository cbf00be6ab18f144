/** What plug-ins are told of sessions. */
export type EcmNoticeKind = 'session_started' | 'session_complete';

export interface EcmNotice {
  lsid: string;
  kind: EcmNoticeKind;
  /** Times it was tried before. */
  attempts: number;
}

/** Notices of sessions for Endpoint Credential Managers, written in the transaction of what they tell of. */
export interface EcmNotices {
  /** Does nothing while no approved host has a plug-in that wants it. */
  add(lsid: string, kind: EcmNoticeKind): Promise<void>;
  /** Claims what is due, the oldest first: it is due again after `againInSeconds` unless it is removed. */
  claim(limit: number, againInSeconds: number): Promise<EcmNotice[]>;
  remove(notice: Pick<EcmNotice, 'lsid' | 'kind'>): Promise<void>;
  /** Next try in so many seconds. */
  postpone(notice: Pick<EcmNotice, 'lsid' | 'kind'>, seconds: number): Promise<void>;
}

import type { EcmQuestion, EcmReply } from './ecm-question.ts';

/** A question for a host that another server process holds. */
export interface EcmRequest {
  id: string;
  ecmHostId: number;
  connectionId: string;
  question: EcmQuestion;
  /** By database time. */
  timeLeftMs: number;
}

/** What became of a request: `waiting` while its host may still answer. */
export type EcmRequestState = EcmReply | 'waiting' | 'lost';

/** Questions and replies between the server processes of a site. No secret in plain text is ever in one. */
export interface EcmRequests {
  insert(request: EcmRequest & { nodeId: string; askingNodeId: string }): Promise<void>;
  /** Those for this process that nobody took yet and that have time left. */
  take(nodeId: string): Promise<EcmRequest[]>;
  /** False when nobody waits for it any longer. */
  reply(id: string, reply: EcmReply): Promise<boolean>;
  /** `lost` when the request, its process or the connection it was for is gone. */
  stateOf(id: string): Promise<EcmRequestState>;
  delete(id: string): Promise<void>;
  /** What nobody took back, e.g. because the asking process died. Answers how many there were. */
  deleteOverdue(): Promise<number>;
}

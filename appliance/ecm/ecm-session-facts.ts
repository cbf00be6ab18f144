import type { EcmSession } from './ecm-question.ts';

/** What credential managers are told of people and Jump Items, read in one question. */
export interface EcmSessionFacts {
  /** Each is undefined when there is none of that id (any more). */
  find(
    userId: number,
    jumpItemId: number | undefined,
  ): Promise<{ user: EcmSession['user'] | undefined; item: SavedItemFacts | undefined }>;
  /** The credential of a credential manager that was chosen for a session first; undefined when there is none. */
  credentialOf(lsid: string): Promise<string | undefined>;
}

export interface SavedItemFacts {
  group: string;
  tag: string;
  comments: string;
}

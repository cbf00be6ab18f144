import type { Page, PageRequest } from '../paging.ts';

/** A named set of session permissions. Id 1 is reserved by the published contract. */
export interface SessionPolicy {
  id: number;
  displayName: string;
  codeName: string;
  description: string;
}

export interface SessionPolicies {
  /** In the order of their ids. */
  find(page: PageRequest): Promise<Page<SessionPolicy>>;
}

import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';

export const ISSUE_PRIORITIES = ['low', 'medium', 'high'] as const;
export type IssuePriority = (typeof ISSUE_PRIORITIES)[number];

/** What a customer can ask for help with, and who hears of it. */
export interface Issue extends Revised {
  id: number;
  /** What the customer chooses from. */
  name: string;
  /** What programs and links name it by; unique among issues. */
  codeName: string;
  description: string;
  /** Customers may choose it. */
  active: boolean;
  /** Of the sessions that come with it. */
  priority: IssuePriority;
  /** Skills that whoever takes it should have, in the order of their ids. */
  skillIds: number[];
  /** The teams it is offered to, in this order; empty: the general queue. */
  teamIds: number[];
}

/** Text is compared whole, ignoring case. */
export interface IssueFilter {
  name?: string | undefined;
  codeName?: string | undefined;
  active?: boolean | undefined;
  /** Only those offered to this team. */
  teamId?: number | undefined;
}

/**
 * Unique names: writes fail with `conflict` naming `name` or `code_name`, and with `invalid` naming `skill_ids` or
 * `team_ids` for one that does not exist.
 */
export interface Issues {
  /** In the order of their ids. */
  find(filter: IssueFilter, page: PageRequest): Promise<Page<Issue>>;
  findById(id: number): Promise<Issue | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<Issue | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(issue: Omit<Issue, 'id' | 'revision'>): Promise<Issue>;
  /** Raises the revision by one and answers it. */
  update(issue: Issue): Promise<number>;
  delete(id: number): Promise<void>;
}

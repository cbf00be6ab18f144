import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';

/** A text that a representative puts into a chat by choosing its title. */
export interface CannedMessage extends Revised {
  id: number;
  /** Need not be unique: two teams may greet each in its own way. */
  title: string;
  /** 1 to 64 letters, digits, `_`, `-`; unique among canned messages. */
  codeName: string;
  /** Plain text; BBCode in it is formatted when the message is sent. */
  message: string;
  /** A slash makes a subcategory. */
  categories: string[];
  /** Whose members may use it, in the order of their ids; empty: everybody. */
  teamIds: number[];
}

/** Text is compared whole, ignoring case. */
export interface CannedMessageFilter {
  title?: string | undefined;
  codeName?: string | undefined;
  category?: string | undefined;
  teamId?: number | undefined;
}

/**
 * Unique code names: writes fail with `conflict` naming `code_name`, and with `invalid` naming `team_ids` for a team
 * that does not exist.
 */
export interface CannedMessages {
  /** In the order of their ids. With `forTeams` only those for everybody and those of these teams. */
  find(
    filter: CannedMessageFilter,
    page: PageRequest,
    forTeams?: readonly number[],
  ): Promise<Page<CannedMessage>>;
  findById(id: number): Promise<CannedMessage | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<CannedMessage | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(message: Omit<CannedMessage, 'id' | 'revision'>): Promise<CannedMessage>;
  /** Raises the revision by one and answers it. */
  update(message: CannedMessage): Promise<number>;
  delete(id: number): Promise<void>;
}

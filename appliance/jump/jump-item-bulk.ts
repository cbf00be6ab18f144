import type { FieldErrors } from '../errors.ts';
import type { JumpItem, JumpItemKind } from './jump-item.ts';
import type { JumpItemOwner } from './jump-item-access.ts';
import type { JumpItemInput } from './jump-item-rules.ts';
import type { JumpItemSearchQuery } from './jump-item-search.ts';

/** So many items are changed in one transaction at most. */
export const MOST_AT_ONCE = 5000;

export interface NamedItem {
  id: number;
  /** The kind it is expected to be of. */
  kind: JumpItemKind;
  /** The revision it is expected at; undefined when any will do. */
  revision?: number | undefined;
}

/** What a search finds; `expected` is how many somebody has seen it find, without which nothing is changed by it. */
export interface FoundItems {
  query: JumpItemSearchQuery;
  expected: number | undefined;
}

export interface BulkUpdate {
  kind: JumpItemKind;
  select: { items: readonly NamedItem[] } | { found: FoundItems };
  changes: JumpItemInput;
  preview: boolean;
}

export interface BulkTransfer {
  items: readonly NamedItem[];
  to: JumpItemOwner;
  preview: boolean;
}

/** Why one item cannot be changed as wanted. */
export interface BulkRefusal {
  id: number;
  /** Empty for an item that does not exist for the caller. */
  name: string;
  code: 'not_found' | 'forbidden' | 'invalid' | 'conflict' | 'precondition_failed';
  message: string;
  fields?: FieldErrors | undefined;
}

export interface BulkResult {
  matched: number;
  changed: number;
  unchanged: number;
  /** Empty unless it is a preview: one refusal keeps everything as it is. */
  refused: BulkRefusal[];
  preview: boolean;
  /** As they are afterwards; empty in a preview. `copyOf` for copies. */
  items: (Pick<JumpItem, 'id' | 'kind' | 'revision'> & { copyOf?: number })[];
}

import type { JumpGroupType, JumpItem, JumpItemKind, Visibility } from './jump-item.ts';

/** The fields a search looks into, by wire name. */
export const SEARCH_FIELDS = [
  'comments',
  'console_user',
  'domain',
  'fqdn',
  'group',
  'hostname',
  'jump_method',
  'last_accessed',
  'name',
  'private_ip',
  'public_ip',
  'status',
  'tag',
  'workgroup',
] as const;
export type SearchField = (typeof SEARCH_FIELDS)[number];

export const JUMP_ITEM_SORTS = [
  'name',
  'hostname',
  'jump_method',
  'group',
  'jumpoint',
  'status',
  'tag',
  'comments',
  'console_user',
  'domain',
  'fqdn',
  'workgroup',
  'private_ip',
  'public_ip',
  'last_accessed',
  'created_at',
] as const;
export type JumpItemSort = (typeof JUMP_ITEM_SORTS)[number];

/** Whether a session could start now, as far as the Jumpoint decides it. */
export const JUMP_ITEM_STATUSES = ['available', 'offline', 'disabled'] as const;
export type JumpItemStatus = (typeof JUMP_ITEM_STATUSES)[number];

export interface JumpItemSearchQuery {
  /** Every one has to occur in one of `fields`, ignoring case. */
  words: readonly string[];
  fields: readonly SearchField[];
  /** Each text has to occur as it is in its own field, ignoring case. */
  containing?: readonly { field: 'comments' | 'hostname' | 'tag'; text: string }[] | undefined;
  kinds?: readonly JumpItemKind[] | undefined;
  jumpGroupId?: number | undefined;
  jumpGroupType?: JumpGroupType | undefined;
  jumpointId?: number | undefined;
  jumpPolicyId?: number | undefined;
  /** Compared whole, ignoring case. */
  tag?: string | undefined;
  status?: JumpItemStatus | undefined;
  /** Only items that this association of a vault account is for. */
  associationId?: number | undefined;
  sort: JumpItemSort;
  order: 'asc' | 'desc';
}

/** What a list of mixed kinds shows of an item. */
export interface JumpItemHit {
  id: number;
  kind: JumpItemKind;
  name: string;
  hostname: string;
  port: number | null;
  username: string;
  jumpGroupType: JumpGroupType;
  jumpGroupId: number;
  /** Name of the Jump Group or of the owner. */
  group: string;
  jumpointId: number | null;
  jumpoint: string;
  jumpPolicyId: number | null;
  tag: string;
  comments: string;
  status: JumpItemStatus;
  consoleUser: string;
  domain: string;
  fqdn: string;
  workgroup: string;
  privateIp: string;
  publicIp: string;
  lastAccessedAt: Date | null;
  externalId: string;
  createdAt: Date;
}

/** Where the next page starts: after the item with this sort value and id. */
export interface JumpItemSearchKey {
  value: string;
  id: number;
  /** Hits of all pages as the first page counted them. */
  total: number;
}

export interface JumpItemSearchPage {
  items: JumpItemHit[];
  total: number;
  next: JumpItemSearchKey | undefined;
}

/** An item with the names of what it refers to, for files that name things by code name. */
export interface NamedJumpItem {
  item: JumpItem;
  /** Empty for personal items. */
  jumpGroupCodeName: string;
  jumpointCodeName: string;
  jumpPolicyCodeName: string;
  sessionPolicyCodeName: string;
  attendedSessionPolicyCodeName: string;
  publicPortalHostname: string;
}

/** One search over all kinds. It never decides: what may be found comes in as `visibility`. */
export interface JumpItemSearch {
  page(
    query: JumpItemSearchQuery,
    visibility: Visibility,
    page: { after?: JumpItemSearchKey | undefined; limit: number },
  ): Promise<JumpItemSearchPage>;
  /** Every hit in the order of the query, some hundred at a time: memory does not grow with their number. */
  stream(query: JumpItemSearchQuery, visibility: Visibility): AsyncIterable<NamedJumpItem[]>;
}

/** Words of a search text; at most ten count. */
export function wordsOf(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter((word) => word !== ''))].slice(0, 10);
}

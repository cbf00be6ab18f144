import type { Ids } from '../ids.ts';
import type { Page, PageRequest } from '../paging.ts';

/** Wire names of the kinds of Jump Item that people make, in the order screens list them. */
export const JUMP_ITEM_KINDS = [
  'shell_jump',
  'remote_rdp',
  'remote_vnc',
  'remote_jump',
  'local_jump',
  'local_rdp',
  'local_vnc',
  'vpro',
  'web_jump',
  'protocol_tunnel',
  'mysql_tunnel',
  'psql_tunnel',
  'network_tunnel',
] as const;
export type MadeJumpItemKind = (typeof JUMP_ITEM_KINDS)[number];

/** Every kind. A Jump Client comes into being when its program is installed; nobody makes or imports one. */
export const EVERY_JUMP_ITEM_KIND = [...JUMP_ITEM_KINDS, 'jump_client'] as const;
export type JumpItemKind = (typeof EVERY_JUMP_ITEM_KIND)[number];

export function isJumpItemKind(word: unknown): word is JumpItemKind {
  return EVERY_JUMP_ITEM_KIND.some((kind) => kind === word);
}

export type JumpGroupType = 'shared' | 'personal';

/** What only some kinds have: text, numbers, yes or no, by wire name (see JUMP_ITEM_FIELDS). */
export type FieldValue = string | number | boolean | null;

/**
 * A saved target of a jump. Ids are unique over all kinds. Absent text is empty, absent references are null.
 * What is searched or joined is a member of its own; the rest of what a kind has is in `settings`.
 */
export interface JumpItem {
  id: number;
  kind: JumpItemKind;
  name: string;
  /** For a Web Jump its URL. */
  hostname: string;
  jumpGroupType: JumpGroupType;
  /** The owner: a Jump Group, or a user when `jumpGroupType` is `personal`. */
  jumpGroupId: number;
  jumpointId: number | null;
  port: number | null;
  username: string;
  domain: string;
  tag: string;
  comments: string;
  jumpPolicyId: number | null;
  /** Holds when no customer is present, or always where the kind has one policy only. */
  sessionPolicyId: number | null;
  attendedSessionPolicyId: number | null;
  publicPortalId: number | null;
  /** What another system calls this item; unique when not empty. */
  externalId: string;
  settings: Record<string, FieldValue>;
  /** The endpoint of the vault that a Remote RDP item is known to lead to; tied from there. */
  vaultEndpointId: number | null;
  /** Grows with every change, from 1. */
  revision: number;
}

export type NewJumpItem = Omit<JumpItem, 'id' | 'revision' | 'vaultEndpointId'>;

/** Text is compared whole, ignoring case; filters are joined by "and". */
export interface JumpItemFilter {
  name?: string | undefined;
  hostname?: string | undefined;
  tag?: string | undefined;
  jumpGroupId?: number | undefined;
  jumpGroupType?: JumpGroupType | undefined;
  jumpointId?: number | undefined;
  vaultEndpointId?: number | undefined;
}

/** Whose items a query may find: those of these Jump Groups, and the personal ones of these people. */
export type Visibility = 'everything' | { groups: Ids; owners: Ids };

/**
 * Saved Jump Items. Writes fail with `invalid` naming the field of a reference to nothing (`jump_group_id`,
 * `jumpoint_id`, `jump_policy_id`, ...) and with `conflict` naming `external_id` when it is taken.
 */
export interface JumpItems {
  /** Of any kind when `kind` is undefined. */
  findById(id: number, kind?: JumpItemKind): Promise<JumpItem | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number, kind?: JumpItemKind): Promise<JumpItem | undefined>;
  /** Those there are, of any kind, in the order of their ids and held until the transaction ends. */
  lockMany(ids: readonly number[]): Promise<JumpItem[]>;
  /** One kind, in the order of their ids. */
  list(
    kind: JumpItemKind,
    filter: JumpItemFilter,
    visibility: Visibility,
    page: PageRequest,
  ): Promise<Page<JumpItem>>;
  insert(item: NewJumpItem): Promise<JumpItem>;
  /** Writes everything but the id and raises the revision by one; answers what is stored then. */
  update(item: JumpItem): Promise<JumpItem>;
  delete(id: number): Promise<void>;
}

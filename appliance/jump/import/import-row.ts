import type { MadeJumpItemKind } from '../jump-item.ts';

/**
 * A validated row. A member that is undefined was not in the file: an existing item keeps its value, a new one gets
 * the default. A reference of 0 clears it.
 */
export interface ImportRow {
  line: number;
  kind: MadeJumpItemKind;
  name: string;
  /** Undefined when the group is made while the rows are applied; then `newGroup` is its code name. */
  jumpGroupId: number | undefined;
  newGroup: string | undefined;
  externalId: string | undefined;
  /** Tells items of one kind, group and name apart; never more than that. */
  itemId: number | undefined;
  hostname: string | undefined;
  jumpointId: number | undefined;
  port: number | undefined;
  /** The port a new item gets when the file says none. */
  defaultPort: number | undefined;
  username: string | undefined;
  domain: string | undefined;
  tag: string | undefined;
  comments: string | undefined;
  jumpPolicyId: number | undefined;
  sessionPolicyId: number | undefined;
  attendedSessionPolicyId: number | undefined;
  publicPortalId: number | undefined;
  /** What only this kind has, in the shape the item keeps it. */
  settings: Record<string, unknown>;
}

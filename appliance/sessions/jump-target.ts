import type { Actor, UserActor } from '../actor.ts';
import type { JumpItem, JumpItemKind } from '../jump/jump-item.ts';
import { grantFor } from '../jump/jump-item-access.ts';
import type { Stores } from '../stores.ts';
import type { JumpPolicyRules } from './jump-policy-check.ts';
import type { ShellTarget } from './support-session.ts';

/** A saved Jump Item as starting a session needs it. */
export interface JumpTarget {
  id: number;
  kind: JumpItemKind;
  name: string;
  /** Undefined for kinds that are no shells. */
  shell: ShellTarget | undefined;
  jumpointId: number | undefined;
  jumpGroup: { id: number; type: 'shared' | 'personal'; name: string };
  jumpPolicy: JumpPolicyRules | undefined;
  /** The role allows starting sessions with it. */
  mayStart: boolean;
  /** The role allows changing its Jump Policy, and with it to pass over the schedule. */
  mayEditJumpPolicy: boolean;
}

/** The rights of a person that do not depend on a Jump Item. */
export interface JumpRights {
  administrator: boolean;
  enabled: boolean;
  username: string;
  publicDisplayName: string;
  privateDisplayName: string;
  /** Kinds of Jump Items this person may start, e.g. `shell_jump`. */
  allowedJumpMethods: readonly string[];
}

/** What session start reads of people and writes on Jump Items beside their own repositories. */
export interface JumpStarts {
  rightsOf(userId: number): Promise<JumpRights | undefined>;
  /** Notes that a session was started with the item; no change of the item as its revision counts them. */
  markAccessed(jumpItemId: number): Promise<void>;
}

/** Undefined when there is no such item of that kind or the person may not see it. */
export async function findJumpTarget(
  stores: Stores,
  actor: Pick<UserActor, 'userId' | 'administrator'>,
  kind: JumpItemKind,
  jumpItemId: number,
): Promise<JumpTarget | undefined> {
  const item = await stores.jumpItems.findById(jumpItemId, kind);
  if (!item) return undefined;
  const grant = await grantFor(asActor(actor), item, stores.jumpItemGrants);
  if (grant.size === 0) return undefined;
  return {
    id: item.id,
    kind: item.kind,
    name: item.name,
    shell: item.kind === 'shell_jump' ? shellOf(item) : undefined,
    jumpointId: item.jumpointId ?? undefined,
    jumpGroup: { id: item.jumpGroupId, type: item.jumpGroupType, name: await ownerName(stores, item) },
    jumpPolicy: item.jumpPolicyId === null ? undefined : await policyRules(stores, item.jumpPolicyId),
    mayStart: grant.has('perm_start'),
    mayEditJumpPolicy: grant.has('perm_edit_jump_policy'),
  };
}

function asActor({ userId, administrator }: Pick<UserActor, 'userId' | 'administrator'>): Actor {
  return {
    kind: 'user',
    userId,
    administrator,
    rights: new Set(),
    username: '',
    displayName: '',
    credentialId: '',
    address: '',
  };
}

async function ownerName(stores: Stores, item: JumpItem): Promise<string> {
  if (item.jumpGroupType === 'shared')
    return (await stores.jumpGroups.findById(item.jumpGroupId))?.name ?? '';
  const owner = await stores.jumpStarts.rightsOf(item.jumpGroupId);
  return owner?.privateDisplayName || owner?.publicDisplayName || owner?.username || '';
}

async function policyRules({ jumpPolicies }: Stores, id: number): Promise<JumpPolicyRules | undefined> {
  const [policy, schedule] = await Promise.all([jumpPolicies.findById(id), jumpPolicies.findSchedule(id)]);
  return policy && { ...policy, schedule: schedule ?? { timezone: 'UTC', entries: [] } };
}

function shellOf(item: JumpItem): ShellTarget {
  const protocol = item.settings.protocol === 'telnet' ? 'telnet' : 'ssh';
  return {
    hostname: item.hostname,
    port: item.port || (protocol === 'ssh' ? 22 : 23),
    protocol,
    username: item.username,
    terminal: item.settings.terminal === 'VT100' ? 'VT100' : 'xterm',
    keep_alive: typeof item.settings.keep_alive === 'number' ? item.settings.keep_alive : 0,
  };
}

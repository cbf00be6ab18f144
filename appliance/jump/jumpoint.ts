import type { Ids } from '../ids.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';

/** A system that Shell Jump may reach when the Jumpoint is limited to provisioned ones. */
export interface ProvisionedTarget {
  hostname: string;
  port: number;
  protocol: 'ssh' | 'telnet';
  username: string;
  name: string;
}

/** Settings of the zone proxy: kept and returned, without effect yet. */
export interface ZoneProxy {
  enabled: boolean;
  hostname: string;
  port: number;
  allowHttpGet: boolean;
  clientAddressRestrictionsType: 'no_restriction' | 'allow_all' | 'deny_all';
  restrictedIps: string[];
}

/** A way into a remote network: one program there, or a cluster of them. */
export interface Jumpoint {
  id: number;
  name: string;
  /** Fixed at creation. */
  platform: 'windows-x86' | 'linux-x86';
  codeName: string;
  comments: string;
  enabled: boolean;
  /** Fixed at creation. */
  clustered: boolean;
  shellJumpEnabled: boolean;
  /** Which systems Shell Jump reaches: any, those in the ranges, or the provisioned ones alone. */
  shellJumpAccess: 'open' | 'limited' | 'provisioned';
  /** See `isAddressRange`. */
  shellJumpRanges: string[];
  shellJumpProvisioned: ProvisionedTarget[];
  externalJumpItemNetworkId: string;
  /** Tunnels may go through it. */
  protocolTunnelEnabled: boolean;
  /** What network tunnels may give out where nothing else gives addresses: first and last address with a `-`. */
  managedRanges: string[];
  zoneProxy: ZoneProxy;
}

/** A Jumpoint, and whether one of its programs is connected now. */
export interface ListedJumpoint extends Jumpoint, Revised {
  connected: boolean;
}

/** Text is compared whole, ignoring case; addresses and host names with those of every node. */
export interface JumpointFilter {
  /** Part of the name. */
  search?: string | undefined;
  name?: string | undefined;
  codeName?: string | undefined;
  publicIp?: string | undefined;
  privateIp?: string | undefined;
  hostname?: string | undefined;
  /** Only Jumpoints of which this user is a direct member. */
  ids?: Ids | undefined;
}

/** An enrolled program of a Jumpoint. */
export interface JumpointNode {
  id: number;
  hostname: string;
  privateIp: string;
  publicIp: string;
  version: string;
  connected: boolean;
  enrolledAt: Date;
  lastConnectTimestamp: Date | null;
  lastDisconnectTimestamp: Date | null;
  /** When the same key was seen alive twice. */
  cloneSuspectedAt: Date | null;
}

/** Unique values: writes fail with `conflict` naming `name`, `code_name` or `external_jump_item_network_id`. */
export interface Jumpoints {
  /** In the order of their ids. */
  find(filter: JumpointFilter, page: PageRequest): Promise<Page<ListedJumpoint>>;
  findById(id: number): Promise<ListedJumpoint | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<ListedJumpoint | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(jumpoint: Omit<Jumpoint, 'id'>): Promise<ListedJumpoint>;
  /** Raises the revision by one and answers it. */
  update(jumpoint: Jumpoint): Promise<number>;
  /** Deletes nodes, memberships, enrolment tokens and Jump Items too; answers how many items there were. */
  delete(id: number): Promise<number>;
  /** Enrolled nodes that are not revoked, in the order of their ids. */
  findNodes(id: number): Promise<JumpointNode[]>;
  /** False when there is no such node, or it is revoked already. */
  revokeNode(id: number, nodeId: number): Promise<boolean>;
}

/** Direct grants. Writes fail with `conflict` for a member twice and `invalid` for an unknown user. */
export interface JumpointMembers {
  /** User ids, in their order. */
  find(jumpointId: number, page: PageRequest): Promise<Page<number>>;
  has(jumpointId: number, userId: number): Promise<boolean>;
  insert(jumpointId: number, userId: number): Promise<void>;
  delete(jumpointId: number, userId: number): Promise<void>;
}

/** Lets programs enrol; its text is not kept. */
export interface EnrolmentToken {
  id: number;
  usesLeft: number;
  expiresAt: Date;
  createdAt: Date;
}

export interface EnrolmentTokens {
  /** Those that can still enrol a program, in the order of their ids. */
  findUsable(jumpointId: number): Promise<EnrolmentToken[]>;
  insert(token: {
    jumpointId: number;
    tokenHash: Buffer;
    uses: number;
    lifetimeSeconds: number;
  }): Promise<EnrolmentToken>;
  /** False when there is no such token that could be used. */
  revoke(jumpointId: number, id: number): Promise<boolean>;
}

import type { Page, PageRequest } from '../paging.ts';
import type { JumpGroupType, JumpItem, Visibility } from './jump-item.ts';

/** How the window of the customer's program opens. */
export const CLIENT_START_MODES = ['normal', 'minimized', 'hidden'] as const;
export type ClientStartMode = (typeof CLIENT_START_MODES)[number];

/** What happens when nobody answers the agreement in time; `no_prompt`: it is not asked for. */
export const ENDPOINT_AGREEMENTS = ['no_prompt', 'accept', 'reject'] as const;

export const CLIENT_CONNECTION_TYPES = ['active', 'passive', 'uninstalled'] as const;
export type ClientConnectionType = (typeof CLIENT_CONNECTION_TYPES)[number];

/** What the program of a Jump Client reports about itself and its machine. Nobody else changes it. */
export interface JumpClientState {
  fqdn: string;
  consoleUser: string;
  publicIp: string;
  privateIp: string;
  operatingSystem: string;
  connectionType: ClientConnectionType;
  /** `service`: it runs with elevated rights. */
  installMode: 'unknown' | 'user' | 'service';
  lastConnectedAt: Date | null;
  /** Null: never. */
  lastDisconnectedAt: Date | null;
  lastAccessedAt: Date | null;
  /** When it uninstalls itself. */
  expiresAt: Date | null;
  /** It was offline for longer than the site's limit. */
  isLost: boolean;
  /** Sessions cannot start before it was upgraded. */
  needsUpdate: boolean;
  /** `disabled`: switched off by its user. */
  unavailableReason: 'none' | 'disabled';
  /** Host name of the public portal it belongs to; empty for the site's own. */
  publicSiteAddress: string;
}

export interface JumpClient {
  item: JumpItem;
  state: JumpClientState;
}

/** Text is compared whole, ignoring case; filters are joined by "and". */
export interface JumpClientFilter {
  name?: string | undefined;
  hostname?: string | undefined;
  fqdn?: string | undefined;
  tag?: string | undefined;
  consoleUser?: string | undefined;
  publicIp?: string | undefined;
  privateIp?: string | undefined;
  jumpGroupId?: number | undefined;
  jumpGroupType?: JumpGroupType | undefined;
  connectionType?: ClientConnectionType | undefined;
}

/**
 * What Jump Clients have beside being Jump Items. Several of them may stand for one machine: a copy shows what the
 * program of the original reports.
 */
export interface JumpClients {
  findById(id: number): Promise<JumpClient | undefined>;
  /** In the order of their ids. */
  list(filter: JumpClientFilter, visibility: Visibility, page: PageRequest): Promise<Page<JumpClient>>;
  /** Gives the copied item the machine of the original and what is known of it. */
  copyState(originalId: number, copyId: number): Promise<void>;
  /** The public portal with this address. */
  portalAt(address: string): Promise<number | undefined>;
}

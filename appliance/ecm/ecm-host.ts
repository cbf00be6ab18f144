import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';

/** A plug-in of a host, as the host last told. Texts are plain and without secrets. */
export interface EcmPlugin {
  /** The name the host's administrator gave it. */
  instance: string;
  name: string;
  version: string;
  description: string;
  state: 'running' | 'restarting' | 'broken';
  capabilities: {
    health: boolean;
    endpointSearch: boolean;
    sessionStarted: boolean;
    sessionComplete: boolean;
  };
  /** Undefined when it cannot be checked or has not been yet. */
  health: { healthy: boolean; detail: string } | undefined;
  /** Why it does not run. */
  problem: string | undefined;
}

/** A revoked key never counts again: the host is enrolled anew. */
export type EcmHostState = 'pending' | 'approved' | 'revoked';

/** What a connected host waits for before it is asked anything: an approval, or that fewer are connected. */
export const ECM_WAITS = ['approval', 'room'] as const;
export type EcmWait = (typeof ECM_WAITS)[number];

/** So many are asked at most; further ones wait until one goes. */
export const MOST_CONNECTED_ECM_HOSTS = 5;
/** So many are kept, those that were revoked not counted. */
export const MOST_ECM_HOSTS = 50;

/** A host program of the Endpoint Credential Manager. */
export interface EcmHost extends Revised {
  id: number;
  name: string;
  state: EcmHostState;
  /** Ed25519, raw 32 bytes. */
  identityPublicKey: Buffer;
  hostname: string;
  privateIp: string;
  /** Where it dials from. */
  publicIp: string;
  version: string;
  plugins: EcmPlugin[];
  connected: boolean;
  /** Undefined while it is asked, or is not connected. */
  waitsFor: EcmWait | undefined;
  /** Since when it has been asked; the one connected longest is asked first. */
  connectedSince: Date | null;
  /** Name of the API account. */
  enrolledBy: string;
  enrolledAt: Date;
  approvedBy: string;
  approvedAt: Date | null;
  revokedBy: string;
  revokedAt: Date | null;
  lastConnectTimestamp: Date | null;
  lastDisconnectTimestamp: Date | null;
  /** When its key was seen alive twice. */
  cloneSuspectedAt: Date | null;
}

export interface EcmHostFilter {
  state?: EcmHostState | undefined;
}

export interface EcmHosts {
  /** In the order of their ids. */
  find(filter: EcmHostFilter, page: PageRequest): Promise<Page<EcmHost>>;
  findById(id: number): Promise<EcmHost | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<EcmHost | undefined>;
  /** The name, raising the revision by one; answers it. */
  rename(id: number, name: string): Promise<number>;
  /** `by` is a name for people. */
  approve(id: number, by: string): Promise<void>;
  revoke(id: number, by: string): Promise<void>;
  delete(id: number): Promise<void>;
}

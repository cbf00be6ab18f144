/** A server process whose lease is alive. */
export interface LiveNode {
  id: string;
  /** Origin, e.g. `https://node1.example.com`. */
  nodeUrl: string;
}

/** Seconds between two heartbeats, and seconds without one after which a process counts as dead. By database time. */
export const HEARTBEAT_SECONDS = 2;
export const LEASE_SECONDS = 10;

/** The leases of the server processes of a site. */
export interface ServerNodes {
  /** `vaultKeys`: fingerprints of those the process has. */
  register(node: { id: string; nodeUrl: string; hostname: string; vaultKeys: string[] }): Promise<void>;
  /** False when the lease is gone: the others took this process for dead and ended what it carried. */
  beat(id: string, vaultKeys: string[]): Promise<boolean>;
  live(): Promise<LiveNode[]>;
  /** Ids of processes whose lease ran out. */
  expired(): Promise<string[]>;
  remove(id: string): Promise<void>;
}

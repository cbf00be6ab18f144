import { randomUUID } from 'node:crypto';
import { HEARTBEAT_SECONDS, LEASE_SECONDS, type LiveNode, type ServerNodes } from './server-nodes.ts';

/** What a process does with its own lease. */
export type Leases = Omit<ServerNodes, 'expired'>;

export interface NodeLeaseSettings {
  nodes: Leases;
  nodeUrl: string;
  hostname: string;
  /** Fingerprints of the vault keys this process has by now. */
  vaultKeys: () => string[];
  /** The lease ran out while this process lived: it drops every connection, without waiting for the database. */
  letGo: () => void;
  /** Nothing was heard from the database for that long: what still waits there fails, and the next question goes another way. */
  reconnect: () => void;
  /** The same in the database, in case no other process has done it: sessions end, Jumpoints count as gone. */
  clearUp: () => Promise<void>;
  /** The lease holds again. */
  regained: () => void;
  onError: (error: unknown) => void;
}

/**
 * The lease of this process: registered with a new id at each start, renewed every two seconds. Also keeps the list of
 * the site's live processes at most that old.
 */
export class NodeLease {
  readonly id = randomUUID();
  private readonly settings: NodeLeaseSettings;
  private timer: NodeJS.Timeout | undefined;
  /** Runs from one renewal to the moment the lease would be over without another one. */
  private overdue: NodeJS.Timeout | undefined;
  private liveNodes: LiveNode[];
  private renewedAt = 0;
  private lost = false;
  private stopped = false;

  constructor(settings: NodeLeaseSettings) {
    this.settings = settings;
    this.liveNodes = [{ id: this.id, nodeUrl: settings.nodeUrl }];
  }

  /** Live processes of the site, this one included. */
  get live(): readonly LiveNode[] {
    return this.liveNodes;
  }

  /** Distinct origins of the live processes, this one first. */
  origins(): readonly string[] {
    return [...new Set([this.settings.nodeUrl, ...this.liveNodes.map(({ nodeUrl }) => nodeUrl)])];
  }

  async start(): Promise<void> {
    await this.register();
    this.liveNodes = await this.settings.nodes.live();
    this.schedule();
  }

  /** Renews no more: what this process carries is about to be ended by itself. */
  retire(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.overdue);
  }

  /** Gives the lease back. The caller has ended what this process carried. */
  async stop(): Promise<void> {
    this.retire();
    await this.settings.nodes.remove(this.id);
  }

  private async register(): Promise<void> {
    const { nodes, nodeUrl, hostname, vaultKeys } = this.settings;
    const asked = performance.now();
    await nodes.register({ id: this.id, nodeUrl, hostname, vaultKeys: vaultKeys() });
    this.renewed(asked);
  }

  private schedule(): void {
    this.timer = setTimeout(() => void this.beat(), HEARTBEAT_SECONDS * 1000);
  }

  private async beat(): Promise<void> {
    try {
      const asked = performance.now();
      const held = await this.settings.nodes.beat(this.id, this.settings.vaultKeys());
      if (this.stopped) return;
      if (held && !this.lost) this.renewed(asked);
      else await this.beginAgain();
      this.liveNodes = await this.settings.nodes.live();
    } catch (error) {
      if (this.stopped) return;
      this.settings.onError(error);
    }
    if (!this.stopped) this.schedule();
  }

  private async beginAgain(): Promise<void> {
    this.lost = true;
    // Also when that was done before: something may have come in since.
    this.settings.letGo();
    await this.settings.clearUp();
    // A lease that was given back meanwhile is not taken anew: nobody would give that one back.
    if (this.stopped) return;
    await this.register();
    if (this.stopped) return;
    this.lost = false;
    this.settings.regained();
  }

  /** The lease holds for its whole length from the moment the database was asked, at least. */
  private renewed(asked: number): void {
    clearTimeout(this.overdue);
    if (this.stopped) return;
    const left = asked + LEASE_SECONDS * 1000 - performance.now();
    // An answer that waits behind this timer in a busy process comes first.
    this.overdue = setTimeout(() => setImmediate(() => this.letGoWhenOverdue(asked)), left);
    this.renewedAt = asked;
  }

  /**
   * No renewal came through for the length of the lease, be it that the database fails or that it does not answer: the
   * others have taken over, so nothing may go on here.
   */
  private letGoWhenOverdue(renewedAt: number): void {
    if (this.stopped || this.lost || this.renewedAt !== renewedAt) return;
    this.lost = true;
    this.settings.letGo();
    this.settings.reconnect();
  }
}

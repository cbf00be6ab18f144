import { randomUUID } from 'node:crypto';
import { HEARTBEAT_SECONDS, LEASE_SECONDS, type LiveNode, type ServerNodes } from './server-nodes.ts';

export interface NodeLeaseSettings {
  nodes: ServerNodes;
  nodeUrl: string;
  hostname: string;
  /** Fingerprints of the vault keys this process has by now. */
  vaultKeys: () => string[];
  /** The lease ran out while this process lived: it drops every connection, without asking the database. */
  letGo: () => void;
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
  private liveNodes: LiveNode[];
  private lastBeat = 0;
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
  }

  /** Gives the lease back. The caller has ended what this process carried. */
  async stop(): Promise<void> {
    this.retire();
    await this.settings.nodes.remove(this.id);
  }

  private async register(): Promise<void> {
    const { nodes, nodeUrl, hostname, vaultKeys } = this.settings;
    await nodes.register({ id: this.id, nodeUrl, hostname, vaultKeys: vaultKeys() });
    this.lastBeat = performance.now();
  }

  private schedule(): void {
    this.timer = setTimeout(() => void this.beat(), HEARTBEAT_SECONDS * 1000);
  }

  private async beat(): Promise<void> {
    try {
      const held = await this.settings.nodes.beat(this.id, this.settings.vaultKeys());
      if (!held && !this.stopped) {
        this.settings.letGo();
        await this.settings.clearUp();
        await this.register();
        this.settings.regained();
      }
      this.lastBeat = performance.now();
      this.liveNodes = await this.settings.nodes.live();
    } catch (error) {
      if (this.stopped) return;
      this.settings.onError(error);
      this.letGoWhenOverdue();
    }
    if (!this.stopped) this.schedule();
  }

  /** Cut off from the database for longer than the lease: the others have taken over, so nothing may go on here. */
  private letGoWhenOverdue(): void {
    if (performance.now() - this.lastBeat < LEASE_SECONDS * 1000 || this.lastBeat === 0) return;
    this.lastBeat = 0;
    this.settings.letGo();
  }
}

import type { Stores, UnitOfWork } from '../stores.ts';
import type { RecordingStore } from './recording-store.ts';
import type { SessionLifecycle } from './session-lifecycle.ts';

const AT_ONCE = 100;

export interface NodeReaperDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  lifecycle: SessionLifecycle;
  recordings: RecordingStore;
  /** Hears of recordings whose size could not be found out. */
  onError: (error: unknown) => void;
}

/** Clears up after server processes that stopped: their sessions end as `node_lost`, their programs count as gone. */
export class NodeReaper {
  private readonly deps: NodeReaperDeps;
  private measuring: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(deps: NodeReaperDeps) {
    this.deps = deps;
  }

  /** Every process whose lease ran out. Answers how many there were. The sizes of its recordings follow later. */
  async reapDead(): Promise<number> {
    const dead = await this.deps.stores.serverNodes.expired();
    for (const nodeId of dead) {
      const lost = await this.clearUp(nodeId);
      this.measuring = this.measuring.then(() => this.measure(lost)).catch(this.deps.onError);
    }
    return dead.length;
  }

  /** Gives up measuring. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.measuring;
  }

  /**
   * One process that is gone or going: also called by a process that stops in good order, for itself. Answers the
   * sessions it ended.
   */
  async clearUp(nodeId: string): Promise<string[]> {
    const { unitOfWork, lifecycle } = this.deps;
    const lost = await this.endSessionsOf(nodeId);
    await unitOfWork.inTransaction(async (stores) => {
      await stores.jumpointPresence.markNodeGone(nodeId);
      await stores.ecmPresence.markNodeGone(nodeId);
      // Its tickets go with the row.
      await stores.serverNodes.remove(nodeId);
    });
    await lifecycle.publish('node.gone', { node_id: nodeId });
    return lost;
  }

  private async endSessionsOf(nodeId: string): Promise<string[]> {
    const { stores, lifecycle } = this.deps;
    const lost: string[] = [];
    for (;;) {
      const running = await stores.sessions.runningOnNode(nodeId, AT_ONCE);
      for (const lsid of running) await lifecycle.end(lsid, { reason: 'node_lost' });
      lost.push(...running);
      if (running.length < AT_ONCE) return lost;
    }
  }

  /** A process that died took its count of recorded bytes with it: what reached the disk is counted there. */
  private async measure(lsids: readonly string[]): Promise<void> {
    const { stores, onError } = this.deps;
    for (const lsid of lsids) {
      for (const { instance, location } of (await stores.sessions.details([lsid])).recordings.get(lsid) ??
        []) {
        if (this.stopping) return;
        try {
          await stores.sessions.finishRecording(lsid, instance, { bytes: await this.bytesIn(location) });
        } catch (error) {
          onError(error);
        }
      }
    }
  }

  private async bytesIn(location: string): Promise<number> {
    let bytes = 0;
    for await (const frame of (await this.deps.recordings.open(location)).frames()) {
      if (frame.type === 'output') bytes += frame.data.length;
      if (this.stopping) break;
    }
    return bytes;
  }
}

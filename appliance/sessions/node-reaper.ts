import type { Stores, UnitOfWork } from '../stores.ts';
import type { SessionLifecycle } from './session-lifecycle.ts';

const AT_ONCE = 100;

/** Clears up after server processes that stopped: their sessions end as `node_lost`, their Jumpoints count as gone. */
export class NodeReaper {
  private readonly deps: { stores: Stores; unitOfWork: UnitOfWork; lifecycle: SessionLifecycle };

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; lifecycle: SessionLifecycle }) {
    this.deps = deps;
  }

  /** Every process whose lease ran out. Answers how many there were. */
  async reapDead(): Promise<number> {
    const dead = await this.deps.stores.serverNodes.expired();
    for (const nodeId of dead) await this.clearUp(nodeId);
    return dead.length;
  }

  /** One process that is gone or going: also called by a process that stops in good order, for itself. */
  async clearUp(nodeId: string): Promise<void> {
    const { unitOfWork, lifecycle } = this.deps;
    await this.endSessionsOf(nodeId);
    await unitOfWork.inTransaction(async (stores) => {
      await stores.jumpointPresence.markNodeGone(nodeId);
      // Its tickets go with the row.
      await stores.serverNodes.remove(nodeId);
    });
    await lifecycle.publish('node.gone', { node_id: nodeId });
  }

  private async endSessionsOf(nodeId: string): Promise<void> {
    const { stores, lifecycle } = this.deps;
    for (;;) {
      const running = await stores.sessions.runningOnNode(nodeId, AT_ONCE);
      for (const lsid of running) await lifecycle.end(lsid, { reason: 'node_lost' });
      if (running.length < AT_ONCE) return;
    }
  }
}

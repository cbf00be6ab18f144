import { ApplianceError } from '../errors.ts';
import { hashSecret } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { EnrolledProgram, JumpointPresence, NewEnrolment } from './jumpoint-presence.ts';
import type { SessionLifecycle } from './session-lifecycle.ts';

type Connection = Parameters<JumpointPresence['markConnected']>[0];

/** Programs of Jumpoints: enrolling, coming, going, and keys that are used twice. */
export class JumpointConnections {
  private readonly deps: { stores: Stores; unitOfWork: UnitOfWork; lifecycle: SessionLifecycle };

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; lifecycle: SessionLifecycle }) {
    this.deps = deps;
  }

  /** Fails with `unauthenticated`, without saying why, for a token that does not count. */
  async enrol(
    token: string,
    program: Omit<NewEnrolment, 'tokenHash'>,
  ): Promise<{ jumpointNodeId: number; jumpointName: string }> {
    const enrolled = await this.deps.unitOfWork.inTransaction(async ({ jumpointPresence, auditLog }) => {
      const result = await jumpointPresence.enrol({ ...program, tokenHash: hashSecret(token) });
      if (!result) return undefined;
      await auditLog.record({
        type: 'jumpoint_node.enrolled',
        actor: { kind: 'system', name: 'Jumpoint program' },
        object: { type: 'jumpoint', id: result.jumpointId, name: result.jumpointName },
        after: {
          jumpoint_node_id: result.jumpointNodeId,
          hostname: program.hostname,
          public_ip: program.publicIp,
          replaced: result.replaced,
        },
      });
      return result;
    });
    if (!enrolled)
      throw new ApplianceError('unauthenticated', 'The enrolment token is unknown, used up or expired.');
    for (const id of enrolled.replaced) await this.changed(id);
    return enrolled;
  }

  async findProgram(jumpointNodeId: number): Promise<EnrolledProgram | undefined> {
    return await this.deps.stores.jumpointPresence.findProgram(jumpointNodeId);
  }

  async connected(connection: Connection): Promise<void> {
    await this.deps.stores.jumpointPresence.markConnected(connection);
  }

  async disconnected(jumpointNodeId: number, connectionId: string): Promise<void> {
    await this.deps.stores.jumpointPresence.markDisconnected(jumpointNodeId, connectionId);
  }

  /** Two programs hold the same key: marked for administrators and audited. */
  async flagClone(jumpointNodeId: number): Promise<void> {
    await this.deps.unitOfWork.inTransaction(async ({ jumpointPresence, auditLog }) => {
      await jumpointPresence.flagClone(jumpointNodeId);
      await auditLog.record({
        type: 'jumpoint_node.clone_suspected',
        actor: { kind: 'system', name: 'Bridgehead' },
        object: { type: 'jumpoint_node', id: jumpointNodeId },
      });
    });
  }

  /** The key of a program counts no more: sessions through it end, wherever they are carried. */
  async endSessionsOfRevoked(jumpointNodeId: number): Promise<void> {
    const { stores, lifecycle } = this.deps;
    for (const lsid of await stores.sessions.runningOnJumpointNode(jumpointNodeId)) {
      await lifecycle.end(lsid, { reason: 'jumpoint_lost' });
    }
  }

  private async changed(jumpointNodeId: number): Promise<void> {
    await this.deps.lifecycle.publish('jumpoint_node.changed', { jumpoint_node_id: jumpointNodeId });
  }
}

import type { Clock } from '../../clock.ts';
import type { UnitOfWork } from '../../stores.ts';
import { auditedAccount } from '../vault-account.ts';
import { VAULT_ACTIVITY_DAYS } from '../vault-activity.ts';

/** Asked for in one turn; the next turn asks for more. */
const MOST_IN_A_TURN = 500;
const SYSTEM = { kind: 'system', name: 'Bridgehead' } as const;

/** New passwords and keys by the policies of their accounts. */
export class RotationSchedule {
  readonly #unitOfWork: UnitOfWork;
  readonly #clock: Clock;

  constructor(deps: { unitOfWork: UnitOfWork; clock: Clock }) {
    this.#unitOfWork = deps.unitOfWork;
    this.#clock = deps.clock;
  }

  /** Answers how many were asked for. Also forgets rotations that ended long ago. */
  async requestDue(): Promise<number> {
    const now = this.#clock.now();
    return await this.#unitOfWork.inTransaction(async ({ vaultRotations, vaultActivity, auditLog }) => {
      await vaultRotations.deleteEndedBefore(new Date(now.getTime() - VAULT_ACTIVITY_DAYS * 86_400_000));
      const due = await vaultRotations.insertDue(now, SYSTEM.name, MOST_IN_A_TURN);
      for (const { accountId: id, accountName: name } of due) {
        await vaultActivity.record({
          type: 'Password Rotation Scheduled',
          account: { id, name },
          actor: SYSTEM,
        });
        await auditLog.record({
          type: 'vault_account.rotation_requested',
          actor: SYSTEM,
          object: auditedAccount({ id, name }),
          after: { cause: 'scheduled' },
        });
      }
      return due.length;
    });
  }
}

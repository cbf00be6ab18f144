import { type Actor, actorName } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { EcmHints } from './ecm-hints.ts';
import { type EcmPlugin, type EcmWait, MOST_ECM_HOSTS } from './ecm-host.ts';
import type { EcmConnection, EnrolledEcmHost, NewEcmHost } from './ecm-presence.ts';

/** Host programs of the Endpoint Credential Manager: enrolling, coming, going, and keys that are used twice. */
export class EcmConnections {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #hints: EcmHints;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; hints: EcmHints }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#hints = deps.hints;
  }

  /**
   * Registers the keys of a new host, which then waits for an administrator. Fails with `forbidden` for anybody but an
   * API account with the ECM permission and `conflict` when there are as many hosts as may be.
   */
  async enrol(actor: Actor, host: Omit<NewEcmHost, 'enrolledBy'>): Promise<{ id: number }> {
    if (actor.kind !== 'api_account' || !actor.permissions.has('perm_ecm')) {
      throw new ApplianceError('forbidden', 'This needs an API account with the ECM permission (perm_ecm).');
    }
    return await this.#unitOfWork.inTransaction(async ({ ecmPresence, auditLog }) => {
      const enrolledBy = { apiAccountId: actor.apiAccountId, name: actorName(actor) };
      const enrolled = await ecmPresence.enrol({ ...host, enrolledBy });
      if (enrolled === undefined) {
        throw new ApplianceError(
          'conflict',
          `There are ${MOST_ECM_HOSTS} ECM hosts already. Delete or revoke one first.`,
        );
      }
      await auditLog.record({
        type: 'ecm_host.enrolled',
        actor,
        object: { type: 'ecm_host', id: enrolled.id, name: host.name },
        after: { hostname: host.hostname, public_ip: host.publicIp, version: host.version },
      });
      return enrolled;
    });
  }

  async findHost(id: number): Promise<EnrolledEcmHost | undefined> {
    return await this.#stores.ecmPresence.findHost(id);
  }

  /** See `EcmPresence.enter`. */
  async enter(connection: EcmConnection): Promise<{ waitsFor: EcmWait | undefined } | 'gone'> {
    return await this.#unitOfWork.inTransaction(({ ecmPresence }) => ecmPresence.enter(connection));
  }

  /** One that waits may take its place. */
  async leave(id: number, connectionId: string): Promise<void> {
    await this.#stores.ecmPresence.leave(id, connectionId);
    this.#hints.hostChanged(id);
  }

  async pluginsChanged(id: number, connectionId: string, plugins: EcmPlugin[]): Promise<void> {
    await this.#stores.ecmPresence.setPlugins(id, connectionId, plugins);
  }

  /** Two programs hold the same key: marked for administrators and audited. */
  async flagClone(id: number): Promise<void> {
    await this.#unitOfWork.inTransaction(async ({ ecmPresence, auditLog }) => {
      await ecmPresence.flagClone(id);
      await auditLog.record({
        type: 'ecm_host.clone_suspected',
        actor: { kind: 'system', name: 'Bridgehead' },
        object: { type: 'ecm_host', id },
      });
    });
  }
}

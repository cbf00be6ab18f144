import {
  mayConfigureSecurity,
  requireConfiguration,
  requireSecurityConfiguration,
} from '../access/configuration-rights.ts';
import { type Actor, actorName } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { EcmHints } from './ecm-hints.ts';
import type { EcmHost, EcmHostFilter } from './ecm-host.ts';

/**
 * Hosts of the Endpoint Credential Manager as administrators see them. Approving one lets it hand credentials to
 * sessions, so that is a matter of the site's security; who configures the site may look.
 */
export class EcmHostService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #hints: EcmHints;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; hints: EcmHints }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#hints = deps.hints;
  }

  async list(actor: Actor, filter: EcmHostFilter, page: PageRequest): Promise<Page<EcmHost>> {
    requireSight(actor);
    return await this.#stores.ecmHosts.find(filter, page);
  }

  async show(actor: Actor, id: number): Promise<EcmHost> {
    requireSight(actor);
    return (await this.#stores.ecmHosts.findById(id)) ?? noSuchHost(id);
  }

  async rename(actor: Actor, id: number, name: string, ifRevision?: WantedRevisions): Promise<EcmHost> {
    requireSecurityConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ ecmHosts, auditLog }) => {
      const before = (await ecmHosts.lockById(id)) ?? noSuchHost(id);
      requireRevision(before, ifRevision);
      if (before.name === name) return before;
      const revision = await ecmHosts.rename(id, name);
      await auditLog.record({
        type: 'ecm_host.updated',
        actor,
        object: { type: 'ecm_host', id, name },
        before: { name: before.name },
        after: { name },
      });
      return { ...before, name, revision };
    });
  }

  /** A host that waits is asked from now on. Fails with `conflict` unless it is pending. */
  async approve(actor: Actor, id: number): Promise<EcmHost> {
    requireSecurityConfiguration(actor);
    const host = await this.#unitOfWork.inTransaction(async ({ ecmHosts, auditLog }) => {
      const before = (await ecmHosts.lockById(id)) ?? noSuchHost(id);
      if (before.state !== 'pending') {
        throw new ApplianceError(
          'conflict',
          before.state === 'approved'
            ? 'This host is approved already.'
            : 'The key of this host was revoked and never counts again. Enrol the host anew.',
        );
      }
      await ecmHosts.approve(id, actorName(actor));
      await auditLog.record({
        type: 'ecm_host.approved',
        actor,
        object: audited(before),
        after: { hostname: before.hostname, public_ip: before.publicIp },
      });
      return (await ecmHosts.findById(id))!;
    });
    this.#hints.hostChanged(id);
    return host;
  }

  /** Its key never counts again, and its connection is closed. Fails with `conflict` when it was revoked before. */
  async revoke(actor: Actor, id: number): Promise<EcmHost> {
    requireSecurityConfiguration(actor);
    const host = await this.#unitOfWork.inTransaction(async ({ ecmHosts, auditLog }) => {
      const before = (await ecmHosts.lockById(id)) ?? noSuchHost(id);
      if (before.state === 'revoked') {
        throw new ApplianceError('conflict', 'The key of this host is revoked already.');
      }
      await ecmHosts.revoke(id, actorName(actor));
      await auditLog.record({
        type: 'ecm_host.revoked',
        actor,
        object: audited(before),
        before: { state: before.state, hostname: before.hostname },
      });
      return (await ecmHosts.findById(id))!;
    });
    this.#hints.hostChanged(id);
    return host;
  }

  /** Revokes it, too. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireSecurityConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ ecmHosts, auditLog }) => {
      const before = (await ecmHosts.lockById(id)) ?? noSuchHost(id);
      requireRevision(before, ifRevision);
      await ecmHosts.delete(id);
      await auditLog.record({
        type: 'ecm_host.deleted',
        actor,
        object: audited(before),
        before: { name: before.name, state: before.state, hostname: before.hostname },
      });
    });
    this.#hints.hostChanged(id);
  }
}

/** Hosts are seen by those who configure the site and by those who configure its security. */
function requireSight(actor: Actor): void {
  if (!mayConfigureSecurity(actor)) requireConfiguration(actor);
}

function audited({ id, name }: EcmHost): { type: string; id: number; name: string } {
  return { type: 'ecm_host', id, name };
}

function noSuchHost(id: number): never {
  throw new ApplianceError('not_found', `There is no ECM host with id ${id}.`);
}

import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { builtInStatusProblem, type RepStatus, type ShownStatus } from './rep-status.ts';

export interface RepStatusInput {
  name: string;
  /** Blank: made from the name. */
  codeName?: string | null | undefined;
  displayAs?: ShownStatus | undefined;
}

/** What representatives can say about their availability. */
export class RepStatusService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(filter: { name?: string | undefined }, page: PageRequest): Promise<Page<RepStatus>> {
    return await this.#stores.repStatuses.find(filter, page);
  }

  async show(id: number): Promise<RepStatus> {
    return (await this.#stores.repStatuses.findById(id)) ?? noSuchStatus(id);
  }

  async create(actor: Actor, input: RepStatusInput): Promise<RepStatus> {
    requireConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ repStatuses, auditLog }) => {
      const status = await repStatuses.insert({
        name: input.name,
        codeName: await chooseCodeName(input.codeName, input.name, repStatuses),
        displayAs: input.displayAs ?? 'away',
        builtIn: null,
      });
      await auditLog.record({
        type: 'rep_status.created',
        actor,
        object: audited(status),
        after: auditState(status),
      });
      return status;
    });
  }

  /** Fails with `invalid` for what a built-in status keeps. */
  async update(
    actor: Actor,
    id: number,
    { codeName, ...changes }: Changes<RepStatusInput>,
    ifRevision?: WantedRevisions,
  ): Promise<RepStatus> {
    requireConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ repStatuses, auditLog }) => {
      const before = (await repStatuses.lockById(id)) ?? noSuchStatus(id);
      requireRevision(before, ifRevision);
      const after: RepStatus = { ...before, ...named(changes) };
      if (codeName !== undefined) {
        after.codeName = await chooseCodeName(codeName, after.name, repStatuses);
      }
      const problem = builtInStatusProblem(before, after);
      if (problem !== undefined) throw invalidField(problem.field, problem.sentence);
      const change = auditChange(before, after);
      if (change === undefined) return before;
      const revision = await repStatuses.update(after);
      await auditLog.record({ type: 'rep_status.updated', actor, object: audited(after), ...change });
      return { ...after, revision };
    });
  }

  /** Fails with `invalid` for a built-in status. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ repStatuses, auditLog }) => {
      const status = (await repStatuses.lockById(id)) ?? noSuchStatus(id);
      requireRevision(status, ifRevision);
      if (status.builtIn !== null) {
        throw new ApplianceError('invalid', `The built-in ${status.builtIn} status cannot be deleted.`);
      }
      await repStatuses.delete(id);
      await auditLog.record({
        type: 'rep_status.deleted',
        actor,
        object: audited(status),
        before: auditState(status),
      });
    });
  }
}

function audited(status: RepStatus): { type: string; id: number; name: string } {
  return { type: 'rep_status', id: status.id, name: status.name };
}

function noSuchStatus(id: number): never {
  throw new ApplianceError('not_found', `There is no representative status with id ${id}.`);
}

import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { builtInStatusProblem, type RepStatus, type ShownStatus } from './rep-status.ts';

const REP_STATUS = new ObjectKind<RepStatus>({
  type: 'rep_status',
  noun: 'representative status',
  name: (status) => status.name,
});

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
    return (await this.#stores.repStatuses.findById(id)) ?? REP_STATUS.missing(id);
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
      await auditLog.record(REP_STATUS.created(actor, status));
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
      const before = await REP_STATUS.lock(repStatuses, id, ifRevision);
      const after: RepStatus = { ...before, ...named(changes) };
      if (codeName !== undefined) after.codeName = await chooseCodeName(codeName, after.name, repStatuses);
      const problem = builtInStatusProblem(before, after);
      if (problem !== undefined) throw invalidField(problem.field, problem.sentence);
      return await REP_STATUS.update(repStatuses, { auditLog, actor }, before, after);
    });
  }

  /** Fails with `invalid` for a built-in status. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ repStatuses, auditLog }) => {
      const status = await REP_STATUS.lock(repStatuses, id, ifRevision);
      if (status.builtIn !== null) {
        throw new ApplianceError('invalid', `The built-in ${status.builtIn} status cannot be deleted.`);
      }
      await repStatuses.delete(id);
      await auditLog.record(REP_STATUS.deleted(actor, status));
    });
  }
}

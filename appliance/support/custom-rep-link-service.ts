import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { type CustomRepLink, type CustomRepLinkFilter, customLinkProblem } from './custom-rep-link.ts';

const RIGHT = 'perm_edit_custom_rep_links';

export interface CustomRepLinkInput {
  name: string;
  /** Blank: made from the name. */
  codeName?: string | null | undefined;
  url: string;
}

/** Links of the session window. */
export class CustomRepLinkService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(filter: CustomRepLinkFilter, page: PageRequest): Promise<Page<CustomRepLink>> {
    return await this.#stores.customRepLinks.find(filter, page);
  }

  async show(id: number): Promise<CustomRepLink> {
    return (await this.#stores.customRepLinks.findById(id)) ?? noSuchLink(id);
  }

  async create(actor: Actor, input: CustomRepLinkInput): Promise<CustomRepLink> {
    requireConfiguration(actor, RIGHT);
    refuseBadAddress(input.url);
    return await this.#unitOfWork.inTransaction(async ({ customRepLinks, auditLog }) => {
      const link = await customRepLinks.insert({
        name: input.name,
        codeName: await chooseCodeName(input.codeName, input.name, customRepLinks),
        url: input.url,
      });
      await auditLog.record({
        type: 'custom_rep_link.created',
        actor,
        object: audited(link),
        after: auditState(link),
      });
      return link;
    });
  }

  async update(
    actor: Actor,
    id: number,
    { codeName, ...changes }: Changes<CustomRepLinkInput>,
    ifRevision?: WantedRevisions,
  ): Promise<CustomRepLink> {
    requireConfiguration(actor, RIGHT);
    if (changes.url !== undefined) refuseBadAddress(changes.url);
    return await this.#unitOfWork.inTransaction(async ({ customRepLinks, auditLog }) => {
      const before = (await customRepLinks.lockById(id)) ?? noSuchLink(id);
      requireRevision(before, ifRevision);
      const after: CustomRepLink = { ...before, ...named(changes) };
      if (codeName !== undefined) {
        after.codeName = await chooseCodeName(codeName, after.name, customRepLinks);
      }
      const change = auditChange(before, after);
      if (change === undefined) return before;
      const revision = await customRepLinks.update(after);
      await auditLog.record({ type: 'custom_rep_link.updated', actor, object: audited(after), ...change });
      return { ...after, revision };
    });
  }

  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, RIGHT);
    await this.#unitOfWork.inTransaction(async ({ customRepLinks, auditLog }) => {
      const link = (await customRepLinks.lockById(id)) ?? noSuchLink(id);
      requireRevision(link, ifRevision);
      await customRepLinks.delete(id);
      await auditLog.record({
        type: 'custom_rep_link.deleted',
        actor,
        object: audited(link),
        before: auditState(link),
      });
    });
  }
}

function refuseBadAddress(url: string): void {
  const problem = customLinkProblem(url);
  if (problem !== undefined) throw invalidField('url', `url ${problem}.`);
}

function audited(link: CustomRepLink): { type: string; id: number; name: string } {
  return { type: 'custom_rep_link', id: link.id, name: link.name };
}

function noSuchLink(id: number): never {
  throw new ApplianceError('not_found', `There is no custom link with id ${id}.`);
}

import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { invalidField } from '../errors.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { type CustomRepLink, type CustomRepLinkFilter, customLinkProblem } from './custom-rep-link.ts';

const RIGHT = 'perm_edit_custom_rep_links';
const CUSTOM_LINK = new ObjectKind<CustomRepLink>({
  type: 'custom_rep_link',
  noun: 'custom link',
  name: (link) => link.name,
});

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
    return (await this.#stores.customRepLinks.findById(id)) ?? CUSTOM_LINK.missing(id);
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
      await auditLog.record(CUSTOM_LINK.created(actor, link));
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
      const before = await CUSTOM_LINK.lock(customRepLinks, id, ifRevision);
      const after: CustomRepLink = { ...before, ...named(changes) };
      if (codeName !== undefined) after.codeName = await chooseCodeName(codeName, after.name, customRepLinks);
      return await CUSTOM_LINK.update(customRepLinks, { auditLog, actor }, before, after);
    });
  }

  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, RIGHT);
    await this.#unitOfWork.inTransaction(async ({ customRepLinks, auditLog }) => {
      const link = await CUSTOM_LINK.lock(customRepLinks, id, ifRevision);
      await customRepLinks.delete(id);
      await auditLog.record(CUSTOM_LINK.deleted(actor, link));
    });
  }
}

function refuseBadAddress(url: string): void {
  const problem = customLinkProblem(url);
  if (problem !== undefined) throw invalidField('url', `url ${problem}.`);
}

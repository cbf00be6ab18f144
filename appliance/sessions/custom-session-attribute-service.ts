import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { CustomSessionAttribute } from './custom-session-attribute.ts';

const SESSION_ATTRIBUTE = new ObjectKind<CustomSessionAttribute>({
  type: 'custom_session_attribute',
  noun: 'custom session attribute',
  name: (attribute) => attribute.displayName,
});

export interface CustomSessionAttributeInput {
  displayName: string;
  /** Blank: made from the display name. */
  codeName?: string | null | undefined;
}

/** Which custom attributes sessions may have. */
export class CustomSessionAttributeService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(
    filter: { codeName?: string | undefined },
    page: PageRequest,
  ): Promise<Page<CustomSessionAttribute>> {
    return await this.#stores.customSessionAttributes.find(filter, page);
  }

  async show(id: number): Promise<CustomSessionAttribute> {
    return (await this.#stores.customSessionAttributes.findById(id)) ?? SESSION_ATTRIBUTE.missing(id);
  }

  async create(actor: Actor, input: CustomSessionAttributeInput): Promise<CustomSessionAttribute> {
    requireConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ customSessionAttributes, auditLog }) => {
      const attribute = await customSessionAttributes.insert({
        displayName: input.displayName,
        codeName: await chooseCodeName(input.codeName, input.displayName, customSessionAttributes),
      });
      await auditLog.record(SESSION_ATTRIBUTE.created(actor, attribute));
      return attribute;
    });
  }

  async update(
    actor: Actor,
    id: number,
    { codeName, ...changes }: Changes<CustomSessionAttributeInput>,
    ifRevision?: WantedRevisions,
  ): Promise<CustomSessionAttribute> {
    requireConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ customSessionAttributes, auditLog }) => {
      const before = await SESSION_ATTRIBUTE.lock(customSessionAttributes, id, ifRevision);
      const after: CustomSessionAttribute = { ...before, ...named(changes) };
      if (codeName !== undefined) {
        after.codeName = await chooseCodeName(codeName, after.displayName, customSessionAttributes);
      }
      return await SESSION_ATTRIBUTE.update(customSessionAttributes, { auditLog, actor }, before, after);
    });
  }

  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ customSessionAttributes, auditLog }) => {
      const attribute = await SESSION_ATTRIBUTE.lock(customSessionAttributes, id, ifRevision);
      await customSessionAttributes.delete(id);
      await auditLog.record(SESSION_ATTRIBUTE.deleted(actor, attribute));
    });
  }
}

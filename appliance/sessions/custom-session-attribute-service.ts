import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import type { Changes } from '../changes.ts';
import { ApplianceError } from '../errors.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { CustomSessionAttribute } from './custom-session-attribute.ts';

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
    return (await this.#stores.customSessionAttributes.findById(id)) ?? noSuchAttribute(id);
  }

  async create(actor: Actor, input: CustomSessionAttributeInput): Promise<CustomSessionAttribute> {
    requireConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ customSessionAttributes, auditLog }) => {
      const attribute = await customSessionAttributes.insert({
        displayName: input.displayName,
        codeName: await chooseCodeName(input.codeName, input.displayName, customSessionAttributes),
      });
      await auditLog.record({
        type: 'custom_session_attribute.created',
        actor,
        object: audited(attribute),
        after: auditState(attribute),
      });
      return attribute;
    });
  }

  async update(
    actor: Actor,
    id: number,
    changes: Changes<CustomSessionAttributeInput>,
    ifRevision?: WantedRevisions,
  ): Promise<CustomSessionAttribute> {
    requireConfiguration(actor);
    return await this.#unitOfWork.inTransaction(async ({ customSessionAttributes, auditLog }) => {
      const before = (await customSessionAttributes.lockById(id)) ?? noSuchAttribute(id);
      requireRevision(before, ifRevision);
      const displayName = changes.displayName ?? before.displayName;
      const after: CustomSessionAttribute = {
        ...before,
        displayName,
        codeName:
          changes.codeName === undefined
            ? before.codeName
            : await chooseCodeName(changes.codeName, displayName, customSessionAttributes),
      };
      const change = auditChange(before, after);
      if (change === undefined) return before;
      const revision = await customSessionAttributes.update(after);
      await auditLog.record({
        type: 'custom_session_attribute.updated',
        actor,
        object: audited(after),
        ...change,
      });
      return { ...after, revision };
    });
  }

  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ customSessionAttributes, auditLog }) => {
      const attribute = (await customSessionAttributes.lockById(id)) ?? noSuchAttribute(id);
      requireRevision(attribute, ifRevision);
      await customSessionAttributes.delete(id);
      await auditLog.record({
        type: 'custom_session_attribute.deleted',
        actor,
        object: audited(attribute),
        before: auditState(attribute),
      });
    });
  }
}

function audited(attribute: CustomSessionAttribute): { type: string; id: number; name: string } {
  return { type: 'custom_session_attribute', id: attribute.id, name: attribute.displayName };
}

function noSuchAttribute(id: number): never {
  throw new ApplianceError('not_found', `There is no custom session attribute with id ${id}.`);
}

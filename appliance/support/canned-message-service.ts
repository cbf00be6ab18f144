import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError } from '../errors.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { CannedMessage, CannedMessageFilter } from './canned-message.ts';
import { tidyCategories } from './categories.ts';
import { isOffered, teamsInOrder, teamsOfferedTo } from './team-offer.ts';

const RIGHT = 'perm_edit_messages';

export interface CannedMessageInput {
  title: string;
  /** Blank: made from the title. */
  codeName?: string | null | undefined;
  message: string;
  categories?: readonly string[] | undefined;
  teamIds?: readonly number[] | undefined;
}

/** Canned messages. Representatives find those of their teams and those for everybody. */
export class CannedMessageService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
  }

  async list(actor: Actor, filter: CannedMessageFilter, page: PageRequest): Promise<Page<CannedMessage>> {
    const teams = await teamsOfferedTo(actor, RIGHT, this.#stores);
    return await this.#stores.cannedMessages.find(filter, page, teams);
  }

  async show(actor: Actor, id: number): Promise<CannedMessage> {
    const message = (await this.#stores.cannedMessages.findById(id)) ?? noSuchMessage(id);
    const teams = await teamsOfferedTo(actor, RIGHT, this.#stores);
    return isOffered(message.teamIds, teams) ? message : noSuchMessage(id);
  }

  async create(actor: Actor, input: CannedMessageInput): Promise<CannedMessage> {
    requireConfiguration(actor, RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ cannedMessages, auditLog }) => {
      const message = await cannedMessages.insert({
        title: input.title,
        codeName: await chooseCodeName(input.codeName, input.title, cannedMessages),
        message: input.message,
        categories: tidyCategories(input.categories ?? []),
        teamIds: teamsInOrder(input.teamIds ?? []),
      });
      await auditLog.record({
        type: 'canned_message.created',
        actor,
        object: audited(message),
        after: auditState(message),
      });
      return message;
    });
  }

  async update(
    actor: Actor,
    id: number,
    { codeName, categories, teamIds, ...changes }: Changes<CannedMessageInput>,
    ifRevision?: WantedRevisions,
  ): Promise<CannedMessage> {
    requireConfiguration(actor, RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ cannedMessages, auditLog }) => {
      const before = (await cannedMessages.lockById(id)) ?? noSuchMessage(id);
      requireRevision(before, ifRevision);
      const after: CannedMessage = { ...before, ...named(changes) };
      if (categories !== undefined) after.categories = tidyCategories(categories);
      if (teamIds !== undefined) after.teamIds = teamsInOrder(teamIds);
      if (codeName !== undefined) {
        after.codeName = await chooseCodeName(codeName, after.title, cannedMessages);
      }
      const change = auditChange(before, after);
      if (change === undefined) return before;
      const revision = await cannedMessages.update(after);
      await auditLog.record({ type: 'canned_message.updated', actor, object: audited(after), ...change });
      return { ...after, revision };
    });
  }

  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, RIGHT);
    await this.#unitOfWork.inTransaction(async ({ cannedMessages, auditLog }) => {
      const message = (await cannedMessages.lockById(id)) ?? noSuchMessage(id);
      requireRevision(message, ifRevision);
      await cannedMessages.delete(id);
      await auditLog.record({
        type: 'canned_message.deleted',
        actor,
        object: audited(message),
        before: auditState(message),
      });
    });
  }
}

function audited(message: CannedMessage): { type: string; id: number; name: string } {
  return { type: 'canned_message', id: message.id, name: message.title };
}

function noSuchMessage(id: number): never {
  throw new ApplianceError('not_found', `There is no canned message with id ${id}.`);
}

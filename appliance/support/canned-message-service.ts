import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { CannedMessage, CannedMessageFilter } from './canned-message.ts';
import { tidyCategories } from './categories.ts';
import { isOffered, teamsInOrder, teamsOfferedTo } from './team-offer.ts';

const RIGHT = 'perm_edit_messages';
const CANNED_MESSAGE = new ObjectKind<CannedMessage>({
  type: 'canned_message',
  noun: 'canned message',
  name: (message) => message.title,
});

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
    const message = (await this.#stores.cannedMessages.findById(id)) ?? CANNED_MESSAGE.missing(id);
    const teams = await teamsOfferedTo(actor, RIGHT, this.#stores);
    return isOffered(message.teamIds, teams) ? message : CANNED_MESSAGE.missing(id);
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
      await auditLog.record(CANNED_MESSAGE.created(actor, message));
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
      const before = await CANNED_MESSAGE.lock(cannedMessages, id, ifRevision);
      const after: CannedMessage = { ...before, ...named(changes) };
      if (categories !== undefined) after.categories = tidyCategories(categories);
      if (teamIds !== undefined) after.teamIds = teamsInOrder(teamIds);
      if (codeName !== undefined) {
        after.codeName = await chooseCodeName(codeName, after.title, cannedMessages);
      }
      return await CANNED_MESSAGE.update(cannedMessages, { auditLog, actor }, before, after);
    });
  }

  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, RIGHT);
    await this.#unitOfWork.inTransaction(async ({ cannedMessages, auditLog }) => {
      const message = await CANNED_MESSAGE.lock(cannedMessages, id, ifRevision);
      await cannedMessages.delete(id);
      await auditLog.record(CANNED_MESSAGE.deleted(actor, message));
    });
  }
}

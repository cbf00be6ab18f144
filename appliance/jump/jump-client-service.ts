import type { Actor } from '../actor.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores } from '../stores.ts';
import type { JumpClient, JumpClientFilter } from './jump-client.ts';
import type { JumpItem } from './jump-item.ts';
import { visibilityFor } from './jump-item-access.ts';
import type { JumpItemInput } from './jump-item-rules.ts';
import type { JumpItemCopy, JumpItemService } from './jump-item-service.ts';

/** A change of a Jump Client. Undefined leaves a member as it is. */
export interface JumpClientInput extends JumpItemInput {
  /** Host name of a public portal; empty or null for the site's own. */
  publicSiteAddress?: string | null | undefined;
}

/**
 * Jump Clients as administrators and representatives see them. They are Jump Items, so every rule of those holds;
 * only their program makes one.
 */
export class JumpClientService {
  readonly #stores: Pick<Stores, 'accessFacts' | 'jumpClients'>;
  readonly #jumpItems: JumpItemService;

  constructor(deps: { stores: Pick<Stores, 'accessFacts' | 'jumpClients'>; jumpItems: JumpItemService }) {
    this.#stores = deps.stores;
    this.#jumpItems = deps.jumpItems;
  }

  /** Those of Jump Groups, unless the filter asks for personal ones. */
  async list(actor: Actor, filter: JumpClientFilter, page: PageRequest): Promise<Page<JumpClient>> {
    const wanted = { ...filter, jumpGroupType: filter.jumpGroupType ?? 'shared' } as const;
    const visibility = await visibilityFor(actor, this.#stores.accessFacts);
    return await this.#stores.jumpClients.list(wanted, visibility, page);
  }

  /** Fails with `not_found`. */
  async show(actor: Actor, id: number): Promise<JumpClient> {
    return await this.#withState(await this.#jumpItems.show(actor, id, 'jump_client'));
  }

  /** Fails as `JumpItemService.update`; `invalid` also for a public site address that no portal has. */
  async update(
    actor: Actor,
    id: number,
    { publicSiteAddress, ...input }: JumpClientInput,
    ifRevision?: WantedRevisions,
  ): Promise<JumpClient> {
    const publicPortalId =
      publicSiteAddress === undefined ? undefined : await portalWith(this.#stores, publicSiteAddress ?? '');
    return await this.#withState(
      await this.#jumpItems.update(actor, 'jump_client', id, { ...input, publicPortalId }, ifRevision),
    );
  }

  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    await this.#jumpItems.delete(actor, 'jump_client', id, ifRevision);
  }

  async copy(actor: Actor, id: number, copy: JumpItemCopy): Promise<JumpItem> {
    return await this.#jumpItems.copy(actor, 'jump_client', id, copy);
  }

  async #withState(item: JumpItem): Promise<JumpClient> {
    const found = await this.#stores.jumpClients.findById(item.id);
    if (found === undefined) throw new ApplianceError('not_found', 'There is no such Jump Item.');
    return { ...found, item };
  }
}

/** The portal with this address; null for the site's own. Fails with `invalid`. */
export async function portalWith(
  { jumpClients }: Pick<Stores, 'accessFacts' | 'jumpClients'>,
  address: string,
): Promise<number | null> {
  if (address === '') return null;
  const id = await jumpClients.portalAt(address);
  if (id !== undefined) return id;
  throw invalidField('public_site_address', 'No public portal has this address.');
}

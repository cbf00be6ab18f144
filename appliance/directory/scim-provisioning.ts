import { requireConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import type { ScimStanding } from './scim-group.ts';
import { requireScim, scimProviderOf } from './scim-provider.ts';

const NOTED_AFTER_MS = 60_000;

/** What administrators see of a directory that provisions people here. */
export class ScimProvisioning {
  readonly #stores: Stores;
  /** When a call of an API account was noted last, by this process. */
  readonly #noted = new Map<number, number>();

  constructor({ stores }: { stores: Stores }) {
    this.#stores = stores;
  }

  async noteCall(actor: Actor): Promise<void> {
    const { apiAccountId, name } = requireScim(actor);
    const now = performance.now();
    if (now - (this.#noted.get(apiAccountId) ?? Number.NEGATIVE_INFINITY) < NOTED_AFTER_MS) return;
    const provider = await scimProviderOf(this.#stores);
    await this.#stores.scimCalls.note(provider.id, name);
    this.#noted.set(apiAccountId, now);
  }

  /** Fails with `invalid` for providers of other types. */
  async standing(actor: Actor, providerId: number): Promise<ScimStanding> {
    requireConfiguration(actor);
    await this.#requireScimProvider(providerId);
    return await this.#stores.scimCalls.standingOf(providerId);
  }

  /** Groups by part of their name, for choosing members of group policies. */
  async groupNames(actor: Actor, providerId: number, query: { search: string; limit: number }) {
    requireConfiguration(actor);
    await this.#requireScimProvider(providerId);
    return await this.#stores.scimCalls.groupNames(providerId, query.search, query.limit);
  }

  async #requireScimProvider(id: number): Promise<void> {
    const provider = await this.#stores.securityProviders.findById(id);
    if (provider?.type === 'scim') return;
    throw new ApplianceError('not_found', `There is no security provider of the type SCIM with id ${id}.`);
  }
}

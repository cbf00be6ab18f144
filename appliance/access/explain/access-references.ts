import { invalidField } from '../../errors.ts';
import type { JumpGroupType, JumpItemKind } from '../../jump/jump-item.ts';
import type { JumpItemOwner } from '../../jump/jump-item-grant.ts';
import type { Stores } from '../../stores.ts';
import type { NamedTarget } from './access-world.ts';

/** A person, by id or by user name. */
export interface UserReference {
  id?: number | undefined;
  username?: string | undefined;
}

/** A Jump Item, by id or by name; the rest narrows the search. */
export interface JumpItemReference {
  id?: number | undefined;
  name?: string | undefined;
  kind?: JumpItemKind | undefined;
  /** Code name of the Jump Group. */
  jumpGroup?: string | undefined;
}

/** A Jump Group by id or code name, or somebody's personal list by id or user name. */
export interface JumpGroupReference {
  type?: JumpGroupType | undefined;
  id?: number | undefined;
  codeName?: string | undefined;
  username?: string | undefined;
}

export interface NamedUser {
  id: number;
  username: string;
  publicDisplayName: string;
  privateDisplayName: string;
}

export type NamedOwner = JumpItemOwner & { name: string; codeName: string };

type Read = Pick<Stores, 'users' | 'jumpGroups' | 'jumpoints' | 'accessTargets'>;

/**
 * Finds what questions name, each thing once. Everything fails with `invalid` naming the field for what is not there
 * or not clear.
 */
export class AccessReferences {
  readonly #stores: Read;
  readonly #found = new Map<string, Promise<unknown>>();

  constructor(stores: Read) {
    this.#stores = stores;
  }

  async user(reference: UserReference, field: string): Promise<NamedUser> {
    const { id, username } = reference;
    if ((id === undefined) === (username === undefined))
      throw invalidField(field, 'Name one user, by id or by user name.');
    const user = await this.#once(`user ${id ?? ''} ${username?.toLowerCase() ?? ''}`, async () => {
      if (id !== undefined) return await this.#stores.users.findById(id);
      return (await this.#stores.users.find({ username }, { limit: 1, offset: 0 })).items[0];
    });
    if (user === undefined) throw invalidField(field, `There is no user ${id ?? `“${username}”`}.`);
    return user;
  }

  async jumpItem(reference: JumpItemReference, field: string): Promise<NamedTarget> {
    const { id, name, kind, jumpGroup } = reference;
    if ((id === undefined) === (name === undefined))
      throw invalidField(field, 'Name one Jump Item, by id or by name.');
    return await this.#once(`item ${id ?? ''} ${kind ?? ''} ${jumpGroup ?? ''} ${name ?? ''}`, async () => {
      if (id !== undefined) {
        const target = await this.#stores.accessTargets.findById(id, kind);
        if (target === undefined) throw invalidField(field, `There is no Jump Item ${id}.`);
        return target;
      }
      const group =
        jumpGroup === undefined ? undefined : await this.jumpGroup({ codeName: jumpGroup }, field);
      const [target, another] = await this.#stores.accessTargets.findByName({
        name: name!,
        kind,
        jumpGroupId: group?.jumpGroupId,
        limit: 2,
      });
      if (target === undefined) throw invalidField(field, `There is no Jump Item “${name}”.`);
      if (another !== undefined) {
        throw invalidField(
          field,
          `Several Jump Items are called “${name}”: add the type, the Jump Group or take the id.`,
        );
      }
      return target;
    });
  }

  async jumpGroup(reference: JumpGroupReference, field: string): Promise<NamedOwner> {
    const { type = 'shared', id, codeName, username } = reference;
    if (type === 'personal' || username !== undefined) {
      const owner = await this.user({ id, username }, field);
      return {
        jumpGroupType: 'personal',
        jumpGroupId: owner.id,
        name: owner.privateDisplayName || owner.publicDisplayName || owner.username,
        codeName: owner.username,
      };
    }
    if ((id === undefined) === (codeName === undefined))
      throw invalidField(field, 'Name one Jump Group, by id or by code name.');
    const group = await this.#once(`group ${id ?? ''} ${codeName?.toLowerCase() ?? ''}`, async () => {
      if (id !== undefined) return await this.#stores.jumpGroups.findById(id);
      return (await this.#stores.jumpGroups.find({ codeName }, { limit: 1, offset: 0 })).items[0];
    });
    if (group === undefined) throw invalidField(field, `There is no Jump Group ${id ?? `“${codeName}”`}.`);
    return { jumpGroupType: 'shared', jumpGroupId: group.id, name: group.name, codeName: group.codeName };
  }

  /** By id or by code name. */
  async jumpoint(
    reference: { id?: number | undefined; codeName?: string | undefined },
    field: string,
  ): Promise<{ id: number; name: string; codeName: string }> {
    const { id, codeName } = reference;
    if ((id === undefined) === (codeName === undefined))
      throw invalidField(field, 'Name one Jumpoint, by id or by code name.');
    const jumpoint = await this.#once(`jumpoint ${id ?? ''} ${codeName?.toLowerCase() ?? ''}`, async () => {
      if (id !== undefined) return await this.#stores.jumpoints.findById(id);
      return (await this.#stores.jumpoints.find({ codeName }, { limit: 1, offset: 0 })).items[0];
    });
    if (jumpoint === undefined) throw invalidField(field, 'There is no such Jumpoint.');
    return jumpoint;
  }

  #once<T>(key: string, find: () => Promise<T>): Promise<T> {
    let found = this.#found.get(key) as Promise<T> | undefined;
    if (found === undefined) {
      found = find();
      this.#found.set(key, found);
    }
    return found;
  }
}

import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { AssociatedJumpItem, AssociationRule } from './association-rule.ts';

export type VaultAssociation = AssociationRule & Revised & { id: number };

/** Whose association it is. */
export interface AssociationOwner {
  type: 'account' | 'account_group';
  id: number;
}

export interface OwnedAssociation {
  owner: AssociationOwner;
  ownerName: string;
  association: VaultAssociation;
}

/** What is known of an owner that is held. */
export interface HeldOwner {
  name: string;
  /** Undefined for a group and for an account that is not personal. */
  ownerUserId: number | undefined;
}

/** Into what a credential would go: a saved Jump Item, or else a host. */
export interface TargetName {
  jumpItemId: number | undefined;
  hostname: string;
}

export interface MatchingJumpItem {
  id: number;
  kind: string;
  name: string;
  hostname: string;
}

/**
 * For which Jump Items accounts and groups are. Writes fail with `invalid` naming `criteria.shared_jump_groups` or
 * `jump_items` for what does not exist.
 */
export interface VaultAssociations {
  /** Undefined: there is no such account or group. The owner is held until the transaction ends. */
  lockOwner(owner: AssociationOwner): Promise<HeldOwner | undefined>;
  /** Its own one; every group has one. */
  find(owner: AssociationOwner): Promise<VaultAssociation | undefined>;
  /** Of these accounts, or groups, that have one of their own. */
  ofOwners(type: AssociationOwner['type'], ids: readonly number[]): Promise<Map<number, VaultAssociation>>;
  insert(owner: AssociationOwner, rule: AssociationRule): Promise<VaultAssociation>;
  /** Raises the revision by one and answers it. */
  update(association: VaultAssociation): Promise<number>;
  delete(id: number): Promise<void>;
  /** Those that do not exist with this kind, or are of none of these kinds. Of protocol tunnels only those to SQL Server exist. */
  unassociable(items: readonly AssociatedJumpItem[], kinds: readonly string[]): Promise<AssociatedJumpItem[]>;
  /** The association that holds for an account: its own or else that of its group. None for a personal one. */
  holdingFor(accountId: number): Promise<VaultAssociation | undefined>;
  /** The Jump Items an association is for, in the order of their ids. */
  matchingItems(association: VaultAssociation, page: PageRequest): Promise<Page<MatchingJumpItem>>;
  /** Which of these accounts fit the target; personal ones fit every target. None for a Jump Item that is gone. */
  fitting(target: TargetName, accountIds: readonly number[]): Promise<Set<number>>;
  /**
   * Those with patterns that ask for this Jump Group and for no other one. The owners of all that ask for it are held
   * until the transaction ends: none of them comes to ask only for it meanwhile.
   */
  lockAskingOnlyFor(jumpGroupId: number): Promise<OwnedAssociation[]>;
  /** Whether the person may inject, but not check out, the account, or an account of the group. */
  isHiddenFromUser(owner: AssociationOwner, userId: number): Promise<boolean>;
}

import { mayConfigure } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import { mayCheckOut, VAULT_ROLES, type VaultRole } from './vault-access.ts';
import type { VaultAccount } from './vault-account.ts';
import type { AssociationOwner } from './vault-association.ts';
import type { VaultEndpoint } from './vault-endpoint.ts';

// People who administer the vault, and nothing else, look after the accounts of others. They do not let themselves use
// any, be it by a grant, by a move, or by having a secret sent where they can read it: somebody else has to.

/** Fails with `forbidden` when the actor would give an account, or a group of them, to himself or herself. */
export function refuseGrantToOneself(actor: Actor, userId: number): void {
  if (mayConfigure(actor) || actor.kind !== 'user' || actor.userId !== userId) return;
  throw new ApplianceError(
    'forbidden',
    'You cannot let yourself use accounts of the vault. Ask somebody else who may.',
  );
}

/**
 * Fails with `forbidden` when the actor could do more with the account, or with all of the group, once in the other
 * group: use it, or have it injected where that group allows it and this one does not.
 */
export async function refuseGainByMove(
  stores: Stores,
  actor: Actor,
  moved: AssociationOwner,
  { fromGroupId, toGroupId }: { fromGroupId: number; toGroupId: number },
): Promise<void> {
  if (mayConfigure(actor) || actor.kind !== 'user' || fromGroupId === toGroupId) return;
  const { vaultAccountGroups, vaultAssociations } = stores;
  const had = await vaultAccountGroups.roleOn(fromGroupId, actor.userId);
  const gets = await vaultAccountGroups.roleOn(toGroupId, actor.userId);
  if (rank(gets) > rank(had)) {
    throw new ApplianceError(
      'forbidden',
      'In that group you could use these accounts, and you cannot let yourself do that. Ask somebody else who may.',
    );
  }
  const inherits = moved.type === 'account_group' || (await vaultAssociations.find(moved)) === undefined;
  if (inherits) await refuseGainByAssociation(stores, actor, moved);
}

/**
 * Fails with `forbidden` for a change of an account that would show the actor more than the role allows. A rotation
 * signs in at the endpoint with the password that is kept, so whoever may not see it does not choose the host;
 * `givesPassword` says that the actor sets it in the same change. The certificates of an authority are for its user
 * name, so whoever has them does not choose that.
 */
export async function refuseGainByChange(
  { vaultAccess }: Stores,
  actor: Actor,
  { id, type, endpointId, username }: VaultAccount,
  changes: { endpointId?: number | null | undefined; username?: string | undefined; givesPassword: boolean },
): Promise<void> {
  if (mayConfigure(actor) || actor.kind !== 'user') return;
  const toHost = changes.endpointId != null && changes.endpointId !== endpointId;
  if (type === 'username_password' && toHost && !changes.givesPassword) {
    if (!mayCheckOut(await vaultAccess.roleOf(actor.userId, id))) throw sentToHost();
  }
  if (type === 'ssh_ca' && changes.username !== undefined && changes.username !== username) {
    if ((await vaultAccess.roleOf(actor.userId, id)) === undefined) return;
    throw new ApplianceError(
      'forbidden',
      'You use this authority, so you cannot choose whom its certificates are for. Ask somebody else who may.',
    );
  }
}

/** The same for an endpoint that leads to another host, with the passwords of all of its accounts. */
export async function refuseGainByHost(
  { vaultEndpoints }: Stores,
  actor: Actor,
  before: VaultEndpoint,
  after: VaultEndpoint,
): Promise<void> {
  if (mayConfigure(actor) || actor.kind !== 'user') return;
  const same =
    after.hostname === before.hostname &&
    after.port === before.port &&
    after.jumpointId === before.jumpointId;
  if (same || !(await vaultEndpoints.hasPasswordsHiddenFrom(before.id, actor.userId))) return;
  throw sentToHost();
}

/**
 * Fails with `forbidden` when the actor may inject, but not see, what the association is about: by it the actor would
 * choose into which hosts.
 */
export async function refuseGainByAssociation(
  { vaultAssociations }: Stores,
  actor: Actor,
  owner: AssociationOwner,
): Promise<void> {
  if (mayConfigure(actor) || actor.kind !== 'user') return;
  if (!(await vaultAssociations.isHiddenFromUser(owner, actor.userId))) return;
  throw new ApplianceError(
    'forbidden',
    'You may inject this without seeing it, so you cannot choose where. Ask somebody else who may.',
  );
}

function sentToHost(): ApplianceError {
  return new ApplianceError(
    'forbidden',
    'A password that you may not see would be sent to a host of your choice. Ask somebody else who may, or set the password of the account together with its endpoint.',
  );
}

function rank(role: VaultRole | undefined): number {
  return role === undefined ? -1 : VAULT_ROLES.indexOf(role);
}

import { mayConfigure } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import { VAULT_ROLES, type VaultRole } from './vault-access.ts';

// People who administer the vault, and nothing else, look after the accounts of others. They do not let themselves use
// any, be it by a grant or by a move: somebody else has to.

/** Fails with `forbidden` when the actor would give an account, or a group of them, to himself or herself. */
export function refuseGrantToOneself(actor: Actor, userId: number): void {
  if (mayConfigure(actor) || actor.kind !== 'user' || actor.userId !== userId) return;
  throw new ApplianceError(
    'forbidden',
    'You cannot let yourself use accounts of the vault. Ask somebody else who may.',
  );
}

/** Fails with `forbidden` when the actor could do more with accounts once they are in the other group. */
export async function refuseGainByMove(
  { vaultAccountGroups }: Stores,
  actor: Actor,
  fromGroupId: number,
  toGroupId: number,
): Promise<void> {
  if (mayConfigure(actor) || actor.kind !== 'user') return;
  const had = await vaultAccountGroups.roleOn(fromGroupId, actor.userId);
  const gets = await vaultAccountGroups.roleOn(toGroupId, actor.userId);
  if (rank(gets) <= rank(had)) return;
  throw new ApplianceError(
    'forbidden',
    'In that group you could use these accounts, and you cannot let yourself do that. Ask somebody else who may.',
  );
}

function rank(role: VaultRole | undefined): number {
  return role === undefined ? -1 : VAULT_ROLES.indexOf(role);
}

import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { OpeningRight } from './user-settings.ts';

export function isAdministrator(actor: Actor): boolean {
  return actor.kind === 'user' && actor.administrator;
}

/** Whether a setting of this name holds for the person; administrators have every one. */
export function hasRight(actor: Actor, right: OpeningRight): boolean {
  return actor.kind === 'user' && (actor.administrator || actor.rights.has(right));
}

/** Who may change policies, users and the like. The appliance itself may. */
export function mayConfigure(actor: Actor): boolean {
  if (actor.kind === 'api_account') return actor.permissions.has('perm_configuration');
  return actor.kind === 'system' || actor.administrator;
}

/** Who may change what guards the site: API accounts, site settings. */
export function mayConfigureSecurity(actor: Actor): boolean {
  if (actor.kind === 'api_account') return actor.permissions.has('perm_configuration_security');
  return actor.kind === 'system' || actor.administrator;
}

/** Fails with `forbidden`. With `right`, a person who holds that right may as well. */
export function requireConfiguration(actor: Actor, right?: OpeningRight): void {
  if (mayConfigure(actor) || (right !== undefined && hasRight(actor, right))) return;
  throw new ApplianceError(
    'forbidden',
    right === undefined
      ? 'This needs the Configuration API permission or administrator rights.'
      : `This needs the Configuration API permission, administrator rights or the right ${right}.`,
  );
}

/** Fails with `forbidden`. */
export function requireSecurityConfiguration(actor: Actor): void {
  if (!mayConfigureSecurity(actor)) {
    throw new ApplianceError(
      'forbidden',
      'This needs the permission perm_configuration_security or administrator rights.',
    );
  }
}

/** Who may administer the vault. */
export function mayConfigureVault(actor: Actor): boolean {
  if (actor.kind === 'api_account') {
    return (
      actor.permissions.has('perm_configuration') && actor.permissions.has('perm_configuration_vault_account')
    );
  }
  return actor.kind === 'system' || hasRight(actor, 'perm_vault');
}

/** Fails with `forbidden`. */
export function requireVaultConfiguration(actor: Actor): void {
  if (mayConfigureVault(actor)) return;
  throw new ApplianceError(
    'forbidden',
    'This needs the permissions perm_configuration and perm_configuration_vault_account, administrator rights or the right perm_vault.',
  );
}

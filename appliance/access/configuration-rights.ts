import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';

export function isAdministrator(actor: Actor): boolean {
  return actor.kind === 'user' && actor.administrator;
}

/** Who may change Jump Groups, Jumpoints, policies and the like. The appliance itself may. */
export function mayConfigure(actor: Actor): boolean {
  if (actor.kind === 'api_account') return actor.permissions.has('perm_configuration');
  return actor.kind === 'system' || actor.administrator;
}

/** Who may change what guards the site: API accounts, site settings. */
export function mayConfigureSecurity(actor: Actor): boolean {
  if (actor.kind === 'api_account') return actor.permissions.has('perm_configuration_security');
  return actor.kind === 'system' || actor.administrator;
}

/** Fails with `forbidden`. */
export function requireConfiguration(actor: Actor): void {
  if (!mayConfigure(actor)) {
    throw new ApplianceError(
      'forbidden',
      'This needs the Configuration API permission or administrator rights.',
    );
  }
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

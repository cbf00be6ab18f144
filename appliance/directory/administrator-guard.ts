import { isAdministrator } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';

/**
 * For every change by which somebody becomes or ceases to be an administrator, and for changes of administrators.
 * Fails with `invalid`; the text is the one user connectors look for: they take it as final and do not try again.
 */
export function requireAdministratorForAdministrators(actor: Actor): void {
  if (actor.kind === 'system' || isAdministrator(actor)) return;
  throw new ApplianceError('invalid', 'This API cannot update administrators.');
}

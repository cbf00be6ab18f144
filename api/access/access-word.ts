import type { OpeningRight } from '../../appliance/access/user-settings.ts';
import type { Actor, ApiPermission } from '../../appliance/actor.ts';

/** Who may call a route. Every route declares one; operations of openapi.yaml carry it as `x-access`. */
export const ACCESS_WORDS = [
  /** Anybody, without a credential. Listed in UNAUTHENTICATED_ROUTES. */
  'public',
  /** The route checks a credential of its own kind (relay ticket, enrolment token). Listed with the public ones. */
  'own-credential',
  /** Any person, by browser session or command-line token. */
  'signed-in',
  /** Any person, even one who must choose a new password or prove a second factor before anything else. */
  'signed-in-password-due',
  /** Any person, even one who must register or prove a second factor before anything else. */
  'signed-in-second-factor-due',
  'administrator',
  /** An API account with the Configuration API permission, or an administrator. */
  'configuration',
  /** An API account with the security configuration permission, or an administrator. */
  'configuration-security',
  /** An API account with the Configuration API permission and that for vault accounts, or an administrator. */
  'configuration-vault',
  /** An API account with the Configuration API permission, or any person; the service checks what that one may do. */
  'configuration-or-signed-in',
  /** An API account that may read session reports, or any person; the service checks what that one may see. */
  'reporting-or-signed-in',
  /** An API account that may read the activity of the vault, or any person; the service checks what that one may see. */
  'vault-reporting-or-signed-in',
  /** An API account with full access to the command API, or any person; the service checks what that one may do. */
  'command-or-signed-in',
  /** An API account with the SCIM permission. Its client secret opens these routes, too, where the account allows it. */
  'scim',
  /** An API account with the ECM permission. */
  'ecm',
  /** Any API account; the handler checks the permission of the API it serves. */
  'api-account',
  /** Any API account or person; the handler checks. */
  'any-credential',
] as const;
export type AccessWord = (typeof ACCESS_WORDS)[number];

export function isAccessWord(word: unknown): word is AccessWord {
  return ACCESS_WORDS.some((known) => known === word);
}

/** Routes with these words answer callers whom nobody has identified. */
export function isUnauthenticated(word: AccessWord): boolean {
  return word === 'public' || word === 'own-credential';
}

/** Why the caller may not enter, or undefined when it may. With `right`, people who hold it may as well. */
export function refusalOf(word: AccessWord, actor: Actor, right?: OpeningRight): string | undefined {
  if (right !== undefined && actor.kind === 'user' && actor.rights.has(right)) return undefined;
  switch (word) {
    case 'public':
    case 'own-credential':
    case 'any-credential':
      return undefined;
    case 'signed-in':
    case 'signed-in-password-due':
    case 'signed-in-second-factor-due':
      return actor.kind === 'user' ? undefined : 'This needs a signed-in user, not an API account.';
    case 'administrator':
      return isAdministrator(actor) ? undefined : 'This needs an administrator.';
    case 'configuration':
      if (isAdministrator(actor) || hasPermission(actor, 'perm_configuration')) return undefined;
      return 'This needs the Configuration API permission or an administrator.';
    case 'configuration-security':
      if (isAdministrator(actor) || hasPermission(actor, 'perm_configuration_security')) return undefined;
      return 'This needs the security configuration permission (perm_configuration_security) or an administrator.';
    case 'configuration-vault':
      if (isAdministrator(actor)) return undefined;
      if (!hasPermission(actor, 'perm_configuration')) {
        return 'This needs the Configuration API permission or an administrator.';
      }
      if (hasPermission(actor, 'perm_configuration_vault_account')) return undefined;
      return 'This needs the permission to configure vault accounts (perm_configuration_vault_account).';
    case 'configuration-or-signed-in':
      if (actor.kind === 'user' || hasPermission(actor, 'perm_configuration')) return undefined;
      return 'This needs the Configuration API permission.';
    case 'reporting-or-signed-in':
      if (actor.kind === 'user' || hasPermission(actor, 'perm_reporting_support')) return undefined;
      return 'This needs the permission to read session reports (perm_reporting_support).';
    case 'vault-reporting-or-signed-in':
      if (actor.kind === 'user' || hasPermission(actor, 'perm_reporting_vault')) return undefined;
      return 'This needs the permission to read the activity of the vault (perm_reporting_vault).';
    case 'command-or-signed-in':
      if (actor.kind === 'user') return undefined;
      if (actor.kind === 'api_account' && actor.commandLevel === 'full_access') return undefined;
      return 'This needs full access to the command API (perm_command).';
    case 'scim':
      if (hasPermission(actor, 'perm_scim')) return undefined;
      return 'This needs an API account with the SCIM permission (perm_scim).';
    case 'ecm':
      if (hasPermission(actor, 'perm_ecm')) return undefined;
      return 'This needs an API account with the ECM permission (perm_ecm).';
    case 'api-account':
      return actor.kind === 'api_account' ? undefined : 'This needs the token of an API account.';
  }
}

function isAdministrator(actor: Actor): boolean {
  return actor.kind === 'user' && actor.administrator;
}

function hasPermission(actor: Actor, permission: ApiPermission): boolean {
  return actor.kind === 'api_account' && actor.permissions.has(permission);
}

import { hasRight, mayConfigure } from '../access/configuration-rights.ts';
import type { UserRight } from '../access/user-settings.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';

/** How a user is called: what a choice of people shows. */
export interface UserName {
  id: number;
  username: string;
  publicDisplayName: string;
  privateDisplayName: string;
  enabled: boolean;
}

export interface UserNameQuery {
  /** Part of a name or e-mail address; whose user name is or begins with it comes first. */
  search?: string | undefined;
  /** These and no others. */
  ids?: readonly number[] | undefined;
  /** 1 to 100. */
  limit: number;
}

/** Rights whose pages let a person choose among the users. */
const CHOOSES_USERS: readonly UserRight[] = [
  'perm_edit_jump_groups',
  'perm_admin_pushagents',
  'perm_edit_sd_teams',
  'perm_edit_skills',
  'perm_set_passwords',
  'perm_vault',
];

/** Fails with `forbidden`. */
export function requireChoiceOfUsers(actor: Actor): void {
  if (mayConfigure(actor) || CHOOSES_USERS.some((right) => hasRight(actor, right))) return;
  throw new ApplianceError(
    'forbidden',
    `This needs the Configuration API permission, administrator rights or one of the rights ${CHOOSES_USERS.join(', ')}.`,
  );
}

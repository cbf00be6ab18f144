import type { OpeningRight } from './access/user-settings.ts';

/** The reach an API account has over the command API. */
export type CommandLevel = 'deny' | 'read_only' | 'full_access';

/** Yes-or-no permissions of an API account, named as on the wire. */
export const API_PERMISSIONS = [
  'perm_reporting_support',
  'perm_reporting_license',
  'perm_reporting_archive',
  'perm_reporting_vault',
  'perm_reporting_jump_item',
  'perm_reporting_syslog',
  'perm_backup',
  'perm_vault_backup',
  'perm_real_time_state',
  'perm_ecm',
  'perm_scim',
  'perm_configuration',
  'perm_configuration_vault_account',
  'perm_configuration_security',
] as const;
export type ApiPermission = (typeof API_PERMISSIONS)[number];

/** A signed-in representative or administrator. */
export interface UserActor {
  kind: 'user';
  userId: number;
  username: string;
  displayName: string;
  administrator: boolean;
  /** Settings that allow something and hold for the person: own values and group policies together. */
  rights: ReadonlySet<OpeningRight>;
  /** The credential that carried the call: a browser session or a `bh` token. Closing it closes its sockets. */
  credentialId: string;
  address: string;
}

export interface ApiAccountActor {
  kind: 'api_account';
  apiAccountId: number;
  name: string;
  commandLevel: CommandLevel;
  permissions: ReadonlySet<ApiPermission>;
  address: string;
}

/** The appliance itself (jobs, deadlines) or a person with a shell on its host. */
export interface SystemActor {
  kind: 'system';
  name: string;
}

/** Who does something: every service call carries one and every audit row names one. */
export type Actor = UserActor | ApiAccountActor | SystemActor;

/** What an audit row or a session event calls the actor. */
export function actorName(actor: Actor): string {
  return actor.kind === 'user' ? actor.username : actor.name;
}

import type { UserRight, UserSettingValues } from '../access/user-settings.ts';
import { EVERY_JUMP_ITEM_KIND, type JumpItemKind } from './jump-item.ts';

/** The right that allows jumping to items of a kind. Tunnels to databases and networks have none of their own. */
export const RIGHT_OF_METHOD: Readonly<Record<JumpItemKind, UserRight>> = {
  shell_jump: 'perm_shell_jump',
  remote_rdp: 'perm_remote_rdp',
  remote_vnc: 'perm_remote_vnc',
  remote_jump: 'perm_remote_jump',
  local_jump: 'perm_local_jump',
  local_rdp: 'perm_local_rdp',
  local_vnc: 'perm_local_vnc',
  vpro: 'perm_vpro',
  web_jump: 'perm_web_jump',
  protocol_tunnel: 'perm_protocol_tunnel',
  mysql_tunnel: 'perm_protocol_tunnel',
  psql_tunnel: 'perm_protocol_tunnel',
  network_tunnel: 'perm_protocol_tunnel',
  jump_client: 'perm_jump_client',
};

export type MethodRuling =
  | { allowed: true; because: 'administrator' | 'right' }
  | { allowed: false; because: 'support_not_allowed' | 'method_not_allowed' };

/** Whether the settings allow this way of jumping; administrators may use every one. */
export function methodRuling(values: UserSettingValues, kind: JumpItemKind): MethodRuling {
  if (values.perm_admin) return { allowed: true, because: 'administrator' };
  if (values.perm_support_allowed === 'not_allowed')
    return { allowed: false, because: 'support_not_allowed' };
  return values[RIGHT_OF_METHOD[kind]]
    ? { allowed: true, because: 'right' }
    : { allowed: false, because: 'method_not_allowed' };
}

/** The kinds of Jump Item that a person with these settings may jump to, as far as their settings go. */
export function jumpMethodsOf(values: UserSettingValues): JumpItemKind[] {
  return EVERY_JUMP_ITEM_KIND.filter((kind) => methodRuling(values, kind).allowed);
}

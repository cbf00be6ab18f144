import type { FormValues } from '../../shared/record-form.tsx';

export type Preset = 'representative' | 'administrator' | 'none';

/** The Jump Item Roles that every site has. */
const BUILT_IN_ROLES = { startSessionsOnly: 2, administrator: 4 };

/** Starting points for a new user. Where nothing is said a new user may do nothing. */
export const PRESETS: Record<Preset, { label: string; help: string; settings: FormValues }> = {
  representative: {
    label: 'Representative',
    help: 'Gives support, jumps to the items of their Jump Groups and keeps personal ones; changes nothing of the site.',
    settings: {
      perm_support_allowed: 'full_support',
      perm_generate_session_key: true,
      perm_accept_team_sessions: true,
      perm_next_session_button: true,
      perm_edit_external_key: true,
      perm_collaborate: true,
      perm_jump_client: true,
      perm_shell_jump: true,
      perm_remote_rdp: true,
      perm_remote_vnc: true,
      perm_remote_jump: true,
      perm_web_jump: true,
      perm_protocol_tunnel: true,
      perm_local_jump: true,
      perm_local_rdp: true,
      perm_local_vnc: true,
      perm_vpro: true,
      perm_view_support_reports: 'user_sessions',
      default_jump_item_role_id: BUILT_IN_ROLES.startSessionsOnly,
      private_jump_item_role_id: BUILT_IN_ROLES.administrator,
    },
  },
  administrator: {
    label: 'Administrator',
    help: 'May do everything, also with every Jump Item.',
    settings: { perm_admin: true },
  },
  none: {
    label: 'No rights',
    help: 'May sign in and nothing else, until settings or group policies say more.',
    settings: {},
  },
};

/** What one setting can be. */
export type SettingForm =
  | { kind: 'right' }
  | { kind: 'choice'; options: { value: string; label: string }[] }
  /** Seconds. */
  | { kind: 'seconds'; values: number[] }
  | { kind: 'range'; minimum: number; maximum: number }
  | { kind: 'jump_item_role' }
  | { kind: 'session_policy' };

export interface Setting {
  name: string;
  label: string;
  help?: string;
  form: SettingForm;
}

export interface SettingGroup {
  title: string;
  help?: string;
  settings: Setting[];
}

/** Where a group of settings stands on the screen. */
export type SettingSection = 'administration' | 'representative' | 'roles' | 'session';

const IDLE = [-1, 0, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400];
const ROUTING_IDLE = [0, 180, 300, 600, 900, 1200, 1800, 2700, 3600];

/** Everything that users have and group policies can define, in the order of the screen. */
export const SETTINGS: Record<SettingSection, SettingGroup[]> = {
  administration: [
    {
      title: 'Signing in',
      settings: [
        right(
          'two_factor_required',
          'Two-factor authentication required',
          'Otherwise the person may choose to use it.',
        ),
      ],
    },
    {
      title: 'Administrator',
      settings: [
        right('perm_admin', 'Administrator', 'Everything below, and everything else of the administration.'),
      ],
    },
    {
      title: 'Users & security',
      settings: [
        right('perm_set_passwords', 'Set passwords of users and unlock them'),
        right('perm_vault', 'Administer the vault'),
      ],
    },
    {
      title: 'Jump',
      settings: [
        right('perm_edit_jump_groups', 'Edit Jump Groups'),
        right('perm_admin_pushagents', 'Edit Jumpoints'),
        choice('perm_endpoint_automation', 'Endpoint automation', {
          not_allowed: 'Not allowed',
          user: 'May use it',
          administrator: 'May administer it',
        }),
      ],
    },
    {
      title: 'Support configuration',
      settings: [
        right('perm_edit_sd_teams', 'Edit teams'),
        right('perm_edit_issues', 'Edit issues'),
        right('perm_edit_skills', 'Edit skills'),
        right('perm_edit_canned_scripts', 'Edit canned scripts'),
        right('perm_edit_messages', 'Edit canned messages'),
        right('perm_edit_custom_rep_links', 'Edit custom links'),
        right('perm_edit_callback_button_profiles', 'Edit support button profiles'),
        right('perm_edit_iphone_content', 'Edit iOS profiles'),
      ],
    },
    {
      title: 'Public portals',
      settings: [
        right('perm_edit_public_template', 'Edit public portals'),
        right('perm_edit_public_file_store', 'Edit the file store'),
        right('perm_edit_ambush', 'Edit customer notices'),
      ],
    },
    {
      title: 'Reports',
      settings: [
        choice('perm_view_support_reports', 'Session reports', {
          not_allowed: 'Not allowed',
          user_sessions: 'Own sessions',
          team_sessions: 'Sessions of the own teams',
          jump_group_sessions: 'Sessions of the own Jump Groups',
          all_sessions: 'All sessions',
        }),
        right('perm_view_sd_recordings', 'Watch recordings of sessions'),
        choice('perm_view_vault_reports', 'Vault reports', {
          not_allowed: 'Not allowed',
          view_user_events: 'Own events',
          view_all_events: 'All events',
        }),
        right('perm_view_license_reports', 'Licence reports'),
        right('perm_view_syslog_reports', 'Syslog reports'),
      ],
    },
    {
      title: 'Of oneself',
      settings: [
        right('perm_change_display_name', 'Change the own display names'),
        right('perm_change_rep_avatar', 'Change the own photo'),
        right('perm_show_on_public_list', 'Shown in the public list of representatives'),
      ],
    },
  ],
  representative: [
    {
      title: 'Support',
      settings: [
        choice('perm_support_allowed', 'May give support', {
          not_allowed: 'Not allowed',
          full_support: 'Allowed',
        }),
        right('perm_generate_session_key', 'Generate session keys'),
        right('perm_edit_external_key', 'Edit the external key of sessions'),
        right('perm_send_ios_profiles', 'Send iOS profiles'),
      ],
    },
    {
      title: 'Queues and colleagues',
      settings: [
        right('perm_accept_team_sessions', 'Accept sessions from the queues of the own teams'),
        right('perm_next_session_button', 'Take the next session'),
        right('perm_transfer_other_team', 'Transfer sessions to other teams'),
        right('perm_share_other_team', 'Share sessions with other teams'),
        right('perm_invite_external_rep', 'Invite external representatives'),
        right('perm_collaborate', 'Show the own screen to colleagues'),
        right('perm_collaborate_control', 'And give them control of it'),
      ],
    },
    {
      title: 'Availability',
      settings: [
        right('perm_extended_availability_mode_allowed', 'Extended availability'),
        right('perm_disable_auto_assignment', 'May opt out of being assigned sessions'),
        {
          name: 'auto_assignment_max_sessions',
          label: 'No session is assigned above this many',
          form: { kind: 'range', minimum: 1, maximum: 10 },
        },
        {
          name: 'perm_session_idle_timeout',
          label: 'Removed from an idle session after',
          form: { kind: 'seconds', values: IDLE },
        },
        {
          name: 'perm_console_idle_timeout',
          label: 'Signed out of an idle console after',
          form: { kind: 'seconds', values: IDLE },
        },
        {
          name: 'perm_routing_idle_timeout',
          label: 'Assigned nothing after being idle for',
          form: { kind: 'seconds', values: ROUTING_IDLE },
        },
      ],
    },
    {
      title: 'Support buttons',
      settings: [
        right('perm_support_button_personal_deploy', 'Deploy and manage support buttons of one’s own'),
        right('perm_support_button_team_deploy', 'Deploy support buttons of the own teams'),
        right('perm_support_button_team_manage', 'Manage support buttons of the own teams'),
        right('perm_support_button_change_public_sites', 'Change the public portal of support buttons'),
      ],
    },
    {
      title: 'Jump methods',
      help: 'The ways of jumping that are allowed at all; Jump Item Roles say to which items.',
      settings: [
        right('perm_jump_client', 'Jump Clients'),
        right('perm_shell_jump', 'Shell Jump'),
        right('perm_remote_rdp', 'Remote RDP'),
        right('perm_remote_vnc', 'Remote VNC'),
        right('perm_remote_jump', 'Remote Jump'),
        right('perm_web_jump', 'Web Jump'),
        right('perm_protocol_tunnel', 'Protocol Tunnel'),
        right('perm_local_jump', 'Local Jump'),
        right('perm_local_rdp', 'Local RDP'),
        right('perm_local_vnc', 'Local VNC'),
        right('perm_vpro', 'Intel vPro'),
      ],
    },
  ],
  roles: [
    {
      title: 'Jump Item Roles',
      help: 'What the person may do with Jump Items where nothing more specific says it.',
      settings: [
        {
          name: 'default_jump_item_role_id',
          label: 'Default',
          help: 'In Jump Groups whose membership names no role.',
          form: { kind: 'jump_item_role' },
        },
        {
          name: 'private_jump_item_role_id',
          label: 'Personal',
          help: 'With the person’s own personal Jump Items.',
          form: { kind: 'jump_item_role' },
        },
        {
          name: 'inferior_jump_item_role_id',
          label: 'Teams',
          help: 'With personal Jump Items of lower-ranking members of the person’s teams.',
          form: { kind: 'jump_item_role' },
        },
        {
          name: 'unassigned_jump_item_role_id',
          label: 'System',
          help: 'With every other Jump Item of the site.',
          form: { kind: 'jump_item_role' },
        },
      ],
    },
  ],
  session: [
    {
      title: 'Session policies',
      help: 'What is allowed in the person’s sessions where neither the Jump Item nor the portal says it.',
      settings: [
        {
          name: 'attended_session_policy',
          label: 'Attended sessions',
          help: 'The customer started the session.',
          form: { kind: 'session_policy' },
        },
        {
          name: 'unattended_session_policy',
          label: 'Unattended sessions',
          help: 'The representative started it with a jump.',
          form: { kind: 'session_policy' },
        },
      ],
    },
  ],
};

export const SECTION_TITLES: Record<SettingSection, string> = {
  administration: 'Administration',
  representative: 'Representative',
  roles: 'Jump Item Roles',
  session: 'Session policies',
};

const BY_NAME = new Map(
  Object.values(SETTINGS)
    .flat()
    .flatMap((group) => group.settings)
    .map((setting) => [setting.name, setting]),
);

export function settingOf(name: string): Setting | undefined {
  return BY_NAME.get(name);
}

/** `15 minutes`, `never`, `as the site setting says`. */
export function secondsInWords(seconds: number): string {
  if (seconds === -1) return 'As the site setting says';
  if (seconds === 0) return 'Never';
  const [amount, unit] = seconds % 3600 === 0 ? [seconds / 3600, 'hour'] : [seconds / 60, 'minute'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}

function right(name: string, label: string, help?: string): Setting {
  return { name, label, form: { kind: 'right' }, ...(help === undefined ? {} : { help }) };
}

function choice(name: string, label: string, words: Record<string, string>): Setting {
  const options = Object.entries(words).map(([value, shown]) => ({ value, label: shown }));
  return { name, label, form: { kind: 'choice', options } };
}

/** What holds where nothing is said. */
export function initialOf({ name, form }: Setting): unknown {
  switch (form.kind) {
    case 'right':
      return false;
    case 'choice':
      return form.options[0]?.value;
    case 'seconds':
      return name === 'perm_routing_idle_timeout' ? 900 : -1;
    case 'range':
      return 3;
    case 'jump_item_role':
      return 1;
    case 'session_policy':
      return null;
  }
}

import type { SessionPermissionValues } from './session-permissions.ts';

/** Yes-or-no settings of a person, named as on the wire. */
export const USER_RIGHTS = [
  // What the person may administer
  'perm_admin',
  'perm_set_passwords',
  'perm_admin_pushagents',
  'perm_view_license_reports',
  'perm_view_syslog_reports',
  'perm_view_sd_recordings',
  'perm_edit_ambush',
  'perm_edit_jump_groups',
  'perm_edit_public_template',
  'perm_edit_public_file_store',
  'perm_edit_messages',
  'perm_edit_sd_teams',
  'perm_edit_issues',
  'perm_edit_skills',
  'perm_edit_callback_button_profiles',
  'perm_edit_canned_scripts',
  'perm_edit_custom_rep_links',
  'perm_edit_iphone_content',
  'perm_change_display_name',
  'perm_change_rep_avatar',
  'perm_show_on_public_list',
  'perm_vault',
  // The account
  'two_factor_required',
  // What the person may do as a representative
  'perm_generate_session_key',
  'perm_send_ios_profiles',
  'perm_accept_team_sessions',
  'perm_transfer_other_team',
  'perm_share_other_team',
  'perm_invite_external_rep',
  'perm_next_session_button',
  'perm_extended_availability_mode_allowed',
  'perm_edit_external_key',
  'perm_disable_auto_assignment',
  'perm_collaborate',
  'perm_collaborate_control',
  'perm_support_button_personal_deploy',
  'perm_support_button_team_manage',
  'perm_support_button_change_public_sites',
  'perm_support_button_team_deploy',
  'perm_jump_client',
  'perm_local_jump',
  'perm_remote_jump',
  'perm_remote_vnc',
  'perm_remote_rdp',
  'perm_shell_jump',
  'perm_local_vnc',
  'perm_local_rdp',
  'perm_vpro',
  'perm_web_jump',
  'perm_protocol_tunnel',
] as const;
export type UserRight = (typeof USER_RIGHTS)[number];

/** What opens an operation to people: a right, or a choice that allows anything at all. */
export type OpeningRight = UserRight | OpeningChoice;

/** Settings with several values, of which one allows nothing. */
export const OPENING_CHOICES = ['perm_endpoint_automation', 'perm_view_vault_reports'] as const;
export type OpeningChoice = (typeof OPENING_CHOICES)[number];

export function isOpeningRight(name: unknown): name is OpeningRight {
  return [...OPENING_CHOICES, ...USER_RIGHTS].some((known) => known === name);
}

/** No session policy, the id of one, or permissions of the person's (or group policy's) own. */
export type SessionPolicyChoice = null | number | SessionPermissionValues;

/** Every setting that users have and group policies can define. */
export type UserSettingValues = Record<UserRight, boolean> & {
  perm_support_allowed: 'not_allowed' | 'full_support';
  perm_view_support_reports:
    | 'not_allowed'
    | 'user_sessions'
    | 'all_sessions'
    | 'team_sessions'
    | 'jump_group_sessions';
  perm_view_vault_reports: 'not_allowed' | 'view_user_events' | 'view_all_events';
  perm_endpoint_automation: 'not_allowed' | 'user' | 'administrator';
  /** Seconds; -1 is the site setting, 0 never. */
  perm_session_idle_timeout: number;
  perm_console_idle_timeout: number;
  /** Seconds; 0 never. */
  perm_routing_idle_timeout: number;
  auto_assignment_max_sessions: number;
  /** In Jump Groups whose membership names no role. */
  default_jump_item_role_id: number;
  /** With one's own personal Jump Items. */
  private_jump_item_role_id: number;
  /** With personal Jump Items of members of the teams one leads or manages. */
  inferior_jump_item_role_id: number;
  /** System role: with everything else. */
  unassigned_jump_item_role_id: number;
  attended_session_policy: SessionPolicyChoice;
  unattended_session_policy: SessionPolicyChoice;
};

export type UserSettingName = keyof UserSettingValues;

/** Parts of the screen. A published group policy has one status for all of `representative` (`rep_perm_status`). */
export type UserSettingSection = 'administration' | 'account' | 'representative' | 'session';

export type UserSettingForm =
  | { kind: 'right' }
  | { kind: 'choice'; values: readonly string[] }
  | { kind: 'number'; values: readonly number[] }
  | { kind: 'range'; minimum: number; maximum: number }
  | { kind: 'jump_item_role' }
  | { kind: 'session_policy' };

export interface UserSetting {
  readonly section: UserSettingSection;
  readonly form: UserSettingForm;
  /** Of a user about whom nothing is said, as published. */
  readonly initial: UserSettingValues[UserSettingName];
}

const IDLE_SECONDS = [-1, 0, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400] as const;
const ROUTING_IDLE_SECONDS = [0, 180, 300, 600, 900, 1200, 1800, 2700, 3600] as const;

/** Id of the built-in Jump Item Role “No Access”: what the published contract gives where nothing is said. */
export const NO_ACCESS_ROLE_ID = 1;

function right(section: UserSettingSection): UserSetting {
  return { section, form: { kind: 'right' }, initial: false };
}

function role(): UserSetting {
  return { section: 'representative', form: { kind: 'jump_item_role' }, initial: NO_ACCESS_ROLE_ID };
}

const ADMINISTRATION_RIGHTS = USER_RIGHTS.slice(0, USER_RIGHTS.indexOf('two_factor_required'));
const REPRESENTATIVE_RIGHTS = USER_RIGHTS.slice(USER_RIGHTS.indexOf('two_factor_required') + 1);

function rights(
  names: readonly UserRight[],
  section: UserSettingSection,
): Record<Exclude<UserRight, 'two_factor_required'>, UserSetting> {
  return Object.fromEntries(names.map((name) => [name, right(section)])) as Record<UserRight, UserSetting>;
}

/** The one catalogue of settings: what checks, forms, group policies, exports and explanations go by. */
export const USER_SETTINGS: Readonly<Record<UserSettingName, UserSetting>> = {
  ...rights(ADMINISTRATION_RIGHTS, 'administration'),
  perm_view_support_reports: {
    section: 'administration',
    form: {
      kind: 'choice',
      values: ['not_allowed', 'user_sessions', 'all_sessions', 'team_sessions', 'jump_group_sessions'],
    },
    initial: 'not_allowed',
  },
  perm_view_vault_reports: {
    section: 'administration',
    form: { kind: 'choice', values: ['not_allowed', 'view_user_events', 'view_all_events'] },
    initial: 'not_allowed',
  },
  perm_endpoint_automation: {
    section: 'administration',
    form: { kind: 'choice', values: ['not_allowed', 'user', 'administrator'] },
    initial: 'not_allowed',
  },
  two_factor_required: right('account'),
  perm_support_allowed: {
    section: 'representative',
    form: { kind: 'choice', values: ['not_allowed', 'full_support'] },
    initial: 'not_allowed',
  },
  ...rights(REPRESENTATIVE_RIGHTS, 'representative'),
  perm_session_idle_timeout: {
    section: 'representative',
    form: { kind: 'number', values: IDLE_SECONDS },
    initial: -1,
  },
  perm_console_idle_timeout: {
    section: 'representative',
    form: { kind: 'number', values: IDLE_SECONDS },
    initial: -1,
  },
  perm_routing_idle_timeout: {
    section: 'representative',
    form: { kind: 'number', values: ROUTING_IDLE_SECONDS },
    initial: 900,
  },
  auto_assignment_max_sessions: {
    section: 'representative',
    form: { kind: 'range', minimum: 1, maximum: 10 },
    initial: 3,
  },
  default_jump_item_role_id: role(),
  private_jump_item_role_id: role(),
  inferior_jump_item_role_id: role(),
  unassigned_jump_item_role_id: role(),
  attended_session_policy: { section: 'session', form: { kind: 'session_policy' }, initial: null },
  unattended_session_policy: { section: 'session', form: { kind: 'session_policy' }, initial: null },
};

export const USER_SETTING_NAMES = Object.keys(USER_SETTINGS) as UserSettingName[];

/** Of a user about whom nothing is said. */
export const INITIAL_USER_SETTINGS = Object.fromEntries(
  USER_SETTING_NAMES.map((name) => [name, USER_SETTINGS[name].initial]),
) as UserSettingValues;

/** Where a permission stands on the screen and in the documentation. */
export type SessionPermissionSection =
  | 'prompting'
  | 'screen_sharing'
  | 'elevation'
  | 'file_transfer'
  | 'command_shell'
  | 'system_information'
  | 'registry'
  | 'chat'
  | 'jump_clients'
  | 'canned_scripts'
  | 'credentials'
  | 'collaboration'
  | 'session_end'
  | 'recording';

/** What a permission may say when it says anything. */
export type SessionPermissionKind =
  /** One of these words, the most restrictive first where there is an order. */
  | { kind: 'choice'; values: readonly string[] }
  | { kind: 'seconds'; minimum: number; maximum: number }
  /** Absolute directories, each with everything below it. An empty list: no limit. */
  | { kind: 'paths' };

export interface SessionPermission {
  readonly section: SessionPermissionSection;
  readonly label: string;
  readonly form: SessionPermissionKind;
  /** What the global session policy of a new site says. */
  readonly initial: SessionPermissionValue;
  /** What holds where not even the global policy says anything, and in the policy “No permissions”. */
  readonly strictest: SessionPermissionValue;
}

export type SessionPermissionValue = string | number | readonly string[];

const ALLOW_OR_DENY = ['deny', 'allow'] as const;

function tri(section: SessionPermissionSection, label: string): SessionPermission {
  return {
    section,
    label,
    form: { kind: 'choice', values: ALLOW_OR_DENY },
    initial: 'allow',
    strictest: 'deny',
  };
}

/** The first value is the strictest. */
function choice(
  section: SessionPermissionSection,
  label: string,
  values: readonly string[],
  initial: string,
): SessionPermission {
  return { section, label, form: { kind: 'choice', values }, initial, strictest: values[0]! };
}

function seconds(
  section: SessionPermissionSection,
  label: string,
  [minimum, maximum]: readonly [number, number],
  initial: number,
): SessionPermission {
  return { section, label, form: { kind: 'seconds', minimum, maximum }, initial, strictest: initial };
}

function paths(section: SessionPermissionSection, label: string): SessionPermission {
  return { section, label, form: { kind: 'paths' }, initial: [], strictest: [] };
}

/**
 * Everything a session policy may permit, by its name in policies, on the wire and in events. A policy need not speak
 * of a permission (“not defined”); then a policy of lower priority does.
 */
export const SESSION_PERMISSIONS = {
  // Asking the customer
  session_start_prompt: choice(
    'prompting',
    'Ask the customer before the session starts',
    ['prompt', 'no_prompt'],
    'prompt',
  ),
  session_start_prompt_timeout: seconds(
    'prompting',
    'Wait for the answer to the start prompt',
    [10, 600],
    30,
  ),
  session_start_prompt_default: choice(
    'prompting',
    'Without an answer to the start prompt',
    ['deny', 'allow'],
    'deny',
  ),
  tool_prompting: choice(
    'prompting',
    'Ask the customer before a support tool is used',
    ['always', 'once', 'never'],
    'once',
  ),
  tool_prompting_timeout: seconds('prompting', 'Wait for the answer to a tool prompt', [10, 600], 30),
  tool_prompting_default: choice(
    'prompting',
    'Without an answer to a tool prompt',
    ['deny', 'allow'],
    'deny',
  ),
  // Screen sharing
  screen_sharing: choice(
    'screen_sharing',
    'Screen sharing',
    ['deny', 'view_only', 'view_and_control'],
    'view_and_control',
  ),
  screen_sharing_scope: choice(
    'screen_sharing',
    'What the customer shares',
    ['selected_applications', 'representative_chooses', 'full_screen'],
    'representative_chooses',
  ),
  screen_sharing_automatic_start: tri('screen_sharing', 'Start screen sharing with the session'),
  privacy_screen: tri('screen_sharing', 'Privacy Screen'),
  customer_input_restriction: tri('screen_sharing', 'Disable the customer’s mouse and keyboard'),
  clipboard: choice(
    'screen_sharing',
    'Clipboard',
    ['deny', 'representative_to_customer', 'customer_to_representative', 'both'],
    'both',
  ),
  clipboard_synchronisation: choice(
    'screen_sharing',
    'Clipboard synchronisation',
    ['manual', 'automatic'],
    'manual',
  ),
  annotations: tri('screen_sharing', 'Annotations'),
  virtual_pointer: tri('screen_sharing', 'Virtual pointer'),
  screen_capture: tri('screen_sharing', 'Capture a picture of the screen'),
  remote_printing: tri('screen_sharing', 'Remote printing'),
  special_keys: tri('screen_sharing', 'Send Ctrl-Alt-Del and other special keys'),
  special_actions: tri('screen_sharing', 'Special actions'),
  custom_special_actions: tri('screen_sharing', 'Custom special actions'),
  multiple_monitors: tri('screen_sharing', 'Several monitors at once'),
  reboot: tri('screen_sharing', 'Reboot and reconnect'),
  safe_mode_reboot: tri('screen_sharing', 'Reboot into safe mode'),
  show_my_screen: choice(
    'screen_sharing',
    'Show the representative’s screen to the customer',
    ['deny', 'view_only', 'view_and_control'],
    'view_and_control',
  ),
  // Elevation
  elevation: tri('elevation', 'Elevate the customer client'),
  elevation_customer_prompt: tri('elevation', 'Ask the customer for administrative credentials'),
  elevation_representative_credentials: tri(
    'elevation',
    'Enter administrative credentials as representative',
  ),
  elevated_special_actions: tri('elevation', 'Special actions with elevated rights'),
  // File transfer
  file_transfer_to_customer: tri('file_transfer', 'Send files to the customer’s system'),
  file_transfer_to_representative: tri('file_transfer', 'Fetch files from the customer’s system'),
  file_transfer_customer_paths: paths('file_transfer', 'Directories of the customer’s system'),
  file_transfer_representative_paths: paths('file_transfer', 'Directories of the representative’s system'),
  file_management: tri('file_transfer', 'Rename, delete and create files and folders'),
  // Command shell
  command_shell: tri('command_shell', 'Command shell'),
  command_shell_multiple: tri('command_shell', 'Several command shells at once'),
  // System information
  system_information: choice(
    'system_information',
    'System information',
    ['deny', 'view_only', 'view_and_act'],
    'view_and_act',
  ),
  system_processes: tri('system_information', 'End processes'),
  system_services: tri('system_information', 'Start, stop and restart services'),
  system_programs: tri('system_information', 'Uninstall programs'),
  system_information_logs: tri('system_information', 'Read event logs'),
  // Registry
  registry: choice('registry', 'Registry editor', ['deny', 'view_only', 'view_and_edit'], 'view_and_edit'),
  // Chat
  chat: tri('chat', 'Chat with the customer'),
  chat_push_url: tri('chat', 'Push web addresses to the customer'),
  chat_files_to_customer: tri('chat', 'Send files in the chat'),
  chat_files_from_customer: tri('chat', 'Receive files in the chat'),
  chat_canned_messages: tri('chat', 'Canned messages'),
  // Jump Clients
  jump_client_pinning: tri('jump_clients', 'Jump Clients Pinning/Unpinning'),
  support_button_deployment: tri('jump_clients', 'Deploy and remove Support Buttons'),
  // Canned scripts
  canned_scripts: tri('canned_scripts', 'Canned scripts'),
  // Credentials
  credential_injection: tri('credentials', 'Inject credentials'),
  // Collaboration
  session_sharing: tri('collaboration', 'Share the session with other representatives'),
  session_transfer: tri('collaboration', 'Transfer the session'),
  external_representative_invitation: tri('collaboration', 'Invite an external representative'),
  session_notes: tri('collaboration', 'Write session notes'),
  // Session end
  session_end_behavior: choice(
    'session_end',
    'On the customer’s system at the end of the session',
    ['log_off', 'lock', 'do_nothing'],
    'do_nothing',
  ),
  session_end_behavior_override: tri('session_end', 'The representative may choose what happens at the end'),
  session_reconnect_timeout: seconds('session_end', 'Wait for a lost customer client', [0, 86_400], 600),
  customer_may_end_session: tri('session_end', 'The customer may end the session'),
  // Recording
  record_screen_sharing: choice('recording', 'Record screen sharing', ['record', 'do_not_record'], 'record'),
  record_show_my_screen: choice(
    'recording',
    'Record the representative’s screen',
    ['record', 'do_not_record'],
    'record',
  ),
  record_command_shell: choice('recording', 'Record command shells', ['record', 'do_not_record'], 'record'),
  record_system_information: choice(
    'recording',
    'Keep the system information',
    ['record', 'do_not_record'],
    'record',
  ),
} as const satisfies Record<string, SessionPermission>;

export type SessionPermissionName = keyof typeof SESSION_PERMISSIONS;
export const SESSION_PERMISSION_NAMES = Object.keys(SESSION_PERMISSIONS) as SessionPermissionName[];

/** What a policy defines. A name that is missing is “not defined”. */
export type SessionPermissionValues = Partial<Record<SessionPermissionName, SessionPermissionValue>>;

/** What is wrong with a value, or undefined. */
export function sessionPermissionProblem(name: SessionPermissionName, value: unknown): string | undefined {
  const { form } = SESSION_PERMISSIONS[name] as SessionPermission;
  switch (form.kind) {
    case 'choice':
      if (typeof value === 'string' && form.values.includes(value)) return undefined;
      return `${name} is one of ${form.values.join(', ')}.`;
    case 'seconds':
      if (Number.isInteger(value) && (value as number) >= form.minimum && (value as number) <= form.maximum) {
        return undefined;
      }
      return `${name} is a number of seconds from ${form.minimum} to ${form.maximum}.`;
    case 'paths':
      return pathsProblem(name, value);
  }
}

const MOST_PATHS = 50;
const LONGEST_PATH = 1024;

function pathsProblem(name: string, value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length > MOST_PATHS)
    return `${name} is a list of at most ${MOST_PATHS} directories.`;
  const bad = value.find(
    (path) => typeof path !== 'string' || path.length > LONGEST_PATH || !ABSOLUTE_PATH.test(path),
  );
  return bad === undefined
    ? undefined
    : `${name} takes absolute directories such as C:\\Support, \\\\server\\share or /srv/support.`;
}

const ABSOLUTE_PATH = /^(\/|[A-Za-z]:[\\/]|\\\\[^\\]+\\)[^\0]*$/;

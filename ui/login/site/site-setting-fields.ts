import type { Field } from '../../shared/record-form.tsx';

const SITE = { section: 'Site' };
const SESSIONS = { section: 'Sessions' };
const PASSWORDS = { section: 'Passwords and lock-out' };
const AGREEMENT = { section: 'Login agreement' };
const NETWORKS = { section: 'From where people sign in' };
const SIGNED_IN = { section: 'How long people stay signed in' };
const APIS = { section: 'APIs' };
const TICKETS = { section: 'Ticket system' };
const OUTBOUND = { section: 'Calls to other systems' };

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

/** Every site setting, in the order of the screen. */
export const SITE_SETTING_FIELDS: Field[] = [
  { name: 'company_name', label: 'Company name', kind: 'text', required: true, maxLength: 255, ...SITE },
  {
    name: 'time_zone',
    label: 'Time zone',
    kind: 'select',
    required: true,
    help: 'Where the days of report dates begin.',
    options: ZONES.map((zone) => ({ value: zone, label: zone })),
    ...SITE,
  },
  number('import_maximum_megabytes', 'Largest import file (megabytes)', [1, 100_000], SITE),

  {
    name: 'recording_required',
    label: 'No recording, no session',
    kind: 'checkbox',
    help: 'A session that cannot be recorded is refused or ended.',
    ...SESSIONS,
  },
  {
    name: 'simultaneous_jumps',
    label: 'Several representatives in one Jump Item',
    kind: 'select',
    required: true,
    help: 'Where the Jump Policy does not say it.',
    options: [
      { value: 'join', label: 'Allowed' },
      { value: 'disallow', label: 'Not allowed' },
    ],
    ...SESSIONS,
  },
  {
    name: 'simultaneous_jumps_rdp',
    label: 'Several RDP sessions in one Jump Item',
    kind: 'select',
    required: true,
    help: 'Where the Jump Policy does not say it.',
    options: [
      { value: 'new_session', label: 'Each opens its own' },
      { value: 'disallow', label: 'Not allowed' },
    ],
    ...SESSIONS,
  },
  {
    name: 'jump_client_customer_presence_uses_screen_state',
    label: 'Use the screen state to detect customer presence',
    kind: 'checkbox',
    help: 'The customer of a Jump Client is present only while somebody is signed in, the screen is not locked and no screen saver runs. Otherwise whenever somebody is signed in.',
    ...SESSIONS,
  },
  {
    name: 'client_script_start_at_once',
    label: 'Links to saved Jump Items start without asking',
    kind: 'checkbox',
    ...SESSIONS,
  },

  {
    name: 'sign_in_default_method',
    label: 'What sign-in pages offer first',
    kind: 'select',
    required: true,
    help: 'People without a passkey sign in with their password in either case.',
    options: [
      { value: 'password', label: 'User name and password' },
      { value: 'passkey', label: 'Passkey' },
    ],
    ...PASSWORDS,
  },
  number('password_minimum_length', 'Shortest password', [8, 256], PASSWORDS),
  number(
    'password_character_classes',
    'Kinds of characters a password needs (small, capital, digit, other)',
    [1, 4],
    PASSWORDS,
  ),
  {
    name: 'password_common_refused',
    label: 'Refuse passwords that everybody guesses first',
    kind: 'checkbox',
    ...PASSWORDS,
  },
  number('password_history', 'Earlier passwords that are not taken again', [0, 24], PASSWORDS),
  number(
    'password_expiration_days',
    'Days until a password has to be changed (0: never)',
    [0, 3650],
    PASSWORDS,
  ),
  number(
    'user_lockout_attempts',
    'Failed sign-ins before a network or device is locked out of an account',
    [1, 100],
    PASSWORDS,
  ),
  number('user_lockout_minutes', 'Minutes it is locked out the first time', [1, 1440], PASSWORDS),
  number('api_lockout_attempts', 'Failures before an API account is locked out', [1, 100], PASSWORDS),
  number('api_lockout_minutes', 'Minutes an API account is locked out', [1, 1440], PASSWORDS),

  {
    name: 'login_agreement_enabled',
    label: 'Ask everybody to accept an agreement at every sign-in',
    kind: 'checkbox',
    help: 'Programs that send a user name and password with every call are refused then.',
    ...AGREEMENT,
  },
  {
    name: 'login_agreement_title',
    label: 'Title of the agreement',
    kind: 'text',
    maxLength: 255,
    ...AGREEMENT,
  },
  {
    name: 'login_agreement_text',
    label: 'Text of the agreement',
    kind: 'textarea',
    maxLength: 65_536,
    help: 'Plain text. The audit log keeps a fingerprint of what each person accepted.',
    ...AGREEMENT,
  },

  restriction('administrator_network_restriction', 'Administrators sign in'),
  networks('administrator_networks', 'Networks of administrators', 'Yours must be among them.'),
  restriction('representative_network_restriction', 'Everybody else signs in'),
  networks('representative_networks', 'Networks of everybody else', 'A user may have networks of their own.'),

  {
    name: 'account_in_use',
    label: 'When somebody signs in who is signed in already',
    kind: 'select',
    required: true,
    help: 'In another browser. Tokens of the command line do not count.',
    options: [
      { value: 'allow', label: 'Both stay signed in' },
      { value: 'terminate_others', label: 'Ask, and end the other one' },
      { value: 'refuse_second', label: 'Refuse the new one' },
    ],
    ...SIGNED_IN,
  },
  number(
    'representative_licenses',
    'Representatives signed in at once (0: any number)',
    [0, 1_000_000],
    SIGNED_IN,
  ),
  number('browser_session_idle_minutes', 'Minutes until an idle browser is signed out', [5, 1440], SIGNED_IN),
  number(
    'browser_session_maximum_minutes',
    'Minutes until any browser is signed out',
    [5, 43_200],
    SIGNED_IN,
  ),
  number('user_token_idle_minutes', 'Minutes until an unused token of a user ends', [5, 525_600], SIGNED_IN),
  number('user_token_maximum_minutes', 'Minutes until any token of a user ends', [5, 525_600], SIGNED_IN),

  {
    name: 'xml_api_enabled',
    label: 'Command, reporting and client scripting APIs',
    kind: 'checkbox',
    ...APIS,
  },
  {
    name: 'legacy_password_authentication',
    label: 'User name and password in old XML API calls',
    kind: 'checkbox',
    help: 'For scripts that cannot use an API account. Passwords then travel in addresses.',
    ...APIS,
  },
  {
    name: 'xml_namespace_command',
    label: 'XML namespace of the command API',
    kind: 'text',
    required: true,
    maxLength: 255,
    ...APIS,
  },
  {
    name: 'xml_namespace_reporting',
    label: 'XML namespace of the reporting API',
    kind: 'text',
    required: true,
    maxLength: 255,
    ...APIS,
  },
  number('rate_limit_per_second', 'API requests per second and account', [1, 10_000], APIS),
  number('rate_limit_per_hour', 'API requests per hour and account', [1, 100_000_000], APIS),

  {
    name: 'ticket_system_url',
    label: 'Address',
    kind: 'text',
    maxLength: 2048,
    help: 'Asked by https about every ticket ID that a Jump Policy requires. Blank: there is none, and the demand has no effect.',
    ...TICKETS,
  },
  {
    name: 'ticket_system_format',
    label: 'Format of question and answer',
    kind: 'select',
    required: true,
    options: [
      { value: 'json', label: 'JSON' },
      { value: 'xml', label: 'XML' },
    ],
    ...TICKETS,
  },
  number('ticket_system_timeout_seconds', 'Wait for the answer (seconds)', [1, 60], TICKETS),
  {
    name: 'ticket_system_secret',
    label: 'Secret',
    kind: 'secret',
    help: 'Sent as bearer token. Kept sealed and never shown.',
    ...TICKETS,
  },
  {
    name: 'ticket_system_ca_certificates',
    label: 'Certificate authorities',
    kind: 'textarea',
    maxLength: 65_536,
    help: 'PEM. Trusted for the ticket system beside those that everybody trusts.',
    ...TICKETS,
  },

  {
    name: 'outbound_private_ranges',
    label: 'Private networks that may be called',
    kind: 'list',
    help: 'Addresses or ranges such as 10.0.0.0/8; press Enter after each. The appliance refuses to call all other private addresses, for example of a ticket system.',
    ...OUTBOUND,
  },
];

function restriction(name: string, label: string): Field {
  return {
    name,
    label,
    kind: 'select',
    required: true,
    options: [
      { value: 'none', label: 'From anywhere' },
      { value: 'always', label: 'From these networks only' },
      { value: 'first_time', label: 'From these networks the first time on each device' },
    ],
    ...NETWORKS,
  };
}

function networks(name: string, label: string, help: string): Field {
  return {
    name,
    label,
    kind: 'list',
    help: `Addresses or ranges such as 10.0.0.0/8; press Enter after each. ${help}`,
    ...NETWORKS,
  };
}

function number(
  name: string,
  label: string,
  [min, max]: [number, number],
  section: { section: string },
): Field {
  return { name, label, kind: 'number', required: true, min, max, ...section };
}

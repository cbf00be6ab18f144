import { CLIENT_START_MODES, ENDPOINT_AGREEMENTS } from './jump-client.ts';
import type { FieldValue, JumpItem, JumpItemKind } from './jump-item.ts';

/** Members of {@link JumpItem} that only some kinds use. */
export type KindColumn =
  | 'hostname'
  | 'jumpointId'
  | 'port'
  | 'username'
  | 'domain'
  | 'attendedSessionPolicyId';

/** What a field is about, and so which permission of the Jump Item Role changing it needs. */
export type FieldConcern = 'identity' | 'behavior' | 'session_policy' | 'support_button';

/** One field that a kind has beside those every Jump Item has. */
export interface KindField {
  /** Wire name. */
  name: string;
  /** Where the item keeps it; in `settings` under its wire name when undefined. */
  column?: KindColumn;
  /** Filter rules are a list on the wire and kept as its compact text: see `filterRulesOf`. */
  type: 'text' | 'integer' | 'boolean' | 'reference' | 'filter_rules';
  concern: FieldConcern;
  /** A new item must have it, and it cannot be cleared. */
  required?: true;
  /** Length of a text, value of a number; both ends belong to it. */
  least?: number;
  most?: number;
  choices?: readonly string[];
  /** Other spellings of a choice that are understood. */
  spellings?: Readonly<Record<string, string>>;
  /** Value of a new item that does not say; what clearing the field sets. */
  default: FieldValue;
  pattern?: RegExp;
  /** What a text that does not fit the pattern is told. */
  patternText?: string;
}

export interface KindDescription {
  kind: JumpItemKind;
  /** Segment of its REST path and names of its operations. */
  path: string;
  /** The jump method as people read it. */
  label: string;
  fields: readonly KindField[];
}

const RDP_QUALITIES = [
  'low',
  'performance',
  'performance_quality',
  'quality',
  'best_performance',
  'lossless',
] as const;

const text = (name: string, most: number, more: Partial<KindField> = {}): KindField => ({
  name,
  type: 'text',
  concern: 'behavior',
  most,
  default: '',
  ...more,
});
const flag = (name: string, byDefault: boolean): KindField => ({
  name,
  type: 'boolean',
  concern: 'behavior',
  default: byDefault,
});

const HOSTNAME = text('hostname', 128, { column: 'hostname', concern: 'identity', required: true, least: 1 });
const JUMPOINT: KindField = {
  name: 'jumpoint_id',
  column: 'jumpointId',
  type: 'reference',
  concern: 'identity',
  required: true,
  default: null,
};
const VNC_PORT: KindField = {
  name: 'port',
  column: 'port',
  type: 'integer',
  concern: 'identity',
  least: 100,
  most: 65535,
  default: 5900,
};
const ATTENDED_SESSION_POLICY: KindField = {
  name: 'attended_session_policy_id',
  column: 'attendedSessionPolicyId',
  type: 'reference',
  concern: 'session_policy',
  default: null,
};
const TUNNEL_LISTEN_ADDRESS = text('tunnel_listen_address', 32, {
  default: '127.0.0.1',
  pattern: /^127\.0\.0\.(25[0-5]|2[0-4]\d|1?\d?\d)$/,
  patternText: 'must lie in 127.0.0.0/24',
});
const DATABASE_TUNNEL: readonly KindField[] = [
  JUMPOINT,
  HOSTNAME,
  TUNNEL_LISTEN_ADDRESS,
  text('username', 128, { column: 'username' }),
  text('database', 128),
];
const RDP: readonly KindField[] = [
  HOSTNAME,
  text('quality', 32, {
    choices: RDP_QUALITIES,
    spellings: { video: 'best_performance' },
    default: 'best_performance',
  }),
  flag('console', false),
  flag('ignore_untrusted', false),
  text('rdp_username', 128, { column: 'username' }),
  text('domain', 64, { column: 'domain' }),
  text('display_size', 32, {
    pattern: /^(primary|all|[1-9]\d{2,4}x[1-9]\d{2,4})?$/,
    patternText: 'must be primary, all, or a size such as 1280x800',
  }),
];

/** Port of a Shell Jump that does not say, by protocol. */
export const SHELL_PORTS = { ssh: 22, telnet: 23 } as const;

/** Every kind with its fields: the one place that routes, rules, import, export and screens read. */
export const KINDS: Readonly<Record<JumpItemKind, KindDescription>> = {
  shell_jump: {
    kind: 'shell_jump',
    path: 'shell-jump',
    label: 'Shell Jump',
    fields: [
      JUMPOINT,
      HOSTNAME,
      text('protocol', 16, {
        concern: 'identity',
        required: true,
        choices: ['ssh', 'telnet'],
        default: 'ssh',
      }),
      // The default depends on the protocol: see withDerivedFields.
      {
        name: 'port',
        column: 'port',
        type: 'integer',
        concern: 'identity',
        least: 1,
        most: 65535,
        default: null,
      },
      text('terminal', 16, { choices: ['xterm', 'VT100'], default: 'xterm' }),
      { name: 'keep_alive', type: 'integer', concern: 'behavior', least: 0, most: 300, default: 0 },
      text('username', 128, { column: 'username' }),
    ],
  },
  remote_rdp: {
    kind: 'remote_rdp',
    path: 'remote-rdp',
    label: 'Remote RDP',
    fields: [
      JUMPOINT,
      ...RDP,
      flag('session_forensics', false),
      text('secure_app_type', 64, {
        choices: ['none', 'remote_app', 'remote_desktop_agent', 'remote_desktop_agent_credentials'],
        spellings: { '': 'none' },
        default: 'none',
      }),
      text('remote_app_name', 512),
      text('remote_app_params', 8000),
      text('remote_exe_path', 512),
      text('remote_exe_params', 8000),
      text('target_system', 250),
      text('credential_type', 250),
    ],
  },
  remote_vnc: {
    kind: 'remote_vnc',
    path: 'remote-vnc',
    label: 'Remote VNC',
    fields: [JUMPOINT, HOSTNAME, VNC_PORT],
  },
  remote_jump: {
    kind: 'remote_jump',
    path: 'remote-jump',
    label: 'Remote Jump',
    fields: [JUMPOINT, HOSTNAME, ATTENDED_SESSION_POLICY],
  },
  local_jump: {
    kind: 'local_jump',
    path: 'local-jump',
    label: 'Local Jump',
    fields: [HOSTNAME, ATTENDED_SESSION_POLICY],
  },
  local_rdp: { kind: 'local_rdp', path: 'local-rdp', label: 'Local RDP', fields: RDP },
  local_vnc: { kind: 'local_vnc', path: 'local-vnc', label: 'Local VNC', fields: [HOSTNAME, VNC_PORT] },
  vpro: { kind: 'vpro', path: 'vpro', label: 'Intel vPro', fields: [JUMPOINT, HOSTNAME] },
  web_jump: {
    kind: 'web_jump',
    path: 'web-jump',
    label: 'Web Jump',
    fields: [
      JUMPOINT,
      text('url', 255, { column: 'hostname', concern: 'identity', required: true, least: 1 }),
      text('username_format', 32, {
        choices: ['default', 'username_only', 'force_upn_format', 'force_dlln_format'],
        default: 'default',
      }),
      flag('verify_certificate', true),
      {
        name: 'authentication_timeout',
        type: 'integer',
        concern: 'behavior',
        least: 1,
        most: 30,
        default: 3,
      },
      text('username_field', 255, { default: null }),
      text('password_field', 255, { default: null }),
      text('submit_field', 255, { default: null }),
    ],
  },
  protocol_tunnel: {
    kind: 'protocol_tunnel',
    path: 'protocol-tunnel-jump',
    label: 'Protocol Tunnel Jump',
    fields: [
      JUMPOINT,
      // Required except for Kubernetes, where it is taken from the URL: see withDerivedFields.
      text('hostname', 128, { column: 'hostname', concern: 'identity' }),
      TUNNEL_LISTEN_ADDRESS,
      text('tunnel_definitions', 5000, { concern: 'identity' }),
      text('tunnel_type', 16, { concern: 'identity', choices: ['tcp', 'mssql', 'k8s'], default: 'tcp' }),
      text('username', 128, { column: 'username' }),
      text('database', 128),
      text('url', 256, { concern: 'identity' }),
      text('ca_certificates', 12288),
    ],
  },
  mysql_tunnel: {
    kind: 'mysql_tunnel',
    path: 'mysql-tunnel-jump',
    label: 'MySQL Tunnel Jump',
    fields: DATABASE_TUNNEL,
  },
  psql_tunnel: {
    kind: 'psql_tunnel',
    path: 'psql-tunnel-jump',
    label: 'PostgreSQL Tunnel Jump',
    fields: DATABASE_TUNNEL,
  },
  network_tunnel: {
    kind: 'network_tunnel',
    path: 'network-tunnel-jump',
    label: 'Network Tunnel Jump',
    fields: [
      JUMPOINT,
      { name: 'filter_rules', type: 'filter_rules', concern: 'identity', required: true, default: '[]' },
    ],
  },
  // What its program reports stands beside it: see JumpClientState. Its host is such a report and cannot be changed.
  jump_client: {
    kind: 'jump_client',
    path: 'jump-client',
    label: 'Jump Client',
    fields: [
      ATTENDED_SESSION_POLICY,
      text('support_button_profile_code_name', 64, { concern: 'support_button' }),
      text('support_button_direct_queue', 69, {
        concern: 'support_button',
        pattern: /^(team:[A-Za-z0-9_-]{1,64})?$/,
        patternText: 'must be empty or "team:" and the code name of a team',
      }),
      text('customer_client_start_mode', 16, { choices: CLIENT_START_MODES, default: 'normal' }),
      { name: 'max_offline_minutes', type: 'integer', concern: 'behavior', least: 0, default: 0 },
      text('endpoint_agreement_policy', 16, { choices: ENDPOINT_AGREEMENTS, default: 'no_prompt' }),
    ],
  },
};

/** What the item has of a field of its kind. */
export function fieldOf(item: Pick<JumpItem, KindColumn | 'settings'>, field: KindField): FieldValue {
  return field.column === undefined ? (item.settings[field.name] ?? field.default) : item[field.column];
}

/** The `settings` a new item of the kind starts with. */
export function defaultSettings(kind: JumpItemKind): Record<string, FieldValue> {
  return Object.fromEntries(
    KINDS[kind].fields
      .filter((field) => field.column === undefined)
      .map((field) => [field.name, field.default]),
  );
}

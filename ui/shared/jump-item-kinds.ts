import type { Schema } from './api.ts';
import { filterRuleOf, filterRuleText } from './filter-rule-text.ts';
import type { Field, FormValues } from './record-form.tsx';

export type JumpItemKind = Schema<'JumpItemKind'>;
type FilterRule = Schema<'FilterRule'>;

export const KIND_LABELS: Record<JumpItemKind, string> = {
  shell_jump: 'Shell Jump',
  remote_rdp: 'Remote RDP',
  remote_vnc: 'Remote VNC',
  remote_jump: 'Remote Jump',
  local_jump: 'Local Jump',
  local_rdp: 'Local RDP',
  local_vnc: 'Local VNC',
  vpro: 'vPro',
  web_jump: 'Web Jump',
  protocol_tunnel: 'Protocol Tunnel',
  mysql_tunnel: 'MySQL Tunnel',
  psql_tunnel: 'PostgreSQL Tunnel',
  network_tunnel: 'Network Tunnel',
  jump_client: 'Jump Client',
};

/** Kinds that people make; a Jump Client comes from its installer. */
export const MADE_KINDS = (Object.keys(KIND_LABELS) as JumpItemKind[]).filter(
  (kind): kind is Exclude<JumpItemKind, 'jump_client'> => kind !== 'jump_client',
);

/**
 * Where items of the kind are, for the typed client: every kind answers as the simplest one does, and what differs is
 * in the fields of its form.
 */
export const itemAddress = (kind: JumpItemKind): '/jump-item/vpro' =>
  (kind === 'jump_client' ? '/jump-client' : `/jump-item/${pathOf(kind)}`) as '/jump-item/vpro';

/** Tunnels are served under their published, longer names. */
const pathOf = (kind: JumpItemKind) =>
  `${kind.replaceAll('_', '-')}${kind.endsWith('_tunnel') ? '-jump' : ''}`;

const options = (...values: string[]) =>
  values.map((value) => ({ value, label: value.replaceAll('_', ' ') }));
const hostname: Field = {
  name: 'hostname',
  label: 'Hostname / IP',
  kind: 'text',
  required: true,
  maxLength: 128,
};
const quality: Field = {
  name: 'quality',
  label: 'Quality',
  kind: 'select',
  required: true,
  options: options('low', 'performance', 'performance_quality', 'quality', 'best_performance', 'lossless'),
};
const rdp: Field[] = [
  hostname,
  { name: 'rdp_username', label: 'Username', kind: 'text', maxLength: 128 },
  { name: 'domain', label: 'Domain', kind: 'text', maxLength: 64 },
  quality,
  { name: 'console', label: 'Connect to the console session', kind: 'checkbox' },
  { name: 'ignore_untrusted', label: 'Ignore an untrusted certificate', kind: 'checkbox' },
];
const vnc: Field[] = [
  hostname,
  { name: 'port', label: 'Port', kind: 'number', min: 100, max: 65535, help: '5900 unless set.' },
];
const databaseTunnel: Field[] = [
  hostname,
  { name: 'tunnel_listen_address', label: 'Local address', kind: 'text', maxLength: 32 },
  { name: 'username', label: 'Username', kind: 'text', maxLength: 128 },
  { name: 'database', label: 'Database', kind: 'text', maxLength: 128 },
];
const isTunnel =
  (...types: string[]) =>
  (values: FormValues) =>
    types.includes(String(values.tunnel_type));

/** What only this kind has, between the common fields. */
export const KIND_FIELDS: Record<JumpItemKind, Field[]> = {
  shell_jump: [
    hostname,
    {
      name: 'protocol',
      label: 'Protocol',
      kind: 'select',
      required: true,
      options: options('ssh', 'telnet'),
    },
    {
      name: 'port',
      label: 'Port',
      kind: 'number',
      min: 1,
      max: 65535,
      help: '22 for ssh and 23 for telnet unless set.',
    },
    { name: 'username', label: 'Username', kind: 'text', maxLength: 128 },
    {
      name: 'terminal',
      label: 'Terminal type',
      kind: 'select',
      required: true,
      options: options('xterm', 'VT100'),
    },
    {
      name: 'keep_alive',
      label: 'Keep-alive (seconds)',
      kind: 'number',
      min: 0,
      max: 300,
      help: '0 sends none.',
    },
  ],
  remote_rdp: rdp,
  local_rdp: rdp,
  remote_vnc: vnc,
  local_vnc: vnc,
  remote_jump: [hostname],
  local_jump: [hostname],
  vpro: [hostname],
  web_jump: [
    { name: 'url', label: 'URL', kind: 'text', required: true, maxLength: 255 },
    {
      name: 'username_format',
      label: 'Username format',
      kind: 'select',
      required: true,
      options: options('default', 'username_only', 'force_upn_format', 'force_dlln_format'),
    },
    { name: 'verify_certificate', label: 'Verify the certificate', kind: 'checkbox' },
    {
      name: 'authentication_timeout',
      label: 'Authentication timeout (seconds)',
      kind: 'number',
      min: 1,
      max: 30,
    },
  ],
  protocol_tunnel: [
    {
      name: 'tunnel_type',
      label: 'Tunnel type',
      kind: 'select',
      required: true,
      options: options('tcp', 'mssql', 'k8s'),
    },
    { ...hostname, when: isTunnel('tcp', 'mssql') },
    { name: 'tunnel_listen_address', label: 'Local address', kind: 'text', maxLength: 32 },
    {
      name: 'tunnel_definitions',
      label: 'Tunnels',
      kind: 'text',
      help: 'Local and remote ports in pairs, all joined by ; as in 8022;22;8443;443',
      when: isTunnel('tcp'),
    },
    { name: 'username', label: 'Username', kind: 'text', maxLength: 128, when: isTunnel('mssql') },
    { name: 'database', label: 'Database', kind: 'text', maxLength: 128, when: isTunnel('mssql') },
    { name: 'url', label: 'URL', kind: 'text', maxLength: 256, when: isTunnel('k8s') },
    { name: 'ca_certificates', label: 'CA certificates', kind: 'textarea', when: isTunnel('k8s') },
  ],
  mysql_tunnel: databaseTunnel,
  psql_tunnel: databaseTunnel,
  network_tunnel: [
    {
      name: 'filter_rules',
      label: 'Filter rules',
      kind: 'list',
      required: true,
      help: 'Addresses, protocol and ports of each rule, as in 10.1.0.0/16 TCP 443 or 10.2.0.7',
    },
  ],
  jump_client: [
    {
      name: 'customer_client_start_mode',
      label: 'Customer client starts',
      kind: 'select',
      required: true,
      options: options('normal', 'minimized', 'hidden'),
    },
    { name: 'max_offline_minutes', label: 'Offline minutes before it is lost', kind: 'number', min: 0 },
  ],
};

export const KIND_DEFAULTS: Record<JumpItemKind, FormValues> = {
  shell_jump: { protocol: 'ssh', terminal: 'xterm', keep_alive: 0 },
  remote_rdp: { quality: 'best_performance', console: false, ignore_untrusted: false },
  local_rdp: { quality: 'best_performance', console: false, ignore_untrusted: false },
  remote_vnc: {},
  local_vnc: {},
  remote_jump: {},
  local_jump: {},
  vpro: {},
  web_jump: { username_format: 'default', verify_certificate: true, authentication_timeout: 3 },
  protocol_tunnel: { tunnel_type: 'tcp', tunnel_listen_address: '127.0.0.1' },
  mysql_tunnel: { tunnel_listen_address: '127.0.0.1' },
  psql_tunnel: { tunnel_listen_address: '127.0.0.1' },
  network_tunnel: { filter_rules: [] },
  jump_client: {},
};

/** An item as its form shows it: the rules of a network tunnel are lines of text there. */
export function toForm(item: Record<string, unknown>): FormValues {
  const { filter_rules: rules } = item;
  if (!Array.isArray(rules)) return item as FormValues;
  return { ...(item as FormValues), filter_rules: rules.map((rule) => filterRuleText(rule as FilterRule)) };
}

/** What a form says, in the words of the API. */
export function fromForm(values: FormValues): Record<string, unknown> {
  const { filter_rules: rules } = values;
  return Array.isArray(rules) ? { ...values, filter_rules: rules.map(filterRuleOf) } : values;
}

/** Local kinds are started from the representative's own network. */
export const needsJumpoint = (kind: JumpItemKind) => !kind.startsWith('local_') && kind !== 'jump_client';

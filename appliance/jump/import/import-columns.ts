import { JUMP_ITEM_KINDS, type MadeJumpItemKind } from '../jump-item.ts';
import { KINDS, type KindField } from '../jump-item-kinds.ts';

/** The column that holds the host (URL, rules) of a kind, and so tells the kind of its row. */
export const HOST_COLUMNS: Readonly<Record<MadeJumpItemKind, string>> = {
  shell_jump: 'shelljump_hostname',
  remote_rdp: 'remote_rdp_hostname',
  remote_vnc: 'remote_vnc_hostname',
  remote_jump: 'remote_jump_hostname',
  local_jump: 'local_jump_hostname',
  local_rdp: 'local_rdp_hostname',
  local_vnc: 'local_vnc_hostname',
  vpro: 'vpro_hostname',
  web_jump: 'webjump_url',
  protocol_tunnel: 'protocoltunnel_hostname',
  mysql_tunnel: 'mysqltunnel_hostname',
  psql_tunnel: 'psqltunnel_hostname',
  // It leads to many hosts: what it lets through tells the kind.
  network_tunnel: 'networktunnel_filter_rules',
};

/** Columns every kind has beside its host. */
const COMMON_COLUMNS = [
  'type',
  'name',
  'group',
  'tag',
  'comments',
  'jump_policy',
  'session_policy',
  'customer_not_present_session_policy',
  'public_portal',
  'external_id',
  'id',
] as const;

/** Understood for every kind that has such a field: the host, the user name, the address of a Web Jump. */
const GENERIC_COLUMNS = ['hostname', 'username', 'url'] as const;

const FIELD_COLUMNS: Readonly<Record<string, string>> = {
  jumpoint_id: 'jumpoint',
  attended_session_policy_id: 'customer_present_session_policy',
  tunnel_definitions: 'tcp_tunnels',
};

/** Other headings of the columns, as files made for people use them; written like {@link normalized} answers. */
const OTHER_HEADINGS: Readonly<Record<string, string>> = {
  hostname_ip: 'hostname',
  host_name: 'hostname',
  host: 'hostname',
  kind: 'type',
  jump_item_type: 'type',
  jump_method: 'type',
  jump_group: 'group',
  jump_group_code_name: 'group',
  comment: 'comments',
  tags: 'tag',
  portal: 'public_portal',
  user_name: 'username',
  jumpoint_code_name: 'jumpoint',
  protocol_type: 'protocol',
  terminal_type: 'terminal',
  console_session: 'console',
  ignore_untrusted_certificate: 'ignore_untrusted',
  tunnel_definitions: 'tcp_tunnels',
  filter_rules: 'networktunnel_filter_rules',
  local_address: 'tunnel_listen_address',
  attended_session_policy: 'customer_present_session_policy',
  unattended_session_policy: 'customer_not_present_session_policy',
};

/** The column of a kind's field. */
export function columnOf(kind: MadeJumpItemKind, field: KindField): string {
  if (field.column === 'hostname' || field.type === 'filter_rules') return HOST_COLUMNS[kind];
  if (kind === 'shell_jump' && field.name === 'username') return 'shelljump_username';
  return FIELD_COLUMNS[field.name] ?? field.name;
}

type FieldsByColumn = ReadonlyMap<string, KindField>;

/** Per kind, every column that means one of its fields. */
export const FIELDS_BY_COLUMN: Readonly<Record<MadeJumpItemKind, FieldsByColumn>> = Object.fromEntries(
  JUMP_ITEM_KINDS.map((kind) => [kind, fieldsByColumn(kind)]),
) as Record<MadeJumpItemKind, FieldsByColumn>;

function fieldsByColumn(kind: MadeJumpItemKind): FieldsByColumn {
  const fields = new Map(KINDS[kind].fields.map((field) => [columnOf(kind, field), field]));
  for (const field of KINDS[kind].fields) {
    const generic = field.column === 'hostname' ? [field.name, 'hostname'] : [field.column ?? ''];
    for (const column of generic) {
      if (GENERIC_COLUMNS.some((known) => known === column) && !fields.has(column)) fields.set(column, field);
    }
  }
  return fields;
}

/** The kind whose host column this is. */
export const KIND_BY_HOST_COLUMN: ReadonlyMap<string, MadeJumpItemKind> = new Map(
  JUMP_ITEM_KINDS.map((kind) => [HOST_COLUMNS[kind], kind]),
);

/** Columns of the template of a kind, in the order people fill them in. */
export function templateColumns(kind: MadeJumpItemKind): string[] {
  const own = KINDS[kind].fields.map((field) => columnOf(kind, field));
  const host = HOST_COLUMNS[kind];
  const attended = own.includes('customer_present_session_policy');
  const first = ['name', host, 'group', ...(own.includes('jumpoint') ? ['jumpoint'] : [])];
  const policies = attended
    ? ['customer_present_session_policy', 'customer_not_present_session_policy']
    : ['session_policy'];
  const others = own.filter((column) => ![...first, ...policies].includes(column));
  return [...first, ...others, 'tag', 'comments', 'jump_policy', ...policies, 'public_portal', 'external_id'];
}

/** Every column of a file that holds all kinds, each once. */
export const ALL_COLUMNS: readonly string[] = [
  ...new Set(['type', ...JUMP_ITEM_KINDS.flatMap(templateColumns), 'id']),
];

const KNOWN: ReadonlySet<string> = new Set([...ALL_COLUMNS, ...COMMON_COLUMNS, ...GENERIC_COLUMNS]);

/** The column a heading means, however it is spelt; undefined when there is none like it. */
export function columnNamed(heading: string): string | undefined {
  const name = normalized(heading);
  if (KNOWN.has(name)) return name;
  return OTHER_HEADINGS[name];
}

const KIND_SPELLINGS: ReadonlyMap<string, MadeJumpItemKind> = new Map(
  JUMP_ITEM_KINDS.flatMap((kind): [string, MadeJumpItemKind][] =>
    [
      kind,
      KINDS[kind].path,
      KINDS[kind].label,
      HOST_COLUMNS[kind].replace(/_(hostname|url|filter_rules)$/, ''),
    ].map((spelling) => [normalized(spelling), kind]),
  ),
);

/** The kind a cell of the column `type` means. */
export function kindNamed(cell: string): MadeJumpItemKind | undefined {
  return KIND_SPELLINGS.get(normalized(cell));
}

function normalized(words: string): string {
  return words
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
}

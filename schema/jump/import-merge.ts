/*
 * How a staged row `r` changes an item `i`: null in the row keeps the item's value, 0 clears a reference.
 * Comparing and updating use the same expressions, so a row that changes nothing is never an update.
 */
const kept = (column: string): [string, string] => [column, `coalesce(r.${column}, i.${column})`];
const clearable = (column: string): [string, string] => [
  column,
  `nullif(coalesce(r.${column}, i.${column}), 0)`,
];
const MERGED: readonly [column: string, value: string][] = [
  ['name', 'r.name'],
  ['jump_group_id', 'r.jump_group_id'],
  kept('external_id'),
  kept('hostname'),
  kept('jumpoint_id'),
  ['port', `coalesce(r.port, ${portOfNewProtocol()}, i.port)`],
  kept('username'),
  kept('domain'),
  kept('tag'),
  kept('comments'),
  clearable('jump_policy_id'),
  clearable('session_policy_id'),
  clearable('attended_session_policy_id'),
  clearable('public_portal_id'),
  ['settings', 'i.settings || r.settings'],
];

/** A port that only followed from the protocol follows the new one. */
function portOfNewProtocol(): string {
  return `case when i.kind = 'shell_jump' and r.settings ->> 'protocol' <> i.settings ->> 'protocol'
      and i.port = case i.settings ->> 'protocol' when 'telnet' then 23 else 22 end then r.default_port end`;
}

/** Is the item another one after the row. */
export const MERGE_DIFFERS = `(${MERGED.map(([, value]) => value).join(', ')})
    is distinct from (${MERGED.map(([column]) => `i.${column}`).join(', ')})`;

/** The `set` list of the update. */
export const MERGE_ASSIGNMENTS = MERGED.map(([column, value]) => `${column} = ${value}`).join(',\n    ');

/** What an audit row keeps of an item. */
export const auditedItem = (item: string): string =>
  `jsonb_build_object(${[
    'id',
    'kind',
    'name',
    'hostname',
    'jump_group_id',
    'jumpoint_id',
    'port',
    'username',
    'domain',
    'tag',
    'comments',
    'jump_policy_id',
    'session_policy_id',
    'attended_session_policy_id',
    'public_portal_id',
  ]
    .map((column) => `'${column}', ${item}.${column}`)
    .join(
      ', ',
    )}, 'external_id', coalesce(${item}.external_id, ''), 'jump_group_type', 'shared') || ${item}.settings`;

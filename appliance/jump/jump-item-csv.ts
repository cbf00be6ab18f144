import { csvLine } from './import/csv-cells.ts';
import { ALL_COLUMNS, columnOf } from './import/import-columns.ts';
import type { FieldValue, JumpItem, MadeJumpItemKind } from './jump-item.ts';
import { fieldOf, KINDS } from './jump-item-kinds.ts';
import type { NamedJumpItem } from './jump-item-search.ts';

/** The first line of an exported file: the columns that importing understands, over all kinds. */
export const CSV_HEADER = csvLine(ALL_COLUMNS);

/** Only what has a Jump Group to be named by, and can be made from a file. */
export function isExported(named: NamedJumpItem): named is ExportedJumpItem {
  return named.item.jumpGroupType === 'shared' && named.item.kind !== 'jump_client';
}

export type ExportedJumpItem = NamedJumpItem & { item: JumpItem & { kind: MadeJumpItemKind } };

/** A Jump Item as the line that imports back to the same item. Cells of other kinds' columns are empty. */
export function csvLineOf(named: ExportedJumpItem): string {
  const { item } = named;
  const cells = new Map<string, string>([
    ['type', item.kind],
    ['name', item.name],
    ['group', named.jumpGroupCodeName],
    ['tag', item.tag],
    ['comments', item.comments],
    ['jump_policy', named.jumpPolicyCodeName],
    ['public_portal', named.publicPortalHostname],
    ['external_id', item.externalId],
    ['id', String(item.id)],
  ]);
  const hasAttendedPolicy = KINDS[item.kind].fields.some(
    ({ column }) => column === 'attendedSessionPolicyId',
  );
  cells.set(
    hasAttendedPolicy ? 'customer_not_present_session_policy' : 'session_policy',
    named.sessionPolicyCodeName,
  );
  for (const field of KINDS[item.kind].fields) {
    const column = columnOf(item.kind, field);
    if (field.column === 'jumpointId') cells.set(column, named.jumpointCodeName);
    else if (field.column === 'attendedSessionPolicyId')
      cells.set(column, named.attendedSessionPolicyCodeName);
    else cells.set(column, cellOf(fieldOf(item, field)));
  }
  return csvLine(ALL_COLUMNS.map((column) => cells.get(column) ?? ''));
}

function cellOf(value: FieldValue): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return value === null ? '' : String(value);
}

import type { SessionAttribute } from '../../appliance/sessions/support-session.ts';

export interface AttributeRow {
  lsid: string;
  code_name: string;
  display_name: string;
  value: string;
}

export function toAttribute(row: AttributeRow): SessionAttribute {
  return { codeName: row.code_name, displayName: row.display_name, value: row.value };
}

import type { Fields, Value } from '../../../appliance/configuration/configuration-document.ts';
import type { NamedObject } from '../../../appliance/configuration/configuration-site.ts';
import type { ContractType, References } from './contract-type.ts';
import { isFields } from './field-names.ts';

/** The objects that a well-formed document names, each with the field that does. */
export function namedObjects(type: ContractType, fields: Fields): NamedObject[] {
  const named = referred(fields, type.references, '');
  for (const [field, part] of Object.entries(type.parts ?? {})) {
    const value = fields[field];
    if (value === undefined || part.references === undefined) continue;
    const flat = part.fromFile === undefined ? value : part.fromFile(value);
    if (isFields(flat)) named.push(...referred(flat, part.references, `${field}.`));
  }
  for (const [field, { references }] of Object.entries(type.collections ?? {})) {
    const entries = fields[field];
    if (!Array.isArray(entries)) continue;
    for (const [place, entry] of (entries as readonly Value[]).entries()) {
      if (isFields(entry)) named.push(...referred(entry, references, `${field}.${place}.`));
    }
  }
  return named;
}

function referred(fields: Fields, references: References = {}, prefix: string): NamedObject[] {
  return Object.values(references).flatMap(({ as, type, words }) => {
    const value = fields[as];
    const list: readonly Value[] = Array.isArray(value) ? value : [value ?? null];
    return list.flatMap((key, place): NamedObject[] => {
      if (typeof key !== 'string' || words?.includes(key)) return [];
      return [{ field: `${prefix}${as}${Array.isArray(value) ? `.${place}` : ''}`, type, key }];
    });
  });
}

import { same } from '../../shared/three-way.ts';

/** One field of what was audited, in words. */
export interface FieldChange {
  /** Fields of fields with dots, e.g. `permissions.chat`. */
  field: string;
  before: string;
  after: string;
  changed: boolean;
}

/** What stood before and after, field by field; `everything` has also what stayed the same. */
export function changesOf(event: { before?: unknown; after?: unknown }, everything = false): FieldChange[] {
  const before = flat(event.before);
  const after = flat(event.after);
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((field) => ({
      field,
      before: inWords(before.get(field)),
      after: inWords(after.get(field)),
      changed: !same(before.get(field), after.get(field)),
    }))
    .filter(({ changed }) => everything || changed);
}

function flat(value: unknown, prefix = ''): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  if (value === null || value === undefined) return fields;
  if (typeof value !== 'object' || Array.isArray(value)) return fields.set(prefix || 'value', value);
  for (const [name, part] of Object.entries(value)) {
    const field = prefix === '' ? name : `${prefix}.${name}`;
    if (typeof part === 'object' && part !== null && !Array.isArray(part) && Object.keys(part).length > 0) {
      for (const [inner, one] of flat(part, field)) fields.set(inner, one);
    } else fields.set(field, part);
  }
  return fields;
}

function inWords(value: unknown): string {
  if (value === undefined || value === null) return '–';
  if (value === '') return '(empty)';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value)) {
    if (value.length === 0) return '(none)';
    return value.every((one) => typeof one !== 'object')
      ? value.join(', ')
      : value.map((one) => JSON.stringify(one)).join('\n');
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

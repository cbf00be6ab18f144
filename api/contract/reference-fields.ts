import type { JsonSchema } from './contract-document.ts';
import { folded } from './request-schema.ts';

export interface FieldRow {
  /** Deeper fields are named `a.b`; `[]` stands for each entry of a list. */
  name: string;
  required: boolean;
  kind: string;
  description: string;
}

const DEEPEST = 3;

/** The fields of an object, or of the entries of a list, as people read them. */
export function fieldRows(schema: JsonSchema, prefix = '', depth = 0): FieldRow[] {
  const whole = folded(schema);
  if (whole.items !== undefined) return fieldRows(whole.items, `${prefix}[].`, depth);
  const rows = Object.entries(whole.properties ?? {}).flatMap(([name, property]) => {
    const row: FieldRow = {
      name: prefix + name,
      required: whole.required?.includes(name) === true,
      kind: kindText(property),
      description: property.description ?? '',
    };
    return depth === DEEPEST ? [row] : [row, ...deeperRows(folded(property), prefix + name, depth)];
  });
  const forms = [...(whole.oneOf ?? []), ...(whole.anyOf ?? [])];
  return [...rows, ...forms.flatMap((form) => fieldRows(form, prefix, depth))];
}

function deeperRows(property: JsonSchema, name: string, depth: number): FieldRow[] {
  if (property.properties !== undefined) return fieldRows(property, `${name}.`, depth + 1);
  if (property.items !== undefined) return fieldRows(property.items, `${name}[].`, depth + 1);
  return [];
}

/** What a value may be, in a few words. */
export function kindText(schema: JsonSchema): string {
  const whole = folded(schema);
  if (whole.enum !== undefined) return whole.enum.map((value) => JSON.stringify(value)).join(', ');
  const words = [whole.type ?? []].flat().join(' or ') || 'anything';
  const limits = [
    limit(whole['minimum'], whole['maximum']),
    limit(whole['minLength'], whole['maxLength'], ' characters'),
    limit(whole['minItems'], whole['maxItems'], ' entries'),
    whole['default'] === undefined ? '' : `default ${JSON.stringify(whole['default'])}`,
    typeof whole['format'] === 'string' && !/^int/.test(whole['format']) ? whole['format'] : '',
  ];
  return [words, ...limits.filter((text) => text !== '')].join(', ');
}

function limit(least: unknown, most: unknown, unit = ''): string {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return `at least ${least}${unit}`;
  return least === undefined || (least === 0 && unit !== '')
    ? `at most ${most}${unit}`
    : `${least} to ${most}${unit}`;
}

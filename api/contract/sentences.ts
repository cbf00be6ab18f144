import type { ErrorObject } from 'ajv';
import type { FieldErrors } from '../../appliance/errors.ts';
import type { JsonSchema } from './contract-document.ts';

/** Turns validator findings into sentences a person can act on, by field. Deeper fields are named `a.0.b`. */
export function sentencesOf(errors: readonly ErrorObject[]): FieldErrors {
  const fields: FieldErrors = {};
  for (const error of errors) {
    const sentence = sentenceFor(error);
    if (sentence === undefined) continue;
    const field = fieldOf(error) || 'body';
    fields[field] ??= [];
    if (!fields[field].includes(sentence)) fields[field].push(sentence);
  }
  return fields;
}

export function fieldOf(error: ErrorObject): string {
  const parts = error.instancePath.split('/').slice(1).map(unescapePointer);
  const { missingProperty, additionalProperty } = error.params as Record<string, string | undefined>;
  if (missingProperty !== undefined) parts.push(missingProperty);
  else if (additionalProperty !== undefined) parts.push(additionalProperty);
  return parts.join('.');
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function sentenceFor(error: ErrorObject): string | undefined {
  const name = fieldOf(error) || 'The body';
  const schema = (error.parentSchema ?? {}) as JsonSchema;
  switch (error.keyword) {
    case 'required':
      return `${name} is required.`;
    case 'type':
      return `${name} must be ${kindOf(schema)}.`;
    case 'enum':
      return `${name} must be one of ${(schema.enum ?? []).filter((value) => value !== null).join(', ')}.`;
    case 'const':
      return `${name} must be ${JSON.stringify(error.params.allowedValue)}.`;
    case 'minLength':
    case 'maxLength':
      return `${name} must have ${between(schema, 'minLength', 'maxLength')} characters.`;
    case 'minimum':
    case 'maximum':
      return `${name} must be ${between(schema, 'minimum', 'maximum')}.`;
    case 'minItems':
    case 'maxItems':
      return `${name} must have ${between(schema, 'minItems', 'maxItems')} entries.`;
    case 'minProperties':
    case 'maxProperties':
      return `${name} must have ${between(schema, 'minProperties', 'maxProperties')} ${schema.maxProperties === undefined && schema.minProperties === 1 ? 'field' : 'fields'}.`;
    case 'uniqueItems':
      return `${name} must not hold the same entry twice.`;
    case 'pattern':
      return `${name} ${typeof schema['x-pattern-says'] === 'string' ? schema['x-pattern-says'] : `must match ${schema.pattern}`}.`;
    case 'format':
      return schema.format === 'date-time'
        ? `${name} must be a date and time in UTC, such as 2026-01-05T08:00:00Z.`
        : `${name} must be a valid ${schema.format}.`;
    case 'oneOf':
    case 'anyOf':
      return `${name} has none of the forms that are allowed here.`;
    case 'if':
      return undefined;
    default:
      return `${name} ${error.message ?? 'is not valid'}.`;
  }
}

function kindOf(schema: JsonSchema): string {
  const words: Record<string, string> = {
    string: 'text',
    integer: 'a whole number (not in quotes)',
    number: 'a number (not in quotes)',
    boolean: 'true or false',
    array: 'a list',
    object: 'an object',
    null: 'null',
  };
  return [schema.type ?? []]
    .flat()
    .map((type) => words[type] ?? type)
    .join(' or ');
}

function between(schema: JsonSchema, least: string, most: string): string {
  const from = schema[least];
  const to = schema[most];
  if (from === undefined || (from === 0 && least !== 'minimum')) return `at most ${to}`;
  return to === undefined ? `at least ${from}` : `from ${from} to ${to}`;
}

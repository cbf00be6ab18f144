import type { JsonSchema } from './contract-document.ts';

/**
 * The schema that a request body is checked against: `allOf` folded into one object, response-only fields taken out,
 * objects closed to fields they do not list (unless the contract says otherwise). A change request gets no defaults:
 * it alters only what it names.
 */
export function requestSchema(schema: JsonSchema, keepDefaults: boolean): JsonSchema {
  const whole = folded(schema);
  const { default: fallback, ...copy } = whole;
  if (keepDefaults && fallback !== undefined) copy.default = fallback;
  if (whole.properties !== undefined) {
    const writable = Object.entries(whole.properties).filter(
      ([, property]) => folded(property).readOnly !== true,
    );
    copy.properties = Object.fromEntries(
      writable.map(([name, property]) => [name, requestSchema(property, keepDefaults)]),
    );
    // Folded into one object, `unevaluatedProperties` and `additionalProperties` say the same; the latter is cheaper.
    copy.additionalProperties ??= (copy.unevaluatedProperties as JsonSchema | boolean | undefined) ?? false;
    delete copy.unevaluatedProperties;
    const { properties } = copy;
    if (copy.required !== undefined) copy.required = copy.required.filter((name) => name in properties);
  }
  if (copy.items !== undefined) copy.items = requestSchema(copy.items, keepDefaults);
  for (const keyword of ['oneOf', 'anyOf'] as const) {
    const parts = copy[keyword];
    if (parts !== undefined) copy[keyword] = parts.map((part) => requestSchema(part, keepDefaults));
  }
  return copy;
}

/** `allOf` parts merged into one object schema. Parts that are not objects stay as they are. */
export function folded(schema: JsonSchema): JsonSchema {
  if (schema.allOf === undefined) return schema;
  const { allOf, ...whole } = schema;
  const others: JsonSchema[] = [];
  for (const part of allOf.map(folded)) {
    if (part.properties === undefined && part.required === undefined) {
      others.push(part);
      continue;
    }
    const { properties, required, ...besides } = part;
    Object.assign(whole, { ...besides, ...whole });
    whole.properties = { ...properties, ...whole.properties };
    whole.required = [...(whole.required ?? []), ...(required ?? [])];
  }
  if (others.length > 0) whole.allOf = others;
  return whole;
}

/** Names an object of this schema may have, over all its forms. */
export function namesOf(schema: JsonSchema | undefined): Set<string> {
  const names = new Set<string>();
  if (schema === undefined) return names;
  const whole = folded(schema);
  for (const name of Object.keys(whole.properties ?? {})) names.add(name);
  for (const part of [...(whole.oneOf ?? []), ...(whole.anyOf ?? []), ...(whole.allOf ?? [])]) {
    for (const name of namesOf(part)) names.add(name);
  }
  return names;
}

/** Response-only names of an object, over all its forms. */
export function responseOnlyNamesOf(schema: JsonSchema): Set<string> {
  const whole = folded(schema);
  const names = new Set<string>();
  for (const [name, property] of Object.entries(whole.properties ?? {})) {
    if (folded(property).readOnly === true) names.add(name);
  }
  for (const part of [...(whole.oneOf ?? []), ...(whole.anyOf ?? [])]) {
    for (const name of responseOnlyNamesOf(part)) names.add(name);
  }
  return names;
}

/** Takes out every `null` that the schema does not allow: an explicit null means "not set". */
export function dropNulls(value: unknown, schema: JsonSchema | undefined): void {
  if (schema === undefined || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const entry of value) dropNulls(entry, schema.items);
    return;
  }
  const fields = value as Record<string, unknown>;
  for (const name of Object.keys(fields)) {
    const property = propertyOf(schema, name);
    if (property === undefined) continue;
    if (fields[name] === null) {
      if (!allowsNull(property)) delete fields[name];
    } else {
      dropNulls(fields[name], property);
    }
  }
}

function propertyOf(schema: JsonSchema, name: string): JsonSchema | undefined {
  const own = schema.properties?.[name];
  if (own !== undefined) return own;
  for (const part of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) {
    const property = propertyOf(part, name);
    if (property !== undefined) return property;
  }
  return undefined;
}

function allowsNull(schema: JsonSchema): boolean {
  if (schema.type !== undefined) return [schema.type].flat().includes('null');
  if (schema.enum !== undefined) return schema.enum.includes(null);
  const parts = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  return parts.length === 0 || parts.some(allowsNull);
}

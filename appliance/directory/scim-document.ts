import { findExtension } from './scim-path.ts';
import { scimProblem } from './scim-problem.ts';
import {
  attributeNamed,
  COMMON_ATTRIBUTES,
  type ScimAttribute,
  type ScimResourceType,
} from './scim-schema.ts';

/**
 * Attributes of a resource under their names in the schema, extensions under their URN, without what is read-only,
 * never returned or empty.
 */
export type ScimDocument = Record<string, unknown>;

const LONGEST_TEXT = 8192;
const LONGEST_BINARY = 65_536;
const MOST_VALUES = 1000;
/** Of a group. */
const MOST_MEMBERS = 50_000;

/**
 * What a request says of a resource. Names are found in any case; attributes that no schema knows are left out, as RFC
 * 7644, section 3.3 allows. Fails with `invalid` naming the attribute.
 */
export function readDocument(type: ScimResourceType, body: unknown): ScimDocument {
  if (!isObject(body)) throw scimProblem('invalidSyntax', 'The resource should be a JSON object.');
  const document: ScimDocument = {};
  for (const [name, value] of Object.entries(body)) {
    const schema = name.includes(':') ? findExtension(type, name) : undefined;
    if (schema !== undefined) {
      // The core attributes may stand under the URN of their schema, too.
      const core = schema === findExtension(type, `urn:ietf:params:scim:schemas:core:2.0:${type}`);
      const inner = readAttributes(schema.attributes, value, schema.id);
      if (core) Object.assign(document, inner);
      else if (Object.keys(inner).length > 0) document[schema.id] = inner;
      continue;
    }
    const attribute = attributeNamed(COMMON_ATTRIBUTES, name) ?? attributeNamed(coreOf(type), name);
    if (attribute === undefined || !isKept(attribute)) continue;
    const read = readValue(attribute, value, attribute.name);
    if (read !== undefined) document[attribute.name] = read;
  }
  return document;
}

function coreOf(type: ScimResourceType): readonly ScimAttribute[] {
  return findExtension(type, `urn:ietf:params:scim:schemas:core:2.0:${type}`)!.attributes;
}

/** What is read-only is ignored where it is sent along (RFC 7644, section 3.5.1); the schemas follow from the rest. */
function isKept(attribute: ScimAttribute): boolean {
  return attribute.mutability === 'readWrite' && attribute.name !== 'schemas';
}

function readAttributes(attributes: readonly ScimAttribute[], value: unknown, where: string): ScimDocument {
  if (value === null || value === undefined) return {};
  if (!isObject(value)) throw scimProblem('invalidValue', `${where} should be an object.`);
  const read: ScimDocument = {};
  for (const [name, one] of Object.entries(value)) {
    const attribute = attributeNamed(attributes, name);
    if (attribute === undefined || !isKept(attribute)) continue;
    const kept = readValue(attribute, one, `${where}.${attribute.name}`);
    if (kept !== undefined) read[attribute.name] = kept;
  }
  return read;
}

/** The value an attribute gets; undefined when it gets none. */
export function readValue(attribute: ScimAttribute, value: unknown, where = attribute.name): unknown {
  if (!attribute.multiValued) return readSingle(attribute, value, where);
  if (value === null || value === undefined) return undefined;
  const given = Array.isArray(value) ? value : [value];
  refuseTooMany(attribute, given, where);
  const values = given.map((one) => readSingle(attribute, one, where)).filter((one) => one !== undefined);
  if (values.filter((one) => isObject(one) && one.primary === true).length > 1) {
    throw scimProblem('invalidValue', `${where} has more than one primary value.`);
  }
  return values.length === 0 ? undefined : values;
}

export function refuseTooMany({ name }: ScimAttribute, values: readonly unknown[], where = name): void {
  const most = name === 'members' ? MOST_MEMBERS : MOST_VALUES;
  if (values.length > most) throw scimProblem('invalidValue', `${where} has at most ${most} values.`);
}

/** One value, also of a multi-valued attribute. */
export function readSingle(attribute: ScimAttribute, value: unknown, where = attribute.name): unknown {
  if (value === null || value === undefined || value === '') return undefined;
  switch (attribute.type) {
    case 'complex':
      return readComplex(attribute, value, where);
    case 'boolean':
      return readBoolean(value, where);
    default:
      return readText(value, where, attribute.type === 'binary' ? LONGEST_BINARY : LONGEST_TEXT);
  }
}

function readComplex(attribute: ScimAttribute, value: unknown, where: string): unknown {
  const subAttributes = attribute.subAttributes ?? [];
  const hasValue = attributeNamed(subAttributes, 'value') !== undefined;
  // Some directories send the value alone, e.g. the id of a manager.
  const whole = hasValue && (typeof value === 'string' || typeof value === 'number') ? { value } : value;
  const read = readAttributes(subAttributes, whole, where);
  return isEmptyValue(attribute, read) ? undefined : read;
}

/** Whether nothing but labels is left of a value. */
export function isEmptyValue(attribute: ScimAttribute, value: ScimDocument): boolean {
  if (attribute.multiValued && attributeNamed(attribute.subAttributes, 'value') !== undefined) {
    return value.value === undefined;
  }
  return Object.keys(value).every((name) => attribute.multiValued && (name === 'type' || name === 'primary'));
}

/** `"True"` and `"False"` are what a large directory sends for booleans. */
function readBoolean(value: unknown, where: string): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  throw scimProblem('invalidValue', `${where} should be true or false.`);
}

function readText(value: unknown, where: string, longest: number): string {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text !== 'string') throw scimProblem('invalidValue', `${where} should be text.`);
  if (text.length > longest) {
    throw scimProblem('invalidValue', `${where} has more than ${longest} characters.`);
  }
  if (text.includes('\0') || !text.isWellFormed()) {
    throw scimProblem('invalidValue', `${where} holds a character that cannot be stored.`);
  }
  return text;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

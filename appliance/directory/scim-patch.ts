import {
  isEmptyValue,
  isObject,
  readSingle,
  readValue,
  refuseTooMany,
  type ScimDocument,
} from './scim-document.ts';
import { parseScimPath, type ScimFilter } from './scim-filter.ts';
import { valueMatches } from './scim-match.ts';
import { findExtension, findTarget, type ScimTarget } from './scim-path.ts';
import { scimProblem } from './scim-problem.ts';
import { attributeNamed, type ScimAttribute, type ScimResourceType } from './scim-schema.ts';

export interface ScimPatchOperation {
  op: 'add' | 'replace' | 'remove';
  path: string | undefined;
  value: unknown;
}

/**
 * The document after the operations of a PATCH (RFC 7644, section 3.5.2), in the order given; the one handed in stays
 * as it is. What directories send beside the standard is taken as they mean it: dotted names and whole paths as names
 * of a value object, and an entry that a `replace` names by `[type eq "work"]` is made when it is missing. Fails with
 * `invalid`.
 */
export function patchedDocument(
  type: ScimResourceType,
  before: ScimDocument,
  operations: readonly ScimPatchOperation[],
): ScimDocument {
  const document = structuredClone(before);
  for (const operation of operations) apply(type, document, operation);
  return document;
}

function apply(type: ScimResourceType, document: ScimDocument, operation: ScimPatchOperation): void {
  const { op, path, value } = operation;
  if (path !== undefined && path !== '') {
    applyAt(type, document, op, path, value);
    return;
  }
  if (op === 'remove') throw scimProblem('noTarget', 'A remove needs a path.');
  if (!isObject(value)) {
    throw scimProblem('invalidValue', `Without a path the value of ${op} should be an object of attributes.`);
  }
  for (const [name, one] of Object.entries(value)) {
    const extension = name.includes(':') ? findExtension(type, name) : undefined;
    if (extension !== undefined && isObject(one)) {
      for (const [inner, each] of Object.entries(one)) {
        applyIfKnown(type, document, op, `${extension.id}:${inner}`, each);
      }
    } else applyIfKnown(type, document, op, name, one);
  }
}

/** Among the names of a value object, unknown and read-only ones are left out as they are on creation. */
function applyIfKnown(
  type: ScimResourceType,
  document: ScimDocument,
  op: 'add' | 'replace',
  name: string,
  value: unknown,
): void {
  const target = targetOf(type, name);
  if (target === undefined || !isWritable(target)) return;
  // A value of null takes the attribute away (RFC 7643, section 2.5).
  applyAt(type, document, value === null ? 'remove' : op, name, value ?? undefined);
}

function targetOf(type: ScimResourceType, text: string): Located | undefined {
  const { path, filter, subAttribute } = parseScimPath(text);
  const target = findTarget(type, subAttribute === undefined ? path : `${path}.${subAttribute}`);
  return target && { ...target, filter };
}

type Located = ScimTarget & { filter: ScimFilter | undefined };

function isWritable({ attribute, subAttribute }: ScimTarget): boolean {
  return (
    (subAttribute ?? attribute).mutability !== 'readOnly' &&
    attribute.mutability !== 'readOnly' &&
    attribute.name !== 'schemas'
  );
}

function applyAt(
  type: ScimResourceType,
  document: ScimDocument,
  op: ScimPatchOperation['op'],
  path: string,
  value: unknown,
): void {
  const whole = findExtension(type, path);
  if (whole !== undefined) {
    if (op === 'remove') delete document[whole.id];
    else apply(type, document, { op, path: undefined, value: { [whole.id]: value } });
    return;
  }
  const target = targetOf(type, path);
  if (target === undefined) throw scimProblem('invalidPath', `A ${type} has no ${path}.`);
  if (!isWritable(target)) throw scimProblem('mutability', `${path} cannot be changed.`);
  if (target.attribute.mutability === 'writeOnly') return;
  if (target.filter !== undefined && !target.attribute.multiValued) {
    throw scimProblem(
      'invalidPath',
      `${target.attribute.name} has one value; there is nothing to choose from.`,
    );
  }
  const holder = holderOf(document, target);
  if (op !== 'remove') put(holder, target, op, value, path);
  else remove(holder, target, value);
  if (target.extension !== undefined && Object.keys(holder).length > 0) document[target.extension] = holder;
  else if (target.extension !== undefined) delete document[target.extension];
}

/** The object that has the attribute: the resource or its extension. */
function holderOf(document: ScimDocument, { extension }: ScimTarget): ScimDocument {
  if (extension === undefined) return document;
  const present = document[extension];
  return isObject(present) ? present : {};
}

function put(
  holder: ScimDocument,
  target: Located,
  op: 'add' | 'replace',
  value: unknown,
  path: string,
): void {
  const { attribute, subAttribute } = target;
  if (attribute.multiValued) {
    putAmongValues(holder, target, op, value, path);
    return;
  }
  if (subAttribute === undefined && attribute.type !== 'complex') {
    const read = readValue(attribute, value, path);
    if (read === undefined) removeWhole(holder, attribute);
    else holder[attribute.name] = read;
    return;
  }
  const present = isObject(holder[attribute.name]) ? (holder[attribute.name] as ScimDocument) : {};
  const given = subAttribute === undefined ? readSingle(attribute, value, path) : undefined;
  const change =
    subAttribute === undefined ? given : { [subAttribute.name]: readSingle(subAttribute, value, path) };
  const after = defined({ ...present, ...(isObject(change) ? change : {}) });
  if (Object.keys(after).length === 0) delete holder[attribute.name];
  else holder[attribute.name] = after;
}

function putAmongValues(
  holder: ScimDocument,
  { attribute, subAttribute, filter }: Located,
  op: 'add' | 'replace',
  value: unknown,
  path: string,
): void {
  const present = valuesOf(holder, attribute);
  if (filter === undefined && subAttribute === undefined) {
    const given = (readValue(attribute, value, path) ?? []) as ScimDocument[];
    const kept = op === 'replace' ? [] : withoutThose(present, given);
    setValues(holder, attribute, [...kept, ...given], given);
    return;
  }
  const change =
    subAttribute === undefined
      ? ((readSingle(attribute, value, path) ?? {}) as ScimDocument)
      : { [subAttribute.name]: readSingle(subAttribute, value, path) };
  const chosen = present.filter((one) => filter === undefined || valueMatches(attribute, one, filter));
  if (chosen.length === 0) {
    const described = filter === undefined ? {} : valueDescribedBy(attribute, filter, path);
    const made = defined({ ...described, ...change });
    setValues(holder, attribute, [...present, made], [made]);
    return;
  }
  const after = present.map((one) => (chosen.includes(one) ? defined({ ...one, ...change }) : one));
  setValues(
    holder,
    attribute,
    after,
    after.filter((_, place) => chosen.includes(present[place]!)),
  );
}

/** The value that fulfils a filter of equalities, for an entry that is to be made. */
function valueDescribedBy(attribute: ScimAttribute, filter: ScimFilter, path: string): ScimDocument {
  if (filter.op === 'and') {
    return Object.assign({}, ...filter.filters.map((one) => valueDescribedBy(attribute, one, path)));
  }
  if (filter.op !== 'eq') throw scimProblem('noTarget', `Nothing is chosen by ${path}.`);
  const subAttribute = attributeNamed(attribute.subAttributes, filter.path);
  if (subAttribute === undefined)
    throw scimProblem('invalidPath', `${attribute.name} has no ${filter.path}.`);
  return defined({ [subAttribute.name]: readSingle(subAttribute, filter.value, path) });
}

function remove(holder: ScimDocument, { attribute, subAttribute, filter }: Located, value: unknown): void {
  if (!attribute.multiValued) {
    const present = holder[attribute.name];
    if (subAttribute === undefined) removeWhole(holder, attribute);
    else if (isObject(present)) {
      delete present[subAttribute.name];
      if (Object.keys(present).length === 0) delete holder[attribute.name];
    }
    return;
  }
  const present = valuesOf(holder, attribute);
  // A value beside the path says which ones are meant.
  const named =
    value === undefined || value === null
      ? undefined
      : isAmong(readValue(attribute, value) as ScimDocument[]);
  const isChosen = (one: ScimDocument) =>
    (filter === undefined || valueMatches(attribute, one, filter)) && (named === undefined || named(one));
  const after =
    subAttribute === undefined
      ? present.filter((one) => !isChosen(one))
      : present.map((one) => (isChosen(one) ? defined({ ...one, [subAttribute.name]: undefined }) : one));
  setValues(holder, attribute, after, []);
}

function removeWhole(holder: ScimDocument, attribute: ScimAttribute): void {
  if (attribute.required)
    throw scimProblem('mutability', `${attribute.name} is needed and cannot be removed.`);
  if (attribute.name === 'active') {
    throw scimProblem(
      'mutability',
      'active cannot be removed. Replace it with false to end the person’s access.',
    );
  }
  delete holder[attribute.name];
}

function valuesOf(holder: ScimDocument, attribute: ScimAttribute): ScimDocument[] {
  const present = holder[attribute.name];
  return Array.isArray(present) ? (present as ScimDocument[]) : [];
}

/** At most one value is primary: one that has just been given before those that were there. */
function setValues(
  holder: ScimDocument,
  attribute: ScimAttribute,
  values: readonly ScimDocument[],
  given: readonly ScimDocument[],
): void {
  const kept = values.filter((one) => !isEmptyValue(attribute, one));
  const preferred = given.findLast((one) => one.primary === true);
  const after = kept.map((one) =>
    preferred !== undefined && one !== preferred && one.primary === true ? { ...one, primary: false } : one,
  );
  refuseTooMany(attribute, after);
  if (after.length === 0) delete holder[attribute.name];
  else holder[attribute.name] = after;
}

function withoutThose(present: readonly ScimDocument[], given: readonly ScimDocument[]): ScimDocument[] {
  const isGiven = isAmong(given);
  return present.filter((one) => !isGiven(one));
}

/**
 * Whether a value is one of these: the same by its value and, where both say one, its type. Looked up, not compared one
 * by one: a directory may send a thousand times a thousand.
 */
function isAmong(values: readonly ScimDocument[]): (one: ScimDocument) => boolean {
  const wholes = new Set<string>();
  const types = new Map<unknown, Set<unknown>>();
  for (const one of values) {
    if (one.value === undefined) wholes.add(JSON.stringify(one));
    else types.set(one.value, (types.get(one.value) ?? new Set()).add(one.type));
  }
  return (one) => {
    if (one.value === undefined) return wholes.has(JSON.stringify(one));
    const known = types.get(one.value);
    return known !== undefined && (one.type === undefined || known.has(undefined) || known.has(one.type));
  };
}

function defined(document: ScimDocument): ScimDocument {
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));
}

import { canonical, type Fields, KEPT_ON_THE_SERVER, type Value } from './configuration-document.ts';

/** `before` is missing where nothing was, `after` where nothing will be; of a secret neither is told. */
export interface FieldChange {
  /** Deeper fields are named `a.b`; an entry of a list of named entries `members.anna`. */
  name: string;
  before?: Value;
  after?: Value;
  secret?: true;
}

/** What a type says about its fields beyond their values. */
export interface FieldTraits {
  /** Never shown. A value in a file is always set, as nobody can compare it. */
  secrets: readonly string[];
  /** Those of them that only a new object gets from a file. */
  firstSecrets?: readonly string[];
  /** Lists of entries, whose order means nothing: field to the field with an entry's name, empty for the whole entry. */
  entryLists: { readonly [field: string]: string };
  /** Lists that say in which order objects stand. Those that a file does not name are no matter. */
  orders: readonly string[];
}

/** Top-level fields of the wanted state that differ from the present one. */
export function changedFields(present: Fields | undefined, wanted: Fields, traits: FieldTraits): string[] {
  return Object.keys(wanted).filter((name) => {
    if (traits.secrets.includes(name)) {
      if (present !== undefined && traits.firstSecrets?.includes(name)) return false;
      return wanted[name] !== KEPT_ON_THE_SERVER;
    }
    if (present === undefined) return true;
    const entryName = traits.entryLists[name];
    const [is, shall] = [present[name], wanted[name]];
    if (traits.orders.includes(name)) return !isSame(among(is, shall), shall);
    if (entryName === undefined) return !isSame(is, shall);
    return entriesChanged(byName(is, entryName), byName(shall, entryName), entryName);
  });
}

/** The changes one by one, as people read them. */
export function fieldChanges(
  present: Fields | undefined,
  wanted: Fields,
  names: readonly string[],
  traits: FieldTraits,
): FieldChange[] {
  return names.flatMap((name): FieldChange[] => {
    if (traits.secrets.includes(name)) return [{ name, secret: true }];
    const entryName = traits.entryLists[name];
    const [is, shall] = [present?.[name], wanted[name]];
    if (entryName === undefined) return deepChanges(name, is, shall);
    const [before, after] = [byName(is, entryName), byName(shall, entryName)];
    return [...new Set([...before.keys(), ...after.keys()])]
      .sort()
      .flatMap((key) => entryChanges(`${name}.${key}`, before.get(key), after.get(key), entryName));
  });
}

/** An entry that is there before and after may name only some of its members: the others stay. */
function entryChanges(
  name: string,
  before: Fields | undefined,
  after: Fields | undefined,
  entryName: string,
): FieldChange[] {
  if (before === undefined || after === undefined) return deepChanges(name, before, after);
  if (entryName === '') return [];
  return Object.keys(after)
    .filter((member) => member !== entryName)
    .flatMap((member) => deepChanges(`${name}.${member}`, before[member], after[member]));
}

function deepChanges(name: string, before: Value | undefined, after: Value | undefined): FieldChange[] {
  if (isSame(before, after)) return [];
  if (isMap(before) && isMap(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .sort()
      .flatMap((member) => deepChanges(`${name}.${member}`, before[member], after[member]));
  }
  return [{ name, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

function byName(list: Value | undefined, entryName: string): Map<string, Fields> {
  const entries = Array.isArray(list) ? (list as readonly Fields[]) : [];
  return new Map(entries.map((entry) => [entryNameOf(entry, entryName), entry]));
}

/** What tells an entry from the others of its list: the field of that name or, without one, everything it says. */
export function entryNameOf(entry: Fields, entryName: string): string {
  if (entryName !== '') return String(entry[entryName]).toLowerCase();
  return Object.keys(entry)
    .sort()
    .map((name) => (typeof entry[name] === 'string' ? entry[name] : canonical(entry[name])))
    .join(' ')
    .toLowerCase();
}

/** The entries that the other list has too. */
function among(list: Value | undefined, other: Value | undefined): Value {
  const named = new Set(Array.isArray(other) ? (other as readonly Value[]).map(canonical) : []);
  return (Array.isArray(list) ? (list as readonly Value[]) : []).filter((entry) =>
    named.has(canonical(entry)),
  );
}

/** A text or reference that is not set is null for one side and empty or missing for the other. */
function isSame(one: Value | undefined, other: Value | undefined): boolean {
  const [a, b] = [one, other].map((value) => (value === '' || value === undefined ? null : value));
  return canonical(a) === canonical(b);
}

function entriesChanged(before: Map<string, Fields>, after: Map<string, Fields>, entryName: string): boolean {
  if (before.size !== after.size) return true;
  for (const [key, wanted] of after) {
    const present = before.get(key);
    if (present === undefined) return true;
    if (Object.keys(wanted).some((name) => name !== entryName && !isSame(present[name], wanted[name])))
      return true;
  }
  return false;
}

function isMap(value: Value | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

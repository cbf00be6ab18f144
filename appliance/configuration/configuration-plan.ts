import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  byKey,
  type ConfigurationDocument,
  type ConfigurationRefusal,
  type ConfigurationTree,
  canonical,
  type Fields,
  type Value,
  withEnvironment,
} from './configuration-document.ts';
import type { ConfigurationSite, ConfigurationType } from './configuration-site.ts';
import { Deletions } from './deletions-still-named.ts';
import { changedFields, type FieldChange, fieldChanges } from './field-changes.ts';
import { unknownType } from './unknown-type.ts';

const PORTION = 200;

export interface ConfigurationChange {
  action: 'create' | 'update' | 'delete';
  type: string;
  key: string;
  /** Empty for a deletion: no file names the object any more. */
  source: string;
  fields: FieldChange[];
  /** What a deletion takes along, counted: `{ jump_items: 12 }`. */
  also?: Record<string, number>;
}

/** A change with the values that it sets. */
export interface PlannedChange extends ConfigurationChange {
  wanted: Fields;
}

export interface ConfigurationTotals {
  create: number;
  update: number;
  delete: number;
  unchanged: number;
}

/** What applying files would do. */
export interface ConfigurationPlan {
  /** Stands for exactly these changes: applying asks for it. */
  fingerprint: string;
  changes: ConfigurationChange[];
  refusals: ConfigurationRefusal[];
  totals: ConfigurationTotals;
}

export interface DraftPlan extends Omit<ConfigurationPlan, 'changes'> {
  changes: PlannedChange[];
}

interface CheckedDocument extends ConfigurationDocument {
  refused: boolean;
}

/** Compares files with the site. Changes come in the order in which they are made; deletions come last. */
export async function draftPlan(
  site: ConfigurationSite,
  tree: ConfigurationTree,
  prune: boolean,
): Promise<DraftPlan> {
  const refusals: ConfigurationRefusal[] = [];
  const changes: PlannedChange[] = [];
  const deletions: PlannedChange[][] = [];
  const totals: ConfigurationTotals = { create: 0, update: 0, delete: 0, unchanged: 0 };
  const documents = await documentsByType(site, tree, refusals);
  const firstSecrets = new Map(site.types.map((type) => [type.name, type.firstSecrets ?? []]));
  for (const type of site.types) {
    const wanted = documents.get(type.name);
    const described = prune && tree.types.includes(type.name) && type.key !== undefined;
    if (wanted === undefined && !described) continue;
    const refusal = site.refusal(type.name);
    if (refusal !== undefined) {
      const source = wanted?.values().next().value?.source ?? '';
      refusals.push({ type: type.name, key: '', source, field: '', message: refusal });
      continue;
    }
    const found = await compare(site, type, wanted ?? new Map(), described);
    totals.unchanged += found.unchanged;
    changes.push(...found.changes);
    deletions.unshift(found.deletions);
  }
  changes.push(...deletions.flat());
  await refuseStillNamed(site, documents, new Deletions(deletions.flat()), refusals);
  for (const { action } of changes) totals[action] += 1;
  return { fingerprint: await fingerprintOf(changes, firstSecrets), changes, refusals, totals };
}

/** Nothing is deleted that the very same files name elsewhere. */
async function refuseStillNamed(
  site: ConfigurationSite,
  documents: Map<string, Map<string, CheckedDocument>>,
  deletions: Deletions,
  refusals: ConfigurationRefusal[],
): Promise<void> {
  if (deletions.isEmpty) return;
  for (const type of site.types) {
    for await (const document of inPortions(documents.get(type.name)?.values() ?? [])) {
      const naming = { ...document, key: keyOf(type, document.fields) ?? '' };
      refusals.push(...deletions.namedBy(naming, site.named(type.name, document.fields)));
    }
  }
}

async function compare(
  site: ConfigurationSite,
  type: ConfigurationType,
  documents: Map<string, CheckedDocument>,
  described: boolean,
): Promise<{ changes: PlannedChange[]; deletions: PlannedChange[]; unchanged: number }> {
  const [created, updated, deletions]: [PlannedChange[], PlannedChange[], PlannedChange[]] = [[], [], []];
  const missing = new Map(documents);
  let unchanged = 0;
  for await (const { key, fields: present, fixed } of site.read(type.name)) {
    const document = missing.get(key.toLowerCase());
    if (document === undefined) {
      const shown = Object.fromEntries(
        Object.entries(present).filter(([name]) => !type.secrets.includes(name)),
      );
      const gone = { action: 'delete', type: type.name, key, source: '', wanted: {} } as const;
      if (described && !fixed) deletions.push({ ...gone, fields: removals(shown) });
      continue;
    }
    missing.delete(key.toLowerCase());
    const names = changedFields(present, document.fields, type);
    if (names.length === 0) unchanged += 1;
    else updated.push(changeOf('update', type, key, document, names, present));
  }
  for await (const document of inPortions(missing.values())) {
    if (document.refused) continue;
    const names = changedFields(undefined, document.fields, type);
    created.push(changeOf('create', type, keyOf(type, document.fields)!, document, names, undefined));
  }
  const inOrder = (list: PlannedChange[]) => list.sort((a, b) => byKey(a.key, b.key));
  const placeOf = ({ key }: PlannedChange) => {
    const place = type.rank && documents.get(key.toLowerCase())?.fields[type.rank];
    return typeof place === 'number' ? place : Number.MAX_SAFE_INTEGER;
  };
  const changes = inOrder([...created, ...updated]).sort((a, b) => placeOf(a) - placeOf(b));
  return { changes, deletions: inOrder(deletions), unchanged };
}

function changeOf(
  action: 'create' | 'update',
  type: ConfigurationType,
  key: string,
  { fields, source }: ConfigurationDocument,
  names: string[],
  present: Fields | undefined,
): PlannedChange {
  const wanted = Object.fromEntries(names.map((name) => [name, fields[name] as Value]));
  return { action, type: type.name, key, source, fields: fieldChanges(present, fields, names, type), wanted };
}

function removals(fields: Fields): FieldChange[] {
  return Object.entries(fields)
    .filter(([, value]) => !isEmpty(value))
    .map(([name, before]) => ({ name, before }));
}

function isEmpty(value: Value): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Others get their turn between portions: there may be a hundred thousand. */
async function* inPortions<T>(list: Iterable<T>): AsyncGenerator<T, void, undefined> {
  let count = 0;
  for (const entry of list) {
    yield entry;
    if (++count % PORTION === 0) await setImmediate();
  }
}

/** By type and lower-case key. Documents that cannot be taken are refused and left out. */
async function documentsByType(
  site: ConfigurationSite,
  tree: ConfigurationTree,
  refusals: ConfigurationRefusal[],
): Promise<Map<string, Map<string, CheckedDocument>>> {
  const types = new Map(site.types.map((type) => [type.name, type]));
  const documents = new Map<string, Map<string, CheckedDocument>>();
  const known = [...types.keys()];
  const strangers = new Map<string, string>();
  for await (const { type, source } of inPortions(tree.documents)) {
    if (!types.has(type) && !strangers.has(type)) strangers.set(type, source);
  }
  for (const name of tree.types) {
    if (types.has(name)) continue;
    const source = strangers.get(name) ?? name;
    refusals.push(refusalOf(unknownType(name, source, known), { type: name, fields: {}, source }));
  }
  for await (const document of inPortions(tree.documents)) {
    const type = types.get(document.type);
    if (type === undefined) {
      const problem = unknownType(document.type, document.source, known);
      if (!tree.types.includes(document.type)) refusals.push(refusalOf(problem, document));
      continue;
    }
    const key = keyOf(type, document.fields);
    if (key === undefined) {
      const message = `Every ${type.noun} needs its ${type.key}: it tells one from the others.`;
      refusals.push({ ...refusalOf(message, document), field: type.key ?? '' });
      continue;
    }
    const fields = withEnvironment(document, type.secrets);
    const problems = site.problems(type.name, fields);
    refusals.push(...problems.map((one) => ({ ...refusalOf(one.message, document), key, field: one.field })));
    const ofItsType = documents.get(type.name) ?? new Map<string, CheckedDocument>();
    documents.set(type.name, ofItsType);
    const twin = ofItsType.get(key.toLowerCase());
    if (twin !== undefined) {
      const message = `This ${type.noun} is described twice, the other time at ${twin.source}.`;
      refusals.push({ ...refusalOf(message, document), key });
    } else {
      // Of a refused document only the name counts, so that its object is not taken for one that no file names.
      const refused = problems.length > 0;
      ofItsType.set(key.toLowerCase(), { ...document, fields: refused ? {} : fields, refused });
    }
  }
  return documents;
}

function refusalOf(message: string, { type, source }: ConfigurationDocument): ConfigurationRefusal {
  return { type, key: '', source, field: '', message };
}

/** What tells the object from others; undefined when the fields do not name it. */
function keyOf(type: ConfigurationType, fields: Fields): string | undefined {
  if (type.key === undefined) return '';
  const key = fields[type.key];
  return typeof key === 'string' && key !== '' ? key : undefined;
}

/**
 * Secrets are a part of it. Those that only a new object gets are not: a fingerprint is shown, and passwords of systems
 * could be guessed from it.
 */
async function fingerprintOf(
  changes: readonly PlannedChange[],
  firstSecrets: ReadonlyMap<string, readonly string[]>,
): Promise<string> {
  const hash = createHash('sha256');
  for await (const { action, type, key, fields, wanted } of inPortions(changes)) {
    const known = firstSecrets.get(type);
    const secrets = fields
      .filter(({ name, secret }) => secret && !known?.includes(name))
      .map(({ name }) => [name, wanted[name] ?? null]);
    hash.update(canonical([action, type, key, fields as unknown as Value, secrets as Value]));
    hash.update('\n');
  }
  return hash.digest('hex');
}

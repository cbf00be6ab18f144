/** A value that somebody else changed while it was being edited here. */
export interface Overtaken {
  name: string;
  /** What both began with. */
  before: unknown;
  theirs: unknown;
  yours: unknown;
  /** Both changed it, so only a person can say which is right. */
  both: boolean;
}

/** Two JSON values say the same; a missing value and null do too. */
export function same(one: unknown, other: unknown): boolean {
  const a = one ?? null;
  const b = other ?? null;
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) =>
    same(left[key], right[key]),
  );
}

/** What the other changed since `before`, leaving out where both arrived at the same. */
export function overtakenBy<Values extends object>(
  before: Values,
  theirs: Values,
  yours: Values,
): Overtaken[] {
  const [base, newer, typed] = [before, theirs, yours] as Record<string, unknown>[];
  return Object.keys(newer!).flatMap((name) => {
    const entry = { name, before: base![name], theirs: newer![name], yours: typed![name] };
    if (same(entry.before, entry.theirs) || same(entry.theirs, entry.yours)) return [];
    return [{ ...entry, both: !same(entry.before, entry.yours) }];
  });
}

/** What was typed here, with the other's value wherever it was chosen. */
export function merged<Values extends object>(
  theirs: Values,
  yours: Values,
  takeTheirs: ReadonlySet<string>,
): Values {
  const taken = Object.entries(theirs).filter(([name]) => takeTheirs.has(name));
  return { ...yours, ...Object.fromEntries(taken) };
}

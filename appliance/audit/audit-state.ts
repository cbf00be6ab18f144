import { dateTime } from '../date-time.ts';
/**
 * A domain object as audit rows show it: field names of the contract (`codeName` becomes `code_name`), nothing that
 * is undefined. The revision only counts the changes, so it is left out.
 */
export function auditState(object: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([name, value]) => value !== undefined && name !== 'revision')
      .map(([name, value]) => [
        name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        value instanceof Date ? dateTime(value) : value,
      ]),
  );
}

/** The fields that differ, before and after; undefined when nothing does. */
export function auditChange<T extends object>(
  before: T,
  after: T,
): { before: Record<string, unknown>; after: Record<string, unknown> } | undefined {
  const [was, is] = [auditState(before), auditState(after)];
  const changed = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    (name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]),
  );
  if (changed.length === 0) return undefined;
  const only = (state: Record<string, unknown>) =>
    Object.fromEntries(changed.map((name) => [name, state[name] ?? null]));
  return { before: only(was), after: only(is) };
}

import { harmless } from '../output.ts';
import type { Plan } from './configuration-calls.ts';

type Change = Plan['changes'][number];
type FieldChange = Change['fields'][number];

const SIGNS: Record<Change['action'], string> = { create: '+', update: '~', delete: '-' };
const LONGEST_VALUE = 200;

/** A plan as people read it. `refused` are the lines of what is refused in it: a plan with such is not one to apply. */
export function* planText(
  { changes, refusals, totals }: Plan,
  refused: readonly string[],
): Generator<string, void, undefined> {
  for (const change of changes) {
    const source = change.source === '' ? '' : `   (${change.source})`;
    yield harmless(`${SIGNS[change.action]} ${objectName(change)}${source}`);
    for (const field of change.fields) yield harmless(`    ${fieldText(change, field)}`);
    for (const [what, count] of Object.entries(change.also ?? {})) {
      yield harmless(`    takes along: ${count} ${what.replaceAll('_', ' ')}`);
    }
  }
  yield* refused;
  if (changes.length > 0 || refusals.length > 0) yield '';
  const { create, update, delete: gone, unchanged } = totals;
  if (changes.length === 0 && refusals.length === 0) {
    yield `No changes; ${unchanged} unchanged.`;
    return;
  }
  const counts = `${create} to create, ${update} to change, ${gone} to delete; ${unchanged} unchanged`;
  yield refusals.length === 0 ? `${counts}.` : `${counts}; ${refusals.length} refused.`;
}

export function objectName({ type, key }: { type: string; key: string }): string {
  return key === '' ? type : `${type}/${key}`;
}

function fieldText({ action }: Change, field: FieldChange): string {
  if (field.secret === true) return `${field.name}: changes (a secret)`;
  if (action === 'create') return `${field.name}: ${valueText(field.after)}`;
  if (action === 'delete') return `${field.name}: ${valueText(field.before)}`;
  if (!('before' in field)) return `${field.name}: + ${valueText(field.after)}`;
  if (!('after' in field)) return `${field.name}: - ${valueText(field.before)}`;
  return `${field.name}: ${valueText(field.before)} -> ${valueText(field.after)}`;
}

function valueText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters)`;
}

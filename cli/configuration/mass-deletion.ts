import { CommandFailure } from '../command.ts';
import type { Plan } from './configuration-calls.ts';

/** How many objects go without a question, when nothing goes along with them. */
export const DELETIONS_UNASKED = 10;

/**
 * Nobody looks at the plan that a job applies: a folder that was emptied by mistake must not empty the site. Fails when
 * the plan deletes more than `allowed`, counted with what goes along; without a number, when it deletes many objects or
 * anything goes along.
 */
export function refuseMassDeletion({ changes, totals }: Plan, allowed: number | undefined): void {
  const along: Record<string, number> = {};
  for (const [what, count] of changes.flatMap(({ also = {} }) => Object.entries(also))) {
    along[what] = (along[what] ?? 0) + count;
  }
  const goesAlong = Object.values(along).reduce((sum, count) => sum + count, 0);
  const all = totals.delete + goesAlong;
  if (allowed === undefined ? totals.delete <= DELETIONS_UNASKED && goesAlong === 0 : all <= allowed) return;
  const counts = Object.entries(along).map(([what, count]) => `, ${count} ${what.replaceAll('_', ' ')}`);
  throw new CommandFailure(
    `This would delete: ${totals.delete} objects${counts.join('')}. If that is meant, say --allow-deletions ${all}. Nothing was changed.`,
  );
}

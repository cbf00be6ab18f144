import { randomUUID } from 'node:crypto';
import { type Actor, actorName } from '../../actor.ts';
import { ApplianceError } from '../../errors.ts';
import type { Stores, UnitOfWork } from '../../stores.ts';
import { columnNamed } from './import-columns.ts';
import { IMPORT_KIND_DEFAULTS } from './import-defaults.ts';
import { DEFAULT_IMPORT_OPTIONS } from './import-job.ts';
import { type ImportProblem, importProblem } from './import-problem.ts';
import type { ImportRow } from './import-row.ts';
import { type GivenCell, RowValidator } from './row-validator.ts';

/** What became of a single imported Jump Item, or everything that is wrong with it. */
export type ImportOutcome =
  | { outcome: 'created' | 'updated' | 'unchanged' }
  | { outcome: 'refused'; problems: ImportProblem[] };

/** The same road as a file of one row, within one transaction; the job is gone again when that commits. */
export async function importOneRow(
  unitOfWork: UnitOfWork,
  actor: Actor,
  parameters: Readonly<Record<string, string>>,
): Promise<ImportOutcome> {
  const cells: GivenCell[] = [];
  const unknown: ImportProblem[] = [];
  for (const [heading, value] of Object.entries(parameters)) {
    const column = columnNamed(heading);
    if (column === undefined)
      unknown.push(importProblem(1, heading, value, `There is no parameter "${heading}".`));
    else cells.push({ column, heading, value });
  }
  if (unknown.length > 0) return { outcome: 'refused', problems: unknown };
  return await unitOfWork.inTransaction(async (stores) => {
    const references = await stores.importStaging.referenceData();
    const row = new RowValidator(references, DEFAULT_IMPORT_OPTIONS, []).validate(1, cells);
    return Array.isArray(row) ? { outcome: 'refused', problems: row } : await applyRow(stores, actor, row);
  });
}

async function applyRow(stores: Stores, actor: Actor, row: ImportRow): Promise<ImportOutcome> {
  const { importJobs, importStaging } = stores;
  const options = DEFAULT_IMPORT_OPTIONS;
  // Two calls for one item at the same time: the second one finds what the first one made.
  await importStaging.lockItem(
    row.externalId ?? [row.kind, row.jumpGroupId, row.name.toLowerCase()].join('\n'),
  );
  const { id } = await importJobs.create({
    actor,
    createdBy: actorName(actor),
    fileName: '',
    options,
    upload: '',
    bytes: 0,
  });
  const holder = randomUUID();
  await importJobs.hold(id, holder);
  await importStaging.stage(id, holder, {
    rows: [row],
    problems: [],
    position: { bytes: 0, lines: 1 },
    rowsRead: 1,
    rowsBad: 0,
  });
  const plan = await importStaging.plan(id, options);
  let result: ImportOutcome = { outcome: 'unchanged' };
  if (plan.bad > 0) {
    await importStaging.recordPlanProblems(id);
    const { items } = await importJobs.problems(id, { limit: 10 });
    result = { outcome: 'refused', problems: items };
  } else if (plan.creates + plan.updates > 0) {
    const lines = { from: 1, to: 1, rows: 1 };
    const { created, updated } = await importStaging.applyRange(id, lines, IMPORT_KIND_DEFAULTS, actor);
    if (created + updated === 0)
      throw new ApplianceError('conflict', 'The Jump Item was changed at the same time.');
    result = { outcome: created > 0 ? 'created' : 'updated' };
  }
  await importJobs.forget(id);
  return result;
}

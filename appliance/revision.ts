import { ApplianceError } from './errors.ts';

/** What can be changed by two people at once: the number grows with every change of the object. */
export interface Revised {
  revision: number;
}

/** The revisions a change may be based on; undefined when any will do. */
export type WantedRevisions = readonly number[] | undefined;

/**
 * Fails with `precondition_failed` when the object is at none of the wanted revisions. Call it under the lock that
 * is held until the change is written, or the answer is out of date when it is given.
 */
export function requireRevision(object: Revised, wanted: WantedRevisions): void {
  if (wanted === undefined || wanted.includes(object.revision)) return;
  throw new ApplianceError(
    'precondition_failed',
    'This has been changed meanwhile. Read it again and repeat the change.',
  );
}

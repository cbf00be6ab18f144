/** A set of ids, said in the shorter way. */
export type Ids = { only: readonly number[] } | { allBut: readonly number[] };

/** Whether an id is in the set. Undefined is every id. */
export function includes(ids: Ids | undefined, id: number): boolean {
  if (ids === undefined) return true;
  return 'only' in ids ? ids.only.includes(id) : !ids.allBut.includes(id);
}

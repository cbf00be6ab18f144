/** What a change request names: fields that are absent or undefined stay as they are. */
export type Changes<T> = { [Name in keyof T]?: T[Name] | undefined };

/** Only the fields that are there: what spreads over the state before. */
export function named<T extends object>(changes: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: Exclude<T[Name], undefined>;
  };
}

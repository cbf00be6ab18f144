/** What a change request names: fields that are absent or undefined stay as they are. */
export type Changes<T> = { [Name in keyof T]?: T[Name] | undefined };

/** Answers go to standard output; everything said to a person on the side goes to standard error. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2));
}

/**
 * Text from the server that is shown in a terminal: control characters, which could move the cursor or retitle the
 * window, become visible.
 */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => (character === '\n' ? ' ' : '\uFFFD'));
}

export interface Column<T> {
  title: string;
  of: (row: T) => string | number | null | undefined;
}

/** Left-aligned columns, as wide as their longest value; the last one is never padded. */
export function table<T>(columns: Column<T>[], rows: readonly T[]): string {
  const cells = [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => harmless(String(column.of(row) ?? '')))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]!.length)));
  return cells
    .map((line) =>
      line
        .map((cell, index) => cell.padEnd(widths[index]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Local date and time to the second. */
export function localTime(rfc3339: string | null): string {
  if (rfc3339 === null) return '';
  const time = new Date(rfc3339);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ');
}

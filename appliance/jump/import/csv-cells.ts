/**
 * Cells of the CSV files the appliance writes and reads.
 *
 * A spreadsheet runs a cell that starts with one of these characters as a formula, so writing puts an apostrophe in
 * front of it. Values that already look guarded get one more, which makes reading the exact inverse of writing:
 * `readCell(guardCell(value)) === value` for every text.
 */
const LOOKS_LIKE_FORMULA = /^'*[=+\-@\t\r\n]/;
const GUARDED = /^'+[=+\-@\t\r\n]/;
const NEEDS_QUOTES = /[",;\t\r\n]|^\s|\s$/;

/** The value with the apostrophe that keeps a spreadsheet from running it. */
export function guardCell(value: string): string {
  return LOOKS_LIKE_FORMULA.test(value) ? `'${value}` : value;
}

/** What {@link guardCell} was given. Cells that were typed by hand come back as they are. */
export function readCell(cell: string): string {
  return cell.charCodeAt(0) === 39 && GUARDED.test(cell) ? cell.slice(1) : cell;
}

/** One line of a CSV file, `,` between guarded cells, CRLF at its end (RFC 4180). */
export function csvLine(values: readonly string[]): string {
  return `${values.map((value) => quoteCell(guardCell(value))).join(',')}\r\n`;
}

function quoteCell(cell: string): string {
  return NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Something that keeps a row, or the whole file, from being imported. */
export interface ImportProblem {
  /** The line of the file the row starts on, 1 for the header; 0 when the problem is not of one line. */
  line: number;
  /** The column as the file spells it, empty when the row as a whole is at fault. */
  column: string;
  /** What the file says there, cut at {@link MAX_PROBLEM_VALUE} characters. */
  value: string;
  reason: string;
}

export const MAX_PROBLEM_VALUE = 200;

export function importProblem(line: number, column: string, value: string, reason: string): ImportProblem {
  const shown = value.length > MAX_PROBLEM_VALUE ? `${value.slice(0, MAX_PROBLEM_VALUE - 1)}…` : value;
  // A cut in the middle of a surrogate pair would not be valid text.
  return { line, column, value: shown.toWellFormed().replaceAll('\0', '\u2400'), reason };
}

/** The file cannot be read any further: wrong encoding, a broken quote, a header that makes no sense. */
export class UnreadableImportFile extends Error {
  readonly problems: ImportProblem[];

  constructor(problems: ImportProblem[]) {
    super(problems[0]?.reason ?? 'The file cannot be read.');
    this.name = 'UnreadableImportFile';
    this.problems = problems;
  }
}

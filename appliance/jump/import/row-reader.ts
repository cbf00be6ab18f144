import { readCell } from './csv-cells.ts';
import { columnNamed } from './import-columns.ts';
import type { ImportOptions } from './import-job.ts';
import type { ReferenceData, SourceRecord } from './import-ports.ts';
import { type ImportProblem, importProblem, UnreadableImportFile } from './import-problem.ts';
import type { ImportRow } from './import-row.ts';
import { type GivenCell, RowValidator } from './row-validator.ts';

/** Turns records of a file into rows to stage, or into what is wrong with them. */
export interface RowReader {
  read(record: SourceRecord): ImportRow | ImportProblem[] | 'blank';
}

/** Cells by position; the header tells their columns. Throws {@link UnreadableImportFile} for a header it cannot use. */
export class CsvRowReader implements RowReader {
  /** One cell per column, filled anew for each row; undefined where the header is empty. */
  readonly #row: readonly (GivenCell | undefined)[];
  readonly #given: readonly GivenCell[];
  readonly #validator: RowValidator;

  constructor(header: SourceRecord, references: ReferenceData, options: ImportOptions) {
    const headings = (header.cells as readonly string[]).map((heading) => heading.trim());
    const columns = columnsOf(headings, header.line);
    this.#row = columns.map((column, index) =>
      column === undefined ? undefined : { column, heading: headings[index]!, value: '' },
    );
    this.#given = this.#row.filter((cell) => cell !== undefined);
    const known = this.#given.map(({ column }) => column);
    this.#validator = new RowValidator(references, options, known);
  }

  read(record: SourceRecord): ImportRow | ImportProblem[] | 'blank' {
    const cells = record.cells as readonly string[];
    if (cells.every((cell) => cell.trim() === '')) return 'blank';
    if (cells.length !== this.#row.length) return [this.#wrongLength(record.line, cells)];
    for (let index = 0; index < cells.length; index += 1) {
      const cell = this.#row[index];
      const value = readCell(cells[index]!);
      if (cell !== undefined) cell.value = value;
      else if (value.trim() !== '') {
        return [importProblem(record.line, '', value, `Column ${index + 1} has no heading.`)];
      }
    }
    return this.#validator.validate(record.line, this.#given);
  }

  #wrongLength(line: number, cells: readonly string[]): ImportProblem {
    const reason = `This row has ${cells.length} cells; the header has ${this.#row.length}.`;
    return importProblem(line, '', cells.join(', '), reason);
  }
}

function columnsOf(headings: readonly string[], line: number): (string | undefined)[] {
  const problems: ImportProblem[] = [];
  const seen = new Map<string, string>();
  const columns = headings.map((heading) => {
    if (heading === '') return undefined;
    const column = columnNamed(heading);
    if (column === undefined) {
      problems.push(importProblem(line, heading, heading, `There is no column "${heading}".`));
      return undefined;
    }
    const before = seen.get(column);
    if (before !== undefined) {
      const reason =
        before === heading ? 'This column occurs twice.' : `This column means the same as "${before}".`;
      problems.push(importProblem(line, heading, heading, reason));
    }
    seen.set(column, heading);
    return column;
  });
  if (seen.size === 0 && problems.length === 0) {
    problems.push(importProblem(line, '', '', 'The first line must name the columns.'));
  }
  if (problems.length > 0) throw new UnreadableImportFile(problems);
  return columns;
}

/** Members by name; every line may have others. */
export class JsonRowReader implements RowReader {
  readonly #validator: RowValidator;
  readonly #columns = new Map<string, string | undefined>();

  constructor(references: ReferenceData, options: ImportOptions) {
    this.#validator = new RowValidator(references, options, []);
  }

  read(record: SourceRecord): ImportRow | ImportProblem[] | 'blank' {
    const given: GivenCell[] = [];
    const problems: ImportProblem[] = [];
    const seen = new Set<string>();
    for (const [heading, value] of Object.entries(record.cells as Record<string, unknown>)) {
      const column = this.#columnNamed(heading);
      const text = textOf(value);
      if (column === undefined)
        problems.push(importProblem(record.line, heading, text ?? '', `There is no column "${heading}".`));
      else if (text === undefined)
        problems.push(
          importProblem(
            record.line,
            heading,
            JSON.stringify(value),
            'This must be text, a number, true or false.',
          ),
        );
      else if (seen.has(column))
        problems.push(
          importProblem(record.line, heading, text, 'Another member of this line means the same.'),
        );
      else given.push({ column, heading, value: text });
      if (column !== undefined) seen.add(column);
    }
    return problems.length > 0 ? problems : this.#validator.validate(record.line, given);
  }

  #columnNamed(heading: string): string | undefined {
    if (!this.#columns.has(heading)) {
      // A file may not fill the memory with names of its own.
      if (this.#columns.size > 1000) this.#columns.clear();
      this.#columns.set(heading, columnNamed(heading));
    }
    return this.#columns.get(heading);
  }
}

function textOf(value: unknown): string | undefined {
  if (value === null) return '';
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

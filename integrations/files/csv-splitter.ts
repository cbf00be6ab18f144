import { CsvError, type Info, type Parser, parse } from 'csv-parse';
import { type Delimiter, detectDelimiter } from '../../appliance/jump/import/csv-dialect.ts';
import type { ImportOptions } from '../../appliance/jump/import/import-job.ts';
import type { ReadPosition, SourceRecord } from '../../appliance/jump/import/import-ports.ts';
import { importProblem, UnreadableImportFile } from '../../appliance/jump/import/import-problem.ts';
import type { RecordSplitter } from './import-file-reader.ts';
import { lineBreaks } from './text-check.ts';

/** Characters of one record. A quote that is never closed would otherwise swallow the rest of the file. */
const MAX_RECORD = 64 * 1024;
const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t' } as const;

export function delimiterOf(option: ImportOptions['delimiter'], head: string): Delimiter {
  return option === 'auto' ? detectDelimiter(head) : DELIMITERS[option];
}

export class CsvSplitter implements RecordSplitter {
  readonly #parser: Parser;
  readonly #start: number;
  /** Bytes since the end of the last record. */
  #pending: Buffer = Buffer.alloc(0);
  #endBytes: number;
  #endLines: number;
  #found: { cells: string[]; bytes: number }[] = [];
  #failure: Error | undefined;

  constructor(delimiter: Delimiter, from: ReadPosition) {
    this.#start = from.bytes;
    this.#endBytes = from.bytes;
    this.#endLines = from.lines;
    this.#parser = parse({
      delimiter,
      bom: from.bytes === 0,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      max_record_size: MAX_RECORD,
      // Taken here and not from the stream, so that records before a broken one are not lost with it.
      on_record: (cells: string[], { bytes }: Info) => {
        this.#found.push({ cells, bytes });
        return null;
      },
    });
    this.#parser.on('error', (error) => {
      this.#failure = error;
    });
    this.#parser.resume();
  }

  async push(piece: Buffer): Promise<SourceRecord[]> {
    this.#pending = this.#pending.length === 0 ? piece : Buffer.concat([this.#pending, piece]);
    await new Promise<void>((resolve) => this.#parser.write(piece, () => resolve()));
    if (this.#failure !== undefined) throw this.#unreadable(this.#failure);
    return this.#records();
  }

  async end(): Promise<SourceRecord[]> {
    await new Promise<void>((resolve) => {
      this.#parser.once('close', resolve);
      this.#parser.end();
    });
    if (this.#failure !== undefined) throw this.#unreadable(this.#failure);
    return this.#records();
  }

  salvage(): SourceRecord[] {
    return this.#salvaged;
  }

  #salvaged: SourceRecord[] = [];

  #records(): SourceRecord[] {
    const records: SourceRecord[] = [];
    const base = this.#endBytes;
    let at = 0;
    for (const { cells, bytes } of this.#found) {
      const end = this.#start + bytes - base;
      const line = this.#endLines + 1;
      this.#endLines += lineBreaks(this.#pending, at, end);
      at = end;
      records.push({ line, endBytes: base + end, endLines: this.#endLines, cells });
    }
    this.#found = [];
    this.#endBytes = base + at;
    this.#pending = this.#pending.subarray(at);
    return records;
  }

  #unreadable(error: Error): Error {
    this.#salvaged = this.#records();
    if (!(error instanceof CsvError)) return error;
    const line = this.#endLines + 1;
    const shown = this.#pending.toString('utf8', 0, 200).split(/\r?\n/, 1)[0] ?? '';
    return new UnreadableImportFile([importProblem(line, '', shown, REASONS[error.code] ?? NOT_CSV)]);
  }
}

const NOT_CSV = 'This row is not valid CSV.';
const REASONS: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'A quote is opened in this row and never closed.',
  CSV_INVALID_CLOSING_QUOTE:
    'After a closing quote must come a separator or the end of the line. Double a quote inside quotes.',
  INVALID_OPENING_QUOTE:
    'A quote stands inside a cell that does not start with one. Quote the whole cell and double the quote inside.',
  CSV_MAX_RECORD_SIZE: `This row is longer than ${MAX_RECORD} characters. Perhaps a quote is never closed.`,
};

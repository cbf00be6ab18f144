import type { ReadPosition, SourceRecord } from '../../appliance/jump/import/import-ports.ts';
import { importProblem, UnreadableImportFile } from '../../appliance/jump/import/import-problem.ts';
import type { RecordSplitter } from './import-file-reader.ts';

/** Bytes of one line. */
const MAX_LINE = 64 * 1024;
const BOM = '\uFEFF';

/** One JSON object per line; empty lines are skipped. */
export class JsonLineSplitter implements RecordSplitter {
  #pending: Buffer = Buffer.alloc(0);
  #bytes: number;
  #lines: number;
  #salvaged: SourceRecord[] = [];

  constructor(from: ReadPosition) {
    this.#bytes = from.bytes;
    this.#lines = from.lines;
  }

  async push(piece: Buffer): Promise<SourceRecord[]> {
    const text = this.#pending.length === 0 ? piece : Buffer.concat([this.#pending, piece]);
    const records: SourceRecord[] = [];
    let start = 0;
    for (let end = text.indexOf(10); end !== -1; end = text.indexOf(10, start)) {
      this.#take(text.subarray(start, end), end + 1 - start, records);
      start = end + 1;
    }
    this.#pending = text.subarray(start);
    if (this.#pending.length > MAX_LINE) this.#tooLong(records);
    return records;
  }

  async end(): Promise<SourceRecord[]> {
    const records: SourceRecord[] = [];
    this.#take(this.#pending, this.#pending.length, records);
    return records;
  }

  salvage(): SourceRecord[] {
    return this.#salvaged;
  }

  #take(line: Buffer, length: number, records: SourceRecord[]): void {
    if (line.length > MAX_LINE) this.#tooLong(records);
    this.#bytes += length;
    this.#lines += 1;
    let text = line.toString('utf8').trim();
    if (this.#lines === 1 && text.startsWith(BOM)) text = text.slice(1);
    if (text === '') return;
    records.push({ line: this.#lines, endBytes: this.#bytes, endLines: this.#lines, ...contentOf(text) });
  }

  #tooLong(records: SourceRecord[]): never {
    this.#salvaged = records;
    throw new UnreadableImportFile([
      importProblem(this.#lines + 1, '', '', `This line is longer than ${MAX_LINE} bytes.`),
    ]);
  }
}

function contentOf(text: string): Pick<SourceRecord, 'cells' | 'unreadable'> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { cells: [], unreadable: 'This line is not valid JSON.' };
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { cells: value as Record<string, unknown> }
    : { cells: [], unreadable: 'This line is not a JSON object.' };
}

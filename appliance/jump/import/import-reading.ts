import type { Stores, UnitOfWork } from '../../stores.ts';
import type { ImportJob } from './import-job.ts';
import type { ImportFileReader, Lease, ReadPosition, SourceRecord, StagedChunk } from './import-ports.ts';
import { type ImportProblem, importProblem, UnreadableImportFile } from './import-problem.ts';
import type { ImportRow } from './import-row.ts';
import { CsvRowReader, JsonRowReader, type RowReader } from './row-reader.ts';

/** Rows (good or bad) in one committed chunk: what is read again, at most, after an interruption. */
const CHUNK_ROWS = 2_000;

export interface ImportReadingDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  reader: ImportFileReader;
}

/** Reads a file from where its job stands, row by row into staging. Memory does not grow with the file. */
export class ImportReading {
  readonly #deps: ImportReadingDeps;
  readonly #job: ImportJob;
  readonly #holder: string;
  readonly #stopping: AbortSignal;
  #chunk = new Chunk();
  #anyRow = false;
  #staging: Promise<Lease> = Promise.resolve('held');

  constructor(deps: ImportReadingDeps, job: ImportJob, holder: string, stopping: AbortSignal) {
    this.#deps = deps;
    this.#job = job;
    this.#holder = holder;
    this.#stopping = stopping;
  }

  /** Throws {@link UnreadableImportFile} when the file breaks off; everything before is committed then. */
  async run(): Promise<Lease> {
    const { uploadPath, options, bytesValidated, linesValidated } = this.#job;
    const from: ReadPosition = { bytes: bytesValidated, lines: linesValidated };
    const references = await this.#deps.stores.importStaging.referenceData();
    let reader: RowReader | undefined;
    if (options.format === 'json_lines') reader = new JsonRowReader(references, options);
    else if (from.bytes > 0) reader = new CsvRowReader(await this.#header(), references, options);
    try {
      for await (const records of this.#deps.reader.read(uploadPath, options, from)) {
        for (const record of records) {
          if (reader === undefined) reader = new CsvRowReader(record, references, options);
          else this.#take(reader, record);
          this.#chunk.position = { bytes: record.endBytes, lines: record.endLines };
        }
        if (this.#chunk.rowsRead >= CHUNK_ROWS) {
          const lease = await this.#flush();
          if (lease !== 'held' || this.#stopping.aborted) return lease;
        }
        await pause();
      }
    } catch (error) {
      // What was read before the break is still worth reporting.
      if (error instanceof UnreadableImportFile && this.#chunk.rowsRead > 0) await this.#flush();
      await this.#staging;
      throw error;
    }
    if (bytesValidated === 0 && !this.#anyRow) {
      throw new UnreadableImportFile([importProblem(0, '', '', 'The file contains no rows.')]);
    }
    if (this.#chunk.position !== undefined) await this.#flush();
    return await this.#staging;
  }

  #take(reader: RowReader, record: SourceRecord): void {
    const result =
      record.unreadable === undefined ? reader.read(record) : unreadable(record, record.unreadable);
    if (result === 'blank') return;
    this.#anyRow = true;
    this.#chunk.rowsRead += 1;
    if (Array.isArray(result)) {
      this.#chunk.rowsBad += 1;
      this.#chunk.problems.push(...result);
    } else this.#chunk.rows.push(result);
  }

  /** Hands the chunk over and goes on reading while the one before is being committed. */
  async #flush(): Promise<Lease> {
    const chunk = this.#chunk;
    this.#chunk = new Chunk();
    const lease = await this.#staging;
    if (lease !== 'held') return lease;
    this.#staging = this.#deps.unitOfWork.inTransaction(({ importStaging }) =>
      importStaging.stage(this.#job.id, this.#holder, chunk.staged()),
    );
    this.#staging.catch(() => {}); // reported where it is awaited
    return lease;
  }

  async #header(): Promise<SourceRecord> {
    const { uploadPath, options } = this.#job;
    for await (const records of this.#deps.reader.read(uploadPath, options, { bytes: 0, lines: 0 })) {
      if (records[0] !== undefined) return records[0];
    }
    throw new UnreadableImportFile([importProblem(0, '', '', 'The file contains no rows.')]);
  }
}

class Chunk {
  rows: ImportRow[] = [];
  problems: ImportProblem[] = [];
  rowsRead = 0;
  rowsBad = 0;
  position: ReadPosition | undefined;

  staged(): StagedChunk {
    const { rows, problems, rowsRead, rowsBad } = this;
    return { rows, problems, rowsRead, rowsBad, position: this.position ?? { bytes: 0, lines: 0 } };
  }
}

function unreadable(record: SourceRecord, reason: string): ImportProblem[] {
  return [importProblem(record.line, '', '', reason)];
}

/** Lets waiting requests of this process through. */
function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

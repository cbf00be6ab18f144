import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ImportOptions } from '../../appliance/jump/import/import-job.ts';
import type {
  ImportFileReader,
  ReadPosition,
  SourceRecord,
} from '../../appliance/jump/import/import-ports.ts';
import { CsvSplitter, delimiterOf } from './csv-splitter.ts';
import { JsonLineSplitter } from './json-line-splitter.ts';
import { TextCheck } from './text-check.ts';
import type { DirectoryUploadStore } from './upload-store.ts';

/** Bytes read at once. One piece is parsed and checked without a pause, so it bounds how long others wait. */
const PIECE = 16 * 1024;

/** Turns the bytes of one file into records. Throws {@link UnreadableImportFile}; records found before stand. */
export interface RecordSplitter {
  /** Records completed by this piece. */
  push(piece: Buffer): Promise<SourceRecord[]>;
  end(): Promise<SourceRecord[]>;
  /** Records found before the failure that `push` or `end` has just thrown. */
  salvage(): SourceRecord[];
}

export class UploadFileReader implements ImportFileReader {
  readonly #uploads: DirectoryUploadStore;

  constructor(uploads: DirectoryUploadStore) {
    this.#uploads = uploads;
  }

  async *read(upload: string, options: ImportOptions, from: ReadPosition): AsyncIterable<SourceRecord[]> {
    const path = this.#uploads.pathOf(upload);
    const splitter: RecordSplitter =
      options.format === 'csv'
        ? new CsvSplitter(delimiterOf(options.delimiter, await head(path)), from)
        : new JsonLineSplitter(from);
    const check = new TextCheck(from);
    try {
      for await (const piece of createReadStream(path, { start: from.bytes, highWaterMark: PIECE })) {
        check.check(piece as Buffer);
        const records = await splitter.push(piece as Buffer);
        if (records.length > 0) yield records;
      }
      check.end();
      const last = await splitter.end();
      if (last.length > 0) yield last;
    } catch (error) {
      const found = splitter.salvage();
      if (found.length > 0) yield found;
      throw error;
    }
  }
}

async function head(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(64 * 1024);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

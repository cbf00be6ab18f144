import { randomUUID } from 'node:crypto';
import { access, constants, type FileHandle, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplianceError } from '../../appliance/errors.ts';
import type { UploadStore } from '../../appliance/jump/import/import-ports.ts';

const NAME = /^[0-9a-f-]{36}\.upload$/;

/** Uploaded files in one directory, readable by this program's user only. */
export class DirectoryUploadStore implements UploadStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async store(
    content: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ upload: string; bytes: number }> {
    const upload = `${randomUUID()}.upload`;
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const file = await open(this.pathOf(upload), 'wx', 0o600);
    try {
      const bytes = await writeAll(file, content, maxBytes);
      await file.sync();
      await file.close();
      await syncDirectory(this.#directory);
      return { upload, bytes };
    } catch (error) {
      await file.close();
      await this.remove(upload);
      throw refusal(error);
    }
  }

  async has(upload: string): Promise<boolean> {
    try {
      await access(this.pathOf(upload), constants.R_OK);
      return true;
    } catch {
      return false;
    }
  }

  async remove(upload: string): Promise<void> {
    try {
      await unlink(this.pathOf(upload));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  async olderThan(ageMs: number): Promise<string[]> {
    let names: string[];
    try {
      names = await readdir(this.#directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    const old: string[] = [];
    for (const name of names.filter((candidate) => NAME.test(candidate))) {
      const { mtimeMs } = await stat(this.pathOf(name));
      if (mtimeMs < Date.now() - ageMs) old.push(name);
    }
    return old;
  }

  /** Fails with `not_found` for a name this store did not make. */
  pathOf(upload: string): string {
    if (!NAME.test(upload)) throw new ApplianceError('not_found', 'There is no such upload.');
    return join(this.#directory, upload);
  }
}

async function writeAll(
  file: FileHandle,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<number> {
  let bytes = 0;
  for await (const piece of content) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    for (let written = 0; written < piece.byteLength; ) {
      written += (await file.write(piece, written)).bytesWritten;
    }
  }
  return bytes;
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function tooLarge(maxBytes: number): ApplianceError {
  const limit = `${Math.floor(maxBytes / 1_000_000)} MB`;
  return new ApplianceError('invalid', `The file is larger than ${limit}, the limit of this site.`, {
    facts: { maximum_bytes: maxBytes },
  });
}

function refusal(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ApplianceError('unavailable', 'The disk of the appliance is full; the file was not kept.', {
      cause: error,
    });
  }
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new ApplianceError('invalid', 'The upload broke off; nothing was kept.', { cause: error });
  }
  return error;
}

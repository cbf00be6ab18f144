import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplianceError } from '../../appliance/errors.ts';
import type { JumpointArchive } from '../../appliance/jump/jumpoint-archive.ts';
import { type ArchivedFile, tarArchive } from './tar-archive.ts';

const FOLDER = 'bridgehead-jumpoint';

/** Packs the files that the build left in a directory. */
export class BuiltJumpointArchive implements JumpointArchive {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async build(enrolmentToken?: string): Promise<Buffer> {
    const { files, builtAt } = await this.#readFiles();
    if (enrolmentToken !== undefined) {
      files.push({
        path: `${FOLDER}/enrolment-token`,
        mode: 0o600,
        content: Buffer.from(`${enrolmentToken}\n`, 'utf8'),
      });
    }
    return await tarArchive(files, builtAt);
  }

  async #readFiles(): Promise<{ files: ArchivedFile[]; builtAt: Date }> {
    try {
      const names = (await readdir(this.#directory)).sort();
      const files: ArchivedFile[] = [];
      let builtAt = new Date(0);
      for (const name of names) {
        const path = join(this.#directory, name);
        const { mode, mtime } = await stat(path);
        files.push({
          path: `${FOLDER}/${name}`,
          mode: mode & 0o100 ? 0o755 : 0o644,
          content: await readFile(path),
        });
        if (mtime > builtAt) builtAt = mtime;
      }
      if (files.length > 0) return { files, builtAt };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    }
    throw new ApplianceError('unavailable', 'The Jumpoint program has not been built on this appliance.');
  }
}

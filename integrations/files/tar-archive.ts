import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface ArchivedFile {
  /** Relative, with `/`; at most 100 bytes. */
  path: string;
  /** Permission bits, e.g. 0o644. */
  mode: number;
  content: Buffer;
}

const BLOCK = 512;
const LONGEST_PATH = 100;
const gzipped = promisify(gzip);

/** Packs files into a gzipped tar archive (POSIX ustar), owned by root. */
export async function tarArchive(files: readonly ArchivedFile[], modifiedAt: Date): Promise<Buffer> {
  const blocks: Buffer[] = [];
  for (const file of files) {
    blocks.push(headerOf(file, modifiedAt), file.content);
    const rest = file.content.length % BLOCK;
    if (rest > 0) blocks.push(Buffer.alloc(BLOCK - rest));
  }
  blocks.push(Buffer.alloc(2 * BLOCK));
  return await gzipped(Buffer.concat(blocks));
}

function headerOf({ path, mode, content }: ArchivedFile, modifiedAt: Date): Buffer {
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw new Error(`The path is too long for the archive: ${path}`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, offset: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
  header.write(path, 0, 'utf8');
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(Math.floor(modifiedAt.getTime() / 1000), 136, 12);
  header.write('        ', 148, 'latin1');
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000root', 257, 'latin1');
  header.write('root', 297, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

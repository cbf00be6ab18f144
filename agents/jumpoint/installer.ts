import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { ApplianceError } from '../../appliance/errors.ts';
import type { JumpointArchive } from '../../appliance/jump/jumpoint-archive.ts';
import { PROGRAM_VERSION } from '../program-version.ts';

const BLOCK = 512;
const FOLDER = `bridgehead-jumpoint-${PROGRAM_VERSION}`;
const PACKAGE = fileURLToPath(new URL(`../../dist/jumpoint/${FOLDER}.tgz`, import.meta.url));

/**
 * The program's archive, a few hundred kilobytes. With an enrolment token inside, `./install.sh` alone installs and
 * enrols. Fails with `unavailable` when the archive has not been built (`npm run build` makes it).
 */
export async function jumpointInstaller(token?: string, packagePath = PACKAGE): Promise<JumpointArchive> {
  let packed: Buffer;
  try {
    packed = await readFile(packagePath);
  } catch (cause) {
    throw new ApplianceError(
      'unavailable',
      'The archive of the Jumpoint program has not been built; npm run build makes it.',
      { cause },
    );
  }
  const fileName = `${FOLDER}.tgz`;
  if (token === undefined) return { fileName, archive: packed };
  const tar = await promisify(gunzip)(packed);
  const withToken = Buffer.concat([
    tar.subarray(0, endOfEntries(tar)),
    tarEntry(`${FOLDER}/enrolment-token`, Buffer.from(`${token}\n`, 'utf8')),
    Buffer.alloc(2 * BLOCK),
  ]);
  return { fileName, archive: await promisify(gzip)(withToken) };
}

/** Where the last entry of a tar archive ends: at its first empty header. */
function endOfEntries(tar: Buffer): number {
  let at = 0;
  while (at + BLOCK <= tar.length && tar[at] !== 0) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8);
    if (!Number.isSafeInteger(size)) throw new Error('The archive of the Jumpoint program is damaged.');
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return at;
}

/** One file readable by its owner alone, as POSIX ustar writes it. */
function tarEntry(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100, 'latin1');
  header.write('0000600\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  header.write(
    `${Math.floor(Date.now() / 1000)
      .toString(8)
      .padStart(11, '0')}\0`,
    136,
    'latin1',
  );
  header.write('        0', 148, 'latin1');
  header.write('ustar\0', 257, 'latin1');
  header.write('00', 263, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, content, padding]);
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { strToU8, type Zippable, zip } from 'fflate';
import type {
  CommandLineArchive,
  CommandLineArchiver,
  CommandLinePlatform,
} from '../../appliance/command-line-archive.ts';
import { ApplianceError } from '../../appliance/errors.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/cli/bh.js', import.meta.url));
const UNIX = 3;
/** Unix permissions stand in the upper half of the attributes. */
const executable = { os: UNIX, attrs: 0o100755 << 16 };
const readable = { os: UNIX, attrs: 0o100644 << 16 };
/** The same program makes the same archive. */
const PACKED_AT = new Date('2020-01-01T00:00:00Z');

const START_ON_UNIX = `#!/bin/sh
# Starts bh with the Node.js of this host; BH_NODE names another one.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
exec "\${BH_NODE:-node}" "$here/bh.js" "$@"
`;
const START_ON_WINDOWS = [
  '@echo off',
  'rem Starts bh with the Node.js of this host; BH_NODE names another one.',
  'setlocal',
  'if not defined BH_NODE set BH_NODE=node',
  '"%BH_NODE%" "%~dp0bh.js" %*',
  'exit /b %ERRORLEVEL%',
  '',
].join('\r\n');

/** Packs the bundle that `npm run build` makes. An archive is kept until the bundle changes. */
export function commandLineArchiver(version: string, program = PROGRAM): CommandLineArchiver {
  const packed = new Map<CommandLinePlatform, { builtAt: number; archive: Promise<CommandLineArchive> }>();
  return async (platform) => {
    const builtAt = await builtAtOf(program);
    const known = packed.get(platform);
    if (known?.builtAt === builtAt) return await known.archive;
    const archive = pack(platform, version, program);
    packed.set(platform, { builtAt, archive });
    archive.catch(() => packed.delete(platform));
    return await archive;
  };
}

async function builtAtOf(program: string): Promise<number> {
  try {
    return (await stat(program)).mtimeMs;
  } catch (cause) {
    throw new ApplianceError('unavailable', 'The command line has not been built; npm run build makes it.', {
      cause,
    });
  }
}

async function pack(
  platform: CommandLinePlatform,
  version: string,
  program: string,
): Promise<CommandLineArchive> {
  const folder = `bridgehead-cli-${version}`;
  const about = { name: 'bridgehead-cli', version, private: true, type: 'module', engines: { node: '>=20' } };
  const start: Zippable =
    platform === 'win32'
      ? { 'bh.cmd': [strToU8(START_ON_WINDOWS), readable] }
      : { bh: [strToU8(START_ON_UNIX), executable] };
  const files: Zippable = {
    [folder]: {
      ...start,
      'bh.js': [await readFile(program), executable],
      'package.json': [strToU8(`${JSON.stringify(about, null, 2)}\n`), readable],
      ...(await filesOfEcmHost(join(dirname(program), 'ecm'))),
    },
  };
  const archive = await new Promise<Uint8Array>((resolve, reject) => {
    zip(files, { mtime: PACKED_AT }, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
  return { fileName: `${folder}-${platform}.zip`, archive };
}

/** What an ECM host needs beside the program: its plug-ins and what runs them. Nothing where it has not been built. */
async function filesOfEcmHost(folder: string): Promise<Zippable> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const packed: Zippable = {};
  for (const file of files) {
    const name = relative(dirname(folder), file).replaceAll('\\', '/');
    packed[name] = [await readFile(file), readable];
  }
  return packed;
}

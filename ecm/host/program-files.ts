import { existsSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Files that are run or copied rather than imported. In the repository they are its TypeScript; `scripts/build.mjs` puts
 * what is made of them into `ecm/` beside the program, and a copy of some of them beside a new plug-in.
 */
const HERE = fileURLToPath(new URL('.', import.meta.url));
const FROM_SOURCE = extname(fileURLToPath(import.meta.url)) === '.ts';
const BUILT = 'dist/cli/ecm';

export class ProgramFileMissing extends Error {
  constructor(path: string) {
    super(`${path} is missing. Copy the folder ecm together with the program that it belongs to.`);
    this.name = 'ProgramFileMissing';
  }
}

/** The program that runs a plug-in in its process. Throws `ProgramFileMissing`. */
export function runnerProgram(): string {
  if (FROM_SOURCE) return join(HERE, '../runner/plugin-runner.ts');
  const inFolder = join(HERE, 'ecm/plugin-runner.js');
  return existsSync(inFolder) ? inFolder : existing(join(HERE, 'plugin-runner.js'));
}

/** Names of the plug-ins that come with the program. */
export function bundledPlugins(): string[] {
  const folder = join(HERE, FROM_SOURCE ? '../plugins' : 'ecm/plugins');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => (FROM_SOURCE ? entry.isDirectory() : entry.name.endsWith('.js')))
    .map((entry) => entry.name.replace(/\.js$/, ''))
    .sort();
}

/** Undefined when there is none of that name. */
export function bundledPlugin(name: string): string | undefined {
  if (!bundledPlugins().includes(name)) return undefined;
  return FROM_SOURCE ? join(HERE, '../plugins', name, 'plugin.ts') : join(HERE, 'ecm/plugins', `${name}.js`);
}

/** Folders that `bh ecm init` copies. In the repository they are those of the last build. Throws `ProgramFileMissing`. */
export function copiedFolder(name: 'sdk' | 'template'): string {
  return existing(FROM_SOURCE ? join(HERE, '../..', BUILT, name) : join(HERE, 'ecm', name));
}

function existing(path: string): string {
  if (!existsSync(path)) throw new ProgramFileMissing(path);
  return path;
}

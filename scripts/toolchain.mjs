// What the scripts share. Plain JavaScript for the Node that npm brought along, which may be older than the runtime.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** The runtime that the lock file names. */
export const runtime = join(root, 'node_modules/node/bin/node');

/** Path of a package's program for the runtime, e.g. `program('vitest', 'vitest.mjs')`. */
export function program(name, file) {
  return join(root, 'node_modules', name, file);
}

/**
 * Installs the packages of the lock file unless exactly those are there. Ends the process when that fails. An optional
 * package that could not be compiled is left out by npm without a word; those named in `built`, with a file that tells,
 * are needed all the same.
 */
export async function ensureInstalled({ built = {} } = {}) {
  const problem = whatIsMissing(built);
  if (problem === undefined) return;
  process.stdout.write(`Installing packages (${problem})\n`);
  const code = await run('npm', ['ci', '--include=dev', '--no-fund', '--no-audit']);
  if (code !== 0) {
    process.stderr.write('The packages could not be installed.\n');
    process.exit(code);
  }
  const still = whatIsMissing(built);
  if (still !== undefined) {
    process.stderr.write(`After the installation: ${still}. Are install scripts switched off for npm?\n`);
    process.exit(1);
  }
}

function whatIsMissing(built) {
  const wanted = packagesOf('package-lock.json');
  const installed = packagesOf('node_modules/.package-lock.json');
  if (installed === undefined) return 'none are there yet';
  for (const [path, { version, optional, peer }] of Object.entries(wanted)) {
    if (path === '') continue;
    if (installed[path]?.version === version) continue;
    // Those of another platform are left out.
    if ((optional || peer) && installed[path] === undefined) continue;
    return `${path.replace(/^.*node_modules\//, '')} ${version} is not there yet`;
  }
  for (const [name, file] of Object.entries(built)) {
    if (!existsSync(join(root, 'node_modules', name, file))) return `${name} has not been compiled`;
  }
  if (!existsSync(runtime)) return 'the runtime is missing';
  return undefined;
}

function packagesOf(lockFile) {
  const file = join(root, lockFile);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

/** Runs a program with our terminal and answers its exit code (128 + number when a signal ended it). */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? exitCodeOf(signal)));
  });
}

/** Runs a program quietly and answers its exit code and everything it said. */
export function capture(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: code ?? exitCodeOf(signal), output }));
  });
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGTERM: 15 };

export function exitCodeOf(signal) {
  return 128 + (SIGNAL_NUMBERS[signal] ?? 0);
}

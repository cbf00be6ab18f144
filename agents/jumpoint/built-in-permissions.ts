import { mkdirSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What the child's own code consists of; everything else of the installation, data included, stays closed to it. */
const OWN_CODE = ['../../agents', '../../appliance/ssh', '../../node_modules', '../../package.json'];

/**
 * Arguments for Node that confine the built-in Jumpoint: it reads its own code and its state directory, writes the
 * latter alone, and starts neither processes nor threads nor native add-ons. Sockets and the system's name resolution
 * do not pass through Node's file access. Makes the state directory, since only one that exists can be opened as a whole.
 */
export function builtInPermissions(stateDir: string): string[] {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const code = OWN_CODE.map((path) => fileURLToPath(new URL(path, import.meta.url)));
  // Modules are looked up by the given path and read by the real one.
  const named = (path: string) => [...new Set([path, realpathSync(path)])];
  return [
    '--permission',
    ...[...code, stateDir].flatMap(named).map((path) => `--allow-fs-read=${path}`),
    ...named(stateDir).map((path) => `--allow-fs-write=${path}`),
  ];
}

/** Whether this process is confined: without it, the child would read what belongs to the server. */
export function isConfined(): boolean {
  // Node defines it under --permission only.
  const permission: typeof process.permission | undefined = process.permission;
  return permission !== undefined && !permission.has('fs.read') && !permission.has('fs.write');
}

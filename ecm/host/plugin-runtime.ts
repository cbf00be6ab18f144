import { extname } from 'node:path';
import type { PluginLimits } from './plugin-limits.ts';
import { isolated } from './process-isolation.ts';
import { runnerProgram } from './program-files.ts';

/** The only variables that every plug-in gets: where programs, temporary files and authorities are, what language. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'XDG_RUNTIME_DIR',
  // What programs on Windows do not start without.
  'SystemRoot',
  'SystemDrive',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'PATHEXT',
  'COMSPEC',
];

export interface PluginRuntime {
  program: string;
  args: string[];
  env: Record<string, string>;
}

/** How the process of a plug-in is started. Nothing secret is in its arguments. */
export function pluginRuntime(plugin: {
  instance: string;
  file: string;
  limits: PluginLimits;
  environment: readonly string[];
}): PluginRuntime {
  const names = [...PASSED_ON, ...plugin.environment];
  return {
    ...isolated(process.execPath, [
      `--max-old-space-size=${plugin.limits.heapMb}`,
      ...(isTypeScript(plugin.file) ? typeStripping().args : []),
      runnerProgram(),
      // For people who look at the list of processes.
      plugin.instance,
    ]),
    env: Object.fromEntries(
      names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    ),
  };
}

/** Why this Node cannot run a file; undefined when it can. */
export function cannotRun(file: string): string | undefined {
  const kind = extname(file);
  if (!['.js', '.mjs', '.cjs', '.ts', '.mts'].includes(kind))
    return `a plug-in is a file that ends in .js, .mjs, .cjs, .ts or .mts`;
  if (isTypeScript(file) && !typeStripping().able)
    return `Node ${process.versions.node} does not run TypeScript: use Node 22.18 or newer, or compile the plug-in to JavaScript`;
  return undefined;
}

function isTypeScript(file: string): boolean {
  return ['.ts', '.mts'].includes(extname(file));
}

/** Node strips types by itself since 22.18 and 23.6, and when it is told to since 22.6. */
function typeStripping(): { able: boolean; args: string[] } {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18))
    return { able: true, args: [] };
  const whenTold = major === 23 || (major === 22 && minor >= 6);
  return { able: whenTold, args: whenTold ? ['--experimental-strip-types'] : [] };
}

import { fileURLToPath } from 'node:url';
import { lonePlugin } from '../host/plugin-instance.ts';
import { cannotRun } from '../host/plugin-runtime.ts';
import { runConformance } from './conformance.ts';
import type { ConformanceResult } from './conformance-result.ts';
import { describedSession, type SessionDescription } from './described-session.ts';

export type { ConformanceResult } from './conformance-result.ts';
export type { SessionDescription } from './described-session.ts';

export interface PluginTest {
  /** The plug-in's file: a path, or a `file:` URL such as `new URL('./plugin.js', import.meta.url)`. */
  plugin: string | URL;
  /** As in the configuration file: secrets are `{ env: NAME }` or `{ file: PATH }`; paths count from the plug-in's folder. */
  settings?: Record<string, unknown>;
  /** A session for which the plug-in has credentials. */
  session?: SessionDescription;
  /** False: it is not tried with wrong secrets, which a store may count. */
  wrongSecrets?: boolean;
}

/** Runs the conformance kit, for tests of a plug-in: one result for each thing that a host expects of it. */
export async function testPlugin({
  plugin,
  settings = {},
  session = {},
  wrongSecrets = true,
}: PluginTest): Promise<ConformanceResult[]> {
  const file = plugin instanceof URL ? fileURLToPath(plugin) : plugin;
  const problem = cannotRun(file);
  if (problem !== undefined) throw new Error(`${file}: ${problem}.`);
  return await runConformance(lonePlugin(file, settings), describedSession(session), { wrongSecrets });
}

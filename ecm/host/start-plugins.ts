import { stat } from 'node:fs/promises';
import type { EcmConfig } from './ecm-config.ts';
import { type ConfigProblem, EcmConfigProblem } from './ecm-config-problem.ts';
import type { HostLog } from './host-log.ts';
import { PluginSet } from './plugin-set.ts';
import { canIsolate } from './process-isolation.ts';
import { SettingsRefused, SupervisedPlugin } from './supervised-plugin.ts';

/**
 * Starts the plug-ins of a configuration. Resolves when each runs or has failed for the first time; what failed is tried
 * again and shows in `plugins()`. Fails with `EcmConfigProblem` when settings do not fit their plug-in: nothing runs then.
 */
export async function startPlugins(config: EcmConfig, deps: { log: HostLog }): Promise<PluginSet> {
  await warnOfOpenFiles([config.file, ...config.plugins.map(({ file }) => file)], deps.log);
  if (!canIsolate()) {
    deps.log.warn(
      {},
      'this system gives plug-ins no process namespace: one that means harm could end this host',
    );
  }
  const listeners: (() => void)[] = [];
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const plugins = config.plugins.map((plugin) => new SupervisedPlugin(plugin, { log: deps.log, changed }));
  const started = await Promise.allSettled(plugins.map((plugin) => plugin.start()));
  const failures = started.map((one) => (one.status === 'rejected' ? (one.reason as unknown) : undefined));
  if (failures.every((failure) => failure === undefined))
    return new PluginSet(config.plugins, plugins, deps.log, listeners);
  await Promise.all(plugins.map((plugin) => plugin.close()));
  const other = failures.find((failure) => failure !== undefined && !(failure instanceof SettingsRefused));
  if (other !== undefined) throw other;
  throw new EcmConfigProblem(config.file, problemsOf(config, failures));
}

function problemsOf(config: EcmConfig, failures: readonly unknown[]): ConfigProblem[] {
  return config.plugins.flatMap(({ instance, lineOf }, index) => {
    const failure = failures[index];
    if (!(failure instanceof SettingsRefused)) return [];
    return failure.problems.map(({ setting, message }) => ({
      line: lineOf(setting),
      instance,
      setting,
      message,
    }));
  });
}

const WRITABLE_BY_ALL = 0o002;

/** Whoever can change one of these files has this program's rights, and the secrets of its plug-ins. */
async function warnOfOpenFiles(files: readonly string[], log: HostLog): Promise<void> {
  if (process.platform === 'win32') return;
  for (const file of new Set(files)) {
    const found = await stat(file).catch(() => undefined);
    if (found !== undefined && (found.mode & WRITABLE_BY_ALL) !== 0)
      log.warn({ file }, 'this file can be changed by everybody on this machine');
  }
}

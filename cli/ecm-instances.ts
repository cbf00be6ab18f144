import { stat } from 'node:fs/promises';
import { readEcmConfig } from '../ecm/host/ecm-config.ts';
import { EcmConfigProblem } from '../ecm/host/ecm-config-problem.ts';
import type { PluginInstance } from '../ecm/host/plugin-instance.ts';
import { ProgramFileMissing } from '../ecm/host/program-files.ts';
import { type Arguments, CommandFailure, type CommandOption, EXIT, usageFailure } from './command.ts';

export const CONFIG_OPTIONS: Record<string, CommandOption> = {
  config: { type: 'string', value: 'FILE', help: 'configuration file of an ECM host' },
  instance: {
    type: 'string',
    value: 'NAME',
    multiple: true,
    help: 'only this plug-in of the file; may be given several times',
  },
};

/** Those of the configuration file that were asked for. Fails with words for people. */
export async function configuredInstances(args: Arguments): Promise<PluginInstance[]> {
  const file = args.text('config');
  if (file === undefined) throw usageFailure('Name the configuration file: --config ecm.yaml');
  const { plugins } = await inWords(() => readEcmConfig(file));
  const wanted = args.texts('instance');
  const unknown = wanted.find((name) => !plugins.some(({ instance }) => instance === name));
  if (unknown !== undefined) throw usageFailure(`${file} has no plug-in "${unknown}".`);
  return plugins.filter(({ instance }) => wanted.length === 0 || wanted.includes(instance));
}

/** What is wrong with a configuration, or with the program itself, is told without a stack. */
export async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof EcmConfigProblem) throw new CommandFailure(cause.message, EXIT.usage);
    if (cause instanceof ProgramFileMissing) throw new CommandFailure(cause.message);
    throw cause;
  }
}

export async function fileExists(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

import { basename, dirname, extname, resolve } from 'node:path';
import type { SettingsValues } from '../sdk/settings.ts';
import { checkSettings } from '../sdk/settings-check.ts';
import { LIMITS_SCHEMA, type PluginLimits, pluginLimits } from './plugin-limits.ts';

/** One plug-in as the file of the host describes it. */
export interface PluginInstance {
  /** 1 to 32 characters of `[A-Za-z0-9_-]`. */
  instance: string;
  /** As written: the name of a bundled plug-in, or a path. */
  pluginName: string;
  /** Absolute path of the plug-in's file. */
  file: string;
  /** That of the configuration file. */
  folder: string;
  /** As written; checked against the plug-in's own schema when it is started. */
  settings: Readonly<Record<string, unknown>>;
  limits: PluginLimits;
  /** Names of variables that it gets beside the usual ones. */
  environment: readonly string[];
  /** Line of the configuration file where the setting stands, or else the instance. */
  lineOf(setting?: string): number;
}

/** An instance of one file, without a configuration file. */
export function lonePlugin(file: string, settings: Readonly<Record<string, unknown>>): PluginInstance {
  const { values } = checkSettings(LIMITS_SCHEMA, {}, { absolutePath: (path) => path });
  return {
    instance: basename(file, extname(file))
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .slice(0, 32),
    pluginName: file,
    file: resolve(file),
    folder: dirname(resolve(file)),
    settings,
    limits: pluginLimits(values as SettingsValues<typeof LIMITS_SCHEMA>),
    environment: [],
    lineOf: () => 1,
  };
}

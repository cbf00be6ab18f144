import { readFile, writeFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { runConformance } from '../../ecm/conformance/conformance.ts';
import type { ConformanceResult } from '../../ecm/conformance/conformance-result.ts';
import { lonePlugin, type PluginInstance } from '../../ecm/host/plugin-instance.ts';
import { cannotRun } from '../../ecm/host/plugin-runtime.ts';
import { type Arguments, type Command, CommandFailure, EXIT, JSON_OPTION, usageFailure } from '../command.ts';
import { SESSION_OPTIONS, sessionOf } from '../described-session-options.ts';
import { CONFIG_OPTIONS, configuredInstances, fileExists, inWords } from '../ecm-instances.ts';
import { junitReport, type ReportedCase } from '../junit-report.ts';
import { harmless, say, sayJson } from '../output.ts';

interface Tested {
  plugin: PluginInstance;
  results: ConformanceResult[];
}

export const ecmTest: Command = {
  words: 'ecm test',
  operands: '[FILE]',
  summary: 'test whether a plug-in does what an ECM host expects of it',
  details: `Either the plug-in's file, with its settings in a YAML file of their own, or the plug-ins of a configuration file.
The plug-in is asked about a session that does not exist: describe one for which it has credentials. What it gives out is
given back. It is also started with wrong secrets once, which a store may count as a failed sign-in.
Exit codes: 0 everything passed, 1 something did not, 2 the command line or a file makes no sense.`,
  options: {
    ...CONFIG_OPTIONS,
    settings: { type: 'string', value: 'FILE', help: 'YAML file with the settings of FILE' },
    ...SESSION_OPTIONS,
    'no-wrong-secrets': { type: 'boolean', help: 'do not try it with wrong secrets' },
    ...JSON_OPTION,
    junit: {
      type: 'string',
      value: 'FILE',
      help: 'write a JUnit report for CI systems; - is standard output',
    },
    quiet: { type: 'boolean', short: 'q', help: 'say nothing about what passed' },
  },
  operandCount: { from: 0, to: 1 },
  async run(args) {
    const session = sessionOf(args);
    const options = { wrongSecrets: !args.flag('no-wrong-secrets') };
    const junit = args.text('junit');
    const shown = !args.flag('json') && junit !== '-';
    const tested: Tested[] = [];
    for (const plugin of await pluginsOf(args)) {
      if (shown) say(`${plugin.instance} (${harmless(plugin.pluginName)})`);
      const tell = (result: ConformanceResult) => shown && sayResult(result, args.flag('quiet'));
      const results = await inWords(() => runConformance(plugin, session, options, tell));
      tested.push({ plugin, results });
    }
    const cases = tested.flatMap(reported);
    if (junit === '-') say(junitReport(cases).trimEnd());
    else if (junit !== undefined) await written(junit, junitReport(cases));
    if (args.flag('json')) sayJson(toJson(tested));
    else if (shown) saySum(cases);
    return cases.some(({ outcome }) => outcome === 'failed') ? EXIT.failed : EXIT.done;
  },
};

async function pluginsOf(args: Arguments): Promise<PluginInstance[]> {
  const [file] = args.operands;
  if (file === undefined) return configuredInstances(args);
  if (args.text('config') !== undefined) throw usageFailure('Name a plug-in file or --config, not both.');
  const problem = (await fileExists(file)) ? cannotRun(file) : 'there is no such file';
  if (problem !== undefined) throw usageFailure(`${file}: ${problem}.`);
  return [lonePlugin(file, await settingsOf(args.text('settings')))];
}

async function settingsOf(file: string | undefined): Promise<Record<string, unknown>> {
  if (file === undefined) return {};
  let settings: unknown;
  try {
    settings = parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw usageFailure(`${file} cannot be read: ${(cause as Error).message}`);
  }
  if (settings === null || settings === undefined) return {};
  if (typeof settings !== 'object' || Array.isArray(settings))
    throw usageFailure(`${file} must be a map of settings.`);
  return settings as Record<string, unknown>;
}

async function written(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new CommandFailure(`${file} cannot be written: ${(cause as Error).message}`);
  }
}

const WORDS = { passed: 'ok   ', failed: 'FAIL ', skipped: 'skip ' } as const;

function sayResult({ name, outcome, problems }: ConformanceResult, quiet: boolean): void {
  if (quiet && outcome === 'passed') return;
  const why = outcome === 'skipped' ? ` (${harmless(problems.join(' '))})` : '';
  say(`  ${WORDS[outcome]} ${name}${why}`);
  if (outcome === 'failed') for (const problem of problems) say(`        ${harmless(problem)}`);
}

function saySum(cases: readonly ReportedCase[]): void {
  const count = (outcome: ReportedCase['outcome']) => cases.filter((one) => one.outcome === outcome).length;
  say(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped.`);
}

function reported({ plugin, results }: Tested): ReportedCase[] {
  return results.map((result) => ({
    ...result,
    name: `${plugin.instance} ${result.name}`,
    file: plugin.pluginName,
    line: 1,
  }));
}

function toJson(tested: readonly Tested[]) {
  return tested.map(({ plugin, results }) => ({
    instance: plugin.instance,
    plugin: plugin.pluginName,
    passed: results.every(({ outcome }) => outcome !== 'failed'),
    results,
  }));
}

import {
  type Arguments,
  type Command,
  CommandFailure,
  type CommandOption,
  EXIT,
  JSON_OPTION,
  SERVER_OPTIONS,
} from '../command.ts';
import { type Plan, requestPlan } from '../configuration/configuration-calls.ts';
import { ConfigurationFiles } from '../configuration/configuration-files.ts';
import { objectName, planText } from '../configuration/plan-text.ts';
import { harmless, say, sayJson } from '../output.ts';
import { signedInServer } from '../server.ts';

/** The site is not what the files say. */
const DRIFT = 2;
const REFUSED = 'Applying these files would be refused. The plan says why.';

export const PRUNE_OPTION: Record<string, CommandOption> = {
  prune: {
    type: 'boolean',
    help: 'delete objects that the files no longer name, of the types that have a file or folder',
  },
};

export const configPlan: Command = {
  words: 'config plan',
  operands: 'FOLDER',
  summary: 'show what applying YAML files would change',
  details: `Every change field by field, and what the server would refuse to you. Nothing is changed. Fields that a
document does not name stay as they are. Exit codes: 0, or 1 when something would be refused.`,
  options: { ...SERVER_OPTIONS, ...PRUNE_OPTION, ...JSON_OPTION },
  operandCount: { from: 1, to: 1 },
  async run(args) {
    const { plan, files } = await planned(args);
    await show(plan, files, args.flag('json'));
    if (plan.refusals.length > 0) throw new CommandFailure(REFUSED);
    if (!args.flag('json') && plan.changes.length > 0) say(`Fingerprint: ${plan.fingerprint}`);
    return EXIT.done;
  },
};

export const configDrift: Command = {
  words: 'config drift',
  operands: 'FOLDER',
  summary: 'tell by the exit code whether the site is what YAML files say',
  details: `The same as plan, for jobs: exit code 0 without drift, 2 with drift, 1 for every failure. With --prune
objects that the files do not name count as drift too.`,
  options: { ...SERVER_OPTIONS, ...PRUNE_OPTION, ...JSON_OPTION },
  operandCount: { from: 1, to: 1 },
  async run(args) {
    const { plan, files } = await planned(args);
    await show(plan, files, args.flag('json'));
    if (plan.refusals.length > 0) throw new CommandFailure(REFUSED);
    return plan.changes.length > 0 ? DRIFT : EXIT.done;
  },
};

async function planned(args: Arguments): Promise<{ plan: Plan; files: ConfigurationFiles }> {
  const files = await ConfigurationFiles.read(args.operands[0]!);
  const server = await signedInServer(args);
  return { plan: await requestPlan(server, files, args.flag('prune')), files };
}

/** The plan with what is refused in it, each with its line: all of it on standard output, to be kept in one file. */
export async function show(plan: Plan, files: ConfigurationFiles, asJson: boolean): Promise<void> {
  if (asJson) sayJson(plan);
  else for (const line of planText(plan, await refusalLines(plan.refusals, files))) say(line);
}

export async function refusalLines(refusals: Plan['refusals'], files: ConfigurationFiles): Promise<string[]> {
  const lines = refusals.length > 0 ? ['Refused:'] : [];
  for (const refusal of refusals) {
    const place = await files.placeOf(refusal);
    const what = [objectName(refusal), refusal.field].filter((text) => text !== '').join(', ');
    lines.push(harmless(`  ${[place, what].filter((text) => text !== '').join('  ')}: ${refusal.message}`));
  }
  return lines;
}

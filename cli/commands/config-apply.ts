import {
  type Arguments,
  type Command,
  CommandFailure,
  EXIT,
  JSON_OPTION,
  SERVER_OPTIONS,
  usageFailure,
} from '../command.ts';
import { type Plan, requestApply, requestPlan } from '../configuration/configuration-calls.ts';
import { ConfigurationFiles } from '../configuration/configuration-files.ts';
import { DELETIONS_UNASKED, refuseMassDeletion } from '../configuration/mass-deletion.ts';
import { note, say, sayJson } from '../output.ts';
import { type Server, ServerRefusal, signedInServer } from '../server.ts';
import { confirm, withKeys } from '../terminal/ask.ts';
import { PRUNE_OPTION, refusalLines, show } from './config-plan.ts';

export const configApply: Command = {
  words: 'config apply',
  operands: 'FOLDER',
  summary: 'make the site what YAML files say',
  details: `Shows the plan, asks, and makes every change in one transaction, or none. With --fingerprint it applies the
plan that was looked at before, and nothing when the changes are no longer the same. With --yes alone, a plan that deletes
more than ${DELETIONS_UNASKED} objects, or takes Jump Items along, changes nothing unless --allow-deletions says so.`,
  options: {
    ...SERVER_OPTIONS,
    ...PRUNE_OPTION,
    ...JSON_OPTION,
    yes: { type: 'boolean', short: 'y', help: 'agree to the plan without being asked' },
    'allow-deletions': {
      type: 'string',
      value: 'N',
      help: 'with --yes: how many objects may be deleted, with what goes along such as Jump Items',
    },
    fingerprint: { type: 'string', value: 'TEXT', help: 'of the plan to apply; see bh config plan' },
  },
  operandCount: { from: 1, to: 1 },
  async run(args) {
    const files = await ConfigurationFiles.read(args.operands[0]!);
    const server = await signedInServer(args);
    const prune = args.flag('prune');
    const json = args.flag('json');
    const given = args.text('fingerprint');
    if (given !== undefined && !/^[0-9a-f]{64}$/.test(given)) throw usageFailure('That is no fingerprint.');
    const allowed = allowedDeletions(args);
    const fingerprint =
      given ?? (await agreedPlan(server, files, prune, args.flag('yes') ? { allowed } : undefined, json));
    if (fingerprint === undefined) return EXIT.done;
    const applied = await applying(server, files, { prune, fingerprint }, json);
    if (applied === undefined) return EXIT.failed;
    if (json) sayJson(applied);
    else say(appliedText(applied));
    return EXIT.done;
  },
};

function allowedDeletions(args: Arguments): number | undefined {
  const text = args.text('allow-deletions');
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw usageFailure('--allow-deletions wants a whole number from 0.');
  if (!args.flag('yes')) throw usageFailure('--allow-deletions goes with --yes.');
  return Number(text);
}

/** Undefined when there is nothing to do. */
async function agreedPlan(
  server: Server,
  files: ConfigurationFiles,
  prune: boolean,
  yes: { allowed: number | undefined } | undefined,
  json: boolean,
): Promise<string | undefined> {
  const plan = await requestPlan(server, files, prune);
  if (!json || plan.refusals.length > 0 || plan.changes.length === 0) await show(plan, files, json);
  if (plan.refusals.length > 0) throw new CommandFailure('Nothing was changed.');
  if (plan.changes.length === 0) return undefined;
  if (yes !== undefined) {
    refuseMassDeletion(plan, yes.allowed);
    return plan.fingerprint;
  }
  const question = `Make ${plan.changes.length === 1 ? 'this change' : `these ${plan.changes.length} changes`}?`;
  const agrees = await withKeys(
    `${question} Agree with --yes, or with --fingerprint ${plan.fingerprint}`,
    (keys) => confirm(keys, question),
  );
  if (!agrees) throw new CommandFailure('Nothing was changed.');
  return plan.fingerprint;
}

async function applying(
  server: Server,
  files: ConfigurationFiles,
  query: { prune: boolean; fingerprint: string },
  json: boolean,
): Promise<Plan | undefined> {
  try {
    return await requestApply(server, files, query);
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    const { plan, refusals } = error.facts as { plan?: Plan; refusals?: Plan['refusals'] };
    if (plan !== undefined) {
      await show(plan, files, json);
      if (!json) note(`Fingerprint: ${plan.fingerprint}`);
      throw new CommandFailure(
        'The changes are not those that were looked at. Nothing was changed. See the new plan.',
      );
    }
    if (refusals === undefined) throw error;
    if (json) sayJson({ refusals });
    else for (const line of await refusalLines(refusals, files)) say(line);
    throw new CommandFailure('Nothing was changed.');
  }
}

function appliedText({ totals: { create, update, delete: gone } }: Plan): string {
  return `Applied: ${create} created, ${update} changed, ${gone} deleted.`;
}

import { readFile } from 'node:fs/promises';
import type { components } from '../../api/generated/openapi.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { type LaunchParameters, parseCommand, parseScript } from '../../appliance/jump/launch-script.ts';
import { type Command, CommandFailure, EXIT, SERVER_OPTIONS, usageFailure } from '../command.ts';
import { jumpItemLine } from '../jump-items.ts';
import { harmless, note } from '../output.ts';
import { type Server, signedInServer } from '../server.ts';
import { runShell, type ShellSubject } from '../shell-session.ts';
import { choose, confirm, withKeys } from '../terminal/ask.ts';
import type { KeyInput } from '../terminal/key-input.ts';

type LaunchResult = components['schemas']['LaunchResult'];

const NO_TERMINAL = 'There is no terminal to work in.';

export const runScript: Command = {
  words: 'run-script',
  operands: '[FILE]',
  summary: 'run the commands of a console script file, in order',
  details: `FILE is a BRCS1.0 script as /api/client_script answers it. bh --run-script "action=..." runs one command, as the
installed console does. What a command would do is shown and started once you say yes, except where the site lets
links start at once. The next command runs when the session of the one before has ended; a failure ends the script.`,
  options: {
    ...SERVER_OPTIONS,
    command: {
      type: 'string',
      value: 'COMMAND',
      help: 'run this command, e.g. "action=start_jump_item_session&search_string=PC-1"',
    },
    yes: { type: 'boolean', short: 'y', help: 'do not ask before starting' },
  },
  operandCount: { from: 0, to: 1 },
  async run(args) {
    const commands = await readCommands(args.operands[0], args.text('command'));
    const server = await signedInServer(args);
    return withKeys(NO_TERMINAL, async (keys) => {
      let exitCode: number = EXIT.done;
      for (const command of commands) {
        exitCode = await runCommand(server, command, keys, args.flag('yes'));
      }
      return exitCode;
    });
  },
};

async function readCommands(
  file: string | undefined,
  command: string | undefined,
): Promise<LaunchParameters[]> {
  if ((file === undefined) === (command === undefined))
    throw usageFailure('Give either a FILE or --command.');
  try {
    if (command !== undefined) return [parseCommand(command)];
    return parseScript(await readFile(file!, 'utf8'));
  } catch (error) {
    if (error instanceof ApplianceError)
      throw new CommandFailure(file === undefined ? error.message : `${file}: ${error.message}`);
    throw new CommandFailure(`${file} cannot be read: ${(error as Error).message}`);
  }
}

async function runCommand(
  server: Server,
  parameters: LaunchParameters,
  keys: KeyInput,
  alwaysYes: boolean,
): Promise<number> {
  if (parameters.action === 'login') {
    const me = await server.call<components['schemas']['Me']>('GET', '/me');
    note(`Signed in to ${server.url} as ${harmless(me.username)}.\r`);
    return EXIT.done;
  }
  const result = await server.call<LaunchResult>('POST', '/launch', { json: { parameters } });
  const found = await subjectOf(result, keys);
  if (found === undefined)
    throw new CommandFailure(harmless(result.message) || 'The command starts nothing here.');
  if (!result.start_at_once && !alwaysYes) {
    const key = result.external_key === '' ? '' : ` for ${harmless(result.external_key)}`;
    if (!(await confirm(keys, `${result.action}: ${found.line}${key}. Start?`))) {
      throw new CommandFailure('Not started.');
    }
  }
  return runShell(
    server,
    found.subject,
    { external_key: result.external_key, custom_attributes: result.custom_attributes },
    keys,
    {},
  );
}

async function subjectOf(
  result: LaunchResult,
  keys: KeyInput,
): Promise<{ subject: ShellSubject; line: string } | undefined> {
  if (result.ad_hoc !== null) {
    const { jumpoints, ad_hoc: target } = result;
    const chosen =
      jumpoints.length < 2
        ? jumpoints[0]
        : await choose(
            keys,
            'Through which Jumpoint?',
            jumpoints.map((one) => harmless(one.name)),
            jumpoints,
          );
    const line = harmless([target.username, target.hostname].filter(Boolean).join('@'));
    return {
      subject: { ad_hoc: { ...target, ...(chosen !== undefined && { jumpoint_id: chosen.id }) } },
      line: chosen === undefined ? line : `${line} through ${harmless(chosen.name)}`,
    };
  }
  if (result.items.length === 0) return undefined;
  const item =
    result.items.length === 1
      ? result.items[0]!
      : await choose(
          keys,
          harmless(result.message) || 'Which one?',
          result.items.map(jumpItemLine),
          result.items,
        );
  return { subject: { jump_item: { type: item.type, id: item.id } }, line: jumpItemLine(item) };
}

#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { type Arguments, type Command, CommandFailure, EXIT, usageFailure } from './command.ts';
import { COMMANDS } from './commands.ts';
import { commandHelp, overview } from './help.ts';
import { note, say } from './output.ts';

async function main(argv: string[]): Promise<number> {
  const words = asConsole(argv);
  if (words.length === 0 || words[0] === '--help' || words[0] === '-h' || words[0] === 'help') {
    const about = COMMANDS.find((one) => one.words === words.slice(1).join(' '));
    if (about !== undefined && 'runWith' in about) return about.runWith(['--help']);
    say(about === undefined ? overview(COMMANDS) : commandHelp(about));
    return words.length === 0 ? EXIT.usage : EXIT.done;
  }
  const command = COMMANDS.find((one) => one.words.split(' ').every((word, index) => words[index] === word));
  if (command === undefined) throw usageFailure(`There is no command ${words[0]}. See: bh --help`);
  const rest = words.slice(command.words.split(' ').length);
  if ('runWith' in command) return command.runWith(rest);
  return runCommand(command, rest);
}

/** The installed console takes one command with `--run-script`, and links and scripts call it so. */
function asConsole(argv: string[]): string[] {
  if (argv[0] === '--run-script') return ['run-script', '--command', ...argv.slice(1)];
  if (argv[0] === '--run-script-file') return ['run-script', ...argv.slice(1)];
  return argv;
}

async function runCommand(command: Command, rest: string[]): Promise<number> {
  const args = read(command, rest);
  if (args.flag('help')) {
    say(commandHelp(command));
    return EXIT.done;
  }
  const { from, to } = command.operandCount;
  if (args.operands.length < from || args.operands.length > to) {
    throw usageFailure(`Usage: bh ${command.words} ${command.operands}`.trimEnd());
  }
  return command.run(args);
}

function read(command: Command, rest: string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        ...Object.fromEntries(
          Object.entries(command.options).map(([name, { type, short }]) => [
            name,
            { type, ...(short && { short }) },
          ]),
        ),
      },
    });
    const given: Record<string, string | boolean | undefined> = values;
    return {
      operands: positionals,
      text: (name) => (typeof given[name] === 'string' ? given[name] : undefined),
      flag: (name) => given[name] === true,
    };
  } catch (error) {
    throw usageFailure(`${(error as Error).message}\nSee: bh ${command.words} --help`);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CommandFailure)) throw error;
  note(`bh: ${error.message}`);
  process.exitCode = error.exitCode;
}

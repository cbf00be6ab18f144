#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { PROGRAM_VERSION } from '../agents/program-version.ts';
import {
  type Arguments,
  type Command,
  CommandFailure,
  EXIT,
  type ForeignCommand,
  usageFailure,
} from './command.ts';
import { COMMANDS } from './commands.ts';
import { commandHelp, familyHelp, overview } from './help.ts';
import { note, say } from './output.ts';

async function main(argv: string[]): Promise<number> {
  const words = asConsole(argv);
  if (words.length === 0 || words[0] === '--help' || words[0] === '-h' || words[0] === 'help') {
    const about = COMMANDS.find((one) => one.words === words.slice(1).join(' '));
    if (about !== undefined && 'runWith' in about) return about.runWith(['--help']);
    const family = familyOf(words[1]);
    if (about === undefined && family.length > 0) say(familyHelp(words[1]!, family));
    else say(about === undefined ? overview(COMMANDS) : commandHelp(about));
    return words.length === 0 ? EXIT.usage : EXIT.done;
  }
  if (words[0] === '--version') {
    say(PROGRAM_VERSION);
    return EXIT.done;
  }
  const command = COMMANDS.find((one) => one.words.split(' ').every((word, index) => words[index] === word));
  if (command === undefined) return showFamily(words);
  const rest = words.slice(command.words.split(' ').length);
  if ('runWith' in command) return command.runWith(rest);
  return runCommand(command, rest);
}

/** The commands of two words that begin with this one. */
function familyOf(word: string | undefined): (Command | ForeignCommand)[] {
  return COMMANDS.filter((one) => one.words.startsWith(`${word} `));
}

/** `bh db` alone names what there is. Fails when that is not what was asked for. */
function showFamily([first, second]: string[]): number {
  const family = familyOf(first);
  if (family.length === 0) throw usageFailure(`There is no command ${first}. See: bh --help`);
  const help = familyHelp(first!, family);
  if (second !== '--help' && second !== '-h') {
    const problem = second === undefined ? `What about ${first}?` : `There is no command ${first} ${second}.`;
    throw usageFailure(`${problem}\n${help}`);
  }
  say(help);
  return EXIT.done;
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
          Object.entries(command.options).map(([name, { type, short, multiple }]) => [
            name,
            { type, ...(short && { short }), ...(multiple && { multiple }) },
          ]),
        ),
      },
    });
    const given: Record<string, string | boolean | (string | boolean)[] | undefined> = values;
    return {
      operands: positionals,
      text: (name) => (typeof given[name] === 'string' ? given[name] : undefined),
      texts: (name) => [given[name] ?? []].flat().filter((value) => typeof value === 'string'),
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

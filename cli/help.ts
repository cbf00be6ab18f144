import type { Command, CommandOption, ForeignCommand } from './command.ts';

type Commands = readonly (Command | ForeignCommand)[];

export function overview(commands: Commands): string {
  return [
    'bh: the command line of Bridgehead',
    '',
    ...listOf(commands),
    '',
    'bh help COMMAND, or bh COMMAND --help, tells more. bh --version prints the version.',
  ].join('\n');
}

/** Of commands that share their first word. */
export function familyHelp(word: string, commands: Commands): string {
  return [`Usage: bh ${word} COMMAND`, '', ...listOf(commands)].join('\n');
}

function listOf(commands: Commands): string[] {
  const usages = commands.map((command) => `${command.words} ${command.operands}`.trimEnd());
  const width = Math.max(...usages.map((usage) => usage.length));
  return commands.map((command, index) => `  bh ${usages[index]!.padEnd(width)}  ${command.summary}`);
}

export function commandHelp(command: Command): string {
  const options = [
    ...Object.entries(command.options),
    ['help', { type: 'boolean', short: 'h', help: 'show this' }] as [string, CommandOption],
  ];
  const names = options.map(
    ([name, { short, value }]) =>
      `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
  );
  const width = Math.max(...names.map((name) => name.length));
  return [
    `Usage: bh ${command.words} ${command.operands}`.trimEnd(),
    '',
    `${command.summary[0]!.toUpperCase()}${command.summary.slice(1)}.`,
    ...(command.details === undefined ? [] : ['', command.details]),
    '',
    'Options:',
    ...options.map(([, option], index) => `  ${names[index]!.padEnd(width)}  ${option.help}`),
  ].join('\n');
}

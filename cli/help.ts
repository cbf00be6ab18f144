import type { Command, CommandOption, ForeignCommand } from './command.ts';

export function overview(commands: readonly (Command | ForeignCommand)[]): string {
  const usages = commands.map((command) => `${command.words} ${command.operands}`.trimEnd());
  const width = Math.max(...usages.map((usage) => usage.length));
  return [
    'bh: the command line of Bridgehead',
    '',
    ...commands.map((command, index) => `  bh ${usages[index]!.padEnd(width)}  ${command.summary}`),
    '',
    'bh help COMMAND, or bh COMMAND --help, tells more.',
  ].join('\n');
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

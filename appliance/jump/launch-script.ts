import { ApplianceError } from '../errors.ts';

/**
 * One command of a script or a link: `action` and its parameters, decoded, e.g.
 * `{ action: 'start_jump_item_session', 'client.hostname': 'PC-1' }`.
 */
export type LaunchParameters = Readonly<Record<string, string>>;

const HEADER = 'BRCS1.0';
/** A script of this generation; the number after the point may grow without breaking readers. */
const KNOWN_HEADER = /^BRCS1\.\d$/;
const ANY_HEADER = /^BRCS\d\.\d$/;
export const MOST_COMMANDS = 10;
/** Ten commands with 10 KB of attributes each, percent-encoded, stay well below this. */
const LONGEST_SCRIPT = 1_000_000;

/** `action=...&k=v`, action first, keys and values percent-encoded as RFC 3986 says: no line break can be in it. */
export function formatCommand(parameters: LaunchParameters): string {
  const { action = '', ...others } = parameters;
  return [['action', action] as const, ...Object.entries(others)]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
}

/** The text of a script file. */
export function formatScript(commands: readonly LaunchParameters[]): string {
  return `${[HEADER, ...commands.map(formatCommand)].join('\n')}\n`;
}

/**
 * Reads one `action=...&k=v` line. A plus sign is a plus sign. Fails with `invalid` on a parameter without a name,
 * one given twice, and on broken percent-encoding.
 */
export function parseCommand(line: string): LaunchParameters {
  const parameters: Record<string, string> = Object.create(null);
  for (const pair of line.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (name === '')
      throw new ApplianceError('invalid', `The command has a value without a name: ${quoted(pair)}.`);
    if (name in parameters)
      throw new ApplianceError('invalid', `The parameter ${quoted(name)} is given twice.`);
    parameters[name] = equals < 0 ? '' : decode(pair.slice(equals + 1));
  }
  if (!parameters.action) throw new ApplianceError('invalid', 'The command names no action.');
  return { ...parameters };
}

/**
 * Reads a script file: header, then one to ten commands, one per line, LF or CRLF; empty lines are passed over. The
 * commands are in the order to run them. Fails with `invalid`, naming the line.
 */
export function parseScript(text: string): LaunchParameters[] {
  if (text.length > LONGEST_SCRIPT) throw new ApplianceError('invalid', 'The script file is too large.');
  const [header = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (!KNOWN_HEADER.test(header)) {
    throw new ApplianceError(
      'invalid',
      ANY_HEADER.test(header)
        ? `Scripts of version ${header.slice(4)} are not known here.`
        : `This is no script file: its first line must be ${HEADER}.`,
    );
  }
  const commands: LaunchParameters[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    if (commands.length === MOST_COMMANDS) {
      throw new ApplianceError('invalid', `A script may hold at most ${MOST_COMMANDS} commands.`);
    }
    commands.push(atLine(index + 2, () => parseCommand(line)));
  }
  if (commands.length === 0) throw new ApplianceError('invalid', 'The script holds no command.');
  return commands;
}

function atLine<T>(line: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ApplianceError)
      throw new ApplianceError(error.code, `Line ${line}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** encodeURIComponent leaves five characters alone that RFC 3986 reserves. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApplianceError('invalid', `${quoted(text)} is not percent-encoded UTF-8.`);
  }
}

function quoted(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}

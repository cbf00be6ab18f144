/** A line of `authorized_keys` that holds a key: what stands before it, the key, and its comment (sshd(8)). */
interface KeyLine {
  options: string;
  kind: string;
  base64: string;
  comment: string;
}

const KIND = /^(?:ssh-|ecdsa-sha2-|sk-)[\w@.-]+$/;

/** A key as `kind base64`. */
type PublicKey = string;

/** Whether a line lets the holder of this key in; lines that trust an authority do not count. */
export function holdsKey(text: string, key: PublicKey): boolean {
  return text.split('\n').some((line) => isOf(parseLine(line), key));
}

/**
 * The same text with a line for `next` after each line of `current`, with the same options and the same comment. Lines
 * of `next` that are there already stay as they are. Undefined when no line is of `current`.
 */
export function withKeyAdded(text: string, current: PublicKey, next: PublicKey): string | undefined {
  if (holdsKey(text, next)) return text;
  if (!holdsKey(text, current)) return undefined;
  const lines = text.split('\n').flatMap((line) => {
    const found = parseLine(line);
    if (found === undefined || !isOf(found, current)) return [line];
    const { options, comment } = found;
    return [line, [options, next, comment].filter((part) => part !== '').join(' ')];
  });
  return withFinalNewline(lines.join('\n'));
}

/** The same text without the lines of this key. */
export function withKeyRemoved(text: string, key: PublicKey): string {
  return text
    .split('\n')
    .filter((line) => !isOf(parseLine(line), key))
    .join('\n');
}

function isOf(line: KeyLine | undefined, key: PublicKey): boolean {
  if (line === undefined || optionNames(line.options).includes('cert-authority')) return false;
  return `${line.kind} ${line.base64}` === key;
}

/** Undefined for empty lines, comments and what is no key. */
function parseLine(line: string): KeyLine | undefined {
  const text = line.replace(/\r$/, '').trim();
  if (text === '' || text.startsWith('#')) return undefined;
  const [first = ''] = text.split(/[ \t]/, 1);
  const optionsEnd = KIND.test(first) ? 0 : endOfOptions(text);
  const [, kind = '', base64 = '', comment = ''] =
    /^(\S+)[ \t]+(\S+)[ \t]*(.*)$/.exec(text.slice(optionsEnd).trim()) ?? [];
  if (!KIND.test(kind)) return undefined;
  return { options: text.slice(0, optionsEnd).trim(), kind, base64, comment };
}

/** Options end at the first blank outside of quotes; a quote inside them is written `\"`. */
function endOfOptions(text: string): number {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\' && text[at + 1] === '"') at++;
    else if (text[at] === '"') quoted = !quoted;
    else if (!quoted && /[ \t]/.test(text[at] ?? '')) return at;
  }
  return text.length;
}

function optionNames(options: string): string[] {
  return options
    .replace(/"(?:\\"|[^"])*"/g, '')
    .split(',')
    .map((option) => option.split('=', 1)[0]?.trim().toLowerCase() ?? '');
}

function withFinalNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

import { REDACTED } from './secret-names.ts';

const NAMES = 'password|passwd|passphrase|secret|token|assertion|verifier|private_?key';

/** What a secret looks like within a text, by a word that is there whenever it is. */
const SECRETS_IN_TEXT: { hint: string; pattern: RegExp }[] = [
  // A private key, with its lines or what is left of them.
  {
    hint: 'PRIVATE KEY-----',
    pattern: /(-----BEGIN [A-Z ]*PRIVATE KEY-----)(?:[\w+/=:,. -]|\\+[nr])+/g,
  },
  // https://user:password@host, where people also write an @ within either as it is
  { hint: '://', pattern: /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:"\\]*:)[^\s/"\\]+(?=@)/gi },
  // ?token=... and the fields of a form
  {
    hint: '=',
    pattern: new RegExp(`((?:[?&]code|\\b[\\w.-]{0,40}(?:${NAMES}|samlresponse))=)[^&\\s"\\\\#]+`, 'gi'),
  },
  // JSON in a text, whose quotes are escaped.
  {
    hint: '\\":',
    pattern: new RegExp(
      `(\\\\"[\\w-]{0,40}(?:${NAMES})\\\\":\\s*\\\\")(?:[^"\\\\]|\\\\\\\\(?:\\\\"|\\\\\\\\|[^"\\\\]))+`,
      'gi',
    ),
  },
  { hint: 'earer ', pattern: /(\bbearer )[\w+/=.~-]{8,}/gi },
  // Longer than any word that follows "basic", or with a digit as no such word has.
  { hint: 'asic ', pattern: /(\bbasic )(?:[\w+/=]{20,}|(?=[a-z+/]*[\d=])[\w+/=]{8,})/gi },
];

/**
 * A whole line of the log, a JSON object, without secrets that stand in the middle of its texts: messages of errors
 * quote addresses, headers and documents. It stays the JSON that it was.
 */
export function redactedText(line: string): string {
  let shown = line;
  for (const { hint, pattern } of SECRETS_IN_TEXT) {
    if (line.includes(hint)) shown = shown.replace(pattern, `$1${REDACTED}`);
  }
  return shown;
}

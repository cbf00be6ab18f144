import { isUtf8 } from 'node:buffer';
import { importProblem, UnreadableImportFile } from '../../appliance/jump/import/import-problem.ts';

const EMPTY = Buffer.alloc(0);

/** Line breaks in part of a buffer: LF, CRLF, and CR alone as old spreadsheets write it. */
export function lineBreaks(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let index = from; index < to; index += 1) {
    const byte = bytes[index];
    if (byte === 10 || (byte === 13 && bytes[index + 1] !== 10)) count += 1;
  }
  return count;
}

/** Watches a file pass by in pieces and throws {@link UnreadableImportFile} at the first line that is not UTF-8 text. */
export class TextCheck {
  #line: number;
  #atStart: boolean;
  /** The beginning of a character that the next piece completes. */
  #open: Buffer = EMPTY;

  constructor(position: { bytes: number; lines: number }) {
    this.#line = position.lines + 1;
    this.#atStart = position.bytes === 0;
  }

  check(piece: Buffer): void {
    if (this.#atStart) refuseOtherEncodings(piece);
    this.#atStart = false;
    const text = this.#open.length === 0 ? piece : Buffer.concat([this.#open, piece]);
    const whole = text.length - openBytes(text);
    const complete = text.subarray(0, whole);
    if (!isUtf8(complete)) this.#refuse(complete, (line) => !isUtf8(line), NOT_UTF8);
    if (complete.includes(0)) this.#refuse(complete, (line) => line.includes(0), HAS_NUL);
    for (let at = complete.indexOf(10); at !== -1; at = complete.indexOf(10, at + 1)) this.#line += 1;
    this.#open = Buffer.from(text.subarray(whole));
  }

  end(): void {
    if (this.#open.length > 0) throw unreadable(this.#line, this.#open, NOT_UTF8);
  }

  #refuse(text: Buffer, isBad: (line: Buffer) => boolean, reason: string): never {
    let start = 0;
    for (let line = this.#line; ; line += 1) {
      const newline = text.indexOf(10, start);
      const end = newline === -1 ? text.length : newline;
      if (isBad(text.subarray(start, end)) || newline === -1)
        throw unreadable(line, text.subarray(start, end), reason);
      start = end + 1;
    }
  }
}

const NOT_UTF8 = 'This line is not UTF-8 text. Save the file as CSV UTF-8.';
const HAS_NUL = 'This line contains a NUL character.';

function unreadable(line: number, value: Buffer, reason: string): UnreadableImportFile {
  return new UnreadableImportFile([importProblem(line, '', value.toString('latin1'), reason)]);
}

function refuseOtherEncodings(start: Buffer): void {
  const [first, second] = start;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw unreadable(1, EMPTY, 'The file is UTF-16 text. Save it as CSV UTF-8.');
  }
}

/** How many bytes at the end are a character whose rest is still to come. */
function openBytes(text: Buffer): number {
  for (let back = 1; back <= Math.min(3, text.length); back += 1) {
    const byte = text[text.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Allowance } from '../channel/allowance.ts';
import type { LogLevel } from '../channel/messages.ts';

/** What one process may write: beyond the lines it is left out, beyond the bytes the process waits. */
const LINES_PER_SECOND = 20;
const LINES_AT_ONCE = 100;
const BYTES_PER_SECOND = 1024 * 1024;
const LONGEST_LINE = 2000;
/** So much of a line is looked through for secrets before it is cut. */
const LONGEST_READ = 4 * LONGEST_LINE;

export type LineSink = (level: LogLevel, line: string, cut: boolean) => void;

/** The lines of a process that the log of the host gets, however much it writes. */
export class PluginOutput {
  private readonly lines = new Allowance(LINES_PER_SECOND, LINES_AT_ONCE);
  private readonly sink: LineSink;
  private leftOut = 0;
  private told: NodeJS.Timeout | undefined;
  /** Text by which V8 says that the heap was too small. */
  heapWasTooSmall = false;

  constructor(sink: LineSink) {
    this.sink = sink;
  }

  /** One line that came over the channel. */
  line(level: LogLevel, text: string): void {
    for (const line of text.split(/\r\n|[\r\n]/)) this.give(level, line, line.length > LONGEST_READ);
  }

  /** Reads a stream to its end, no faster than is allowed. */
  read(stream: Readable, level: LogLevel): void {
    const bytes = new Allowance(BYTES_PER_SECOND, BYTES_PER_SECOND);
    const decoder = new StringDecoder('utf8');
    let begun = '';
    let skipping = false;
    stream.on('data', (chunk: Buffer) => {
      const pauseMs = bytes.spend(chunk.length);
      if (pauseMs > 0) {
        stream.pause();
        setTimeout(() => stream.resume(), pauseMs).unref();
      }
      const parts = decoder.write(chunk).split('\n');
      for (const [index, part] of parts.entries()) {
        if (!skipping) begun += part;
        const ended = index < parts.length - 1;
        const tooLong = begun.length > LONGEST_READ;
        if ((ended && !skipping) || (tooLong && !skipping)) this.give(level, begun, tooLong);
        if (ended || tooLong) begun = '';
        skipping = !ended && (skipping || tooLong);
      }
    });
    stream.on('end', () => {
      if (begun !== '') this.give(level, begun, false);
      this.tellLeftOut();
    });
    // A broken pipe ends with the process, which is told elsewhere.
    stream.on('error', () => {});
  }

  private give(level: LogLevel, text: string, cut: boolean): void {
    const line = text.trimEnd();
    if (line === '') return;
    if (line.includes('JavaScript heap out of memory')) this.heapWasTooSmall = true;
    if (!this.lines.take(1)) {
      this.leftOut += 1;
      this.told ??= setTimeout(() => this.tellLeftOut(), 1000).unref();
      return;
    }
    this.sink(level, line.slice(0, LONGEST_READ), cut);
  }

  private tellLeftOut(): void {
    clearTimeout(this.told);
    this.told = undefined;
    if (this.leftOut === 0) return;
    this.sink('warn', `${this.leftOut} further lines of the plug-in were left out.`, false);
    this.leftOut = 0;
  }
}

/** A line as it is logged: without control characters, and no longer than is useful. */
export function loggedLine(masked: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const line = masked.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\uFFFD');
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}

import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';

type KeyConsumer = (bytes: Buffer) => void;

/** The person pressed Ctrl-C, or ended the input, where an answer was wanted. */
export class Interrupted extends Error {
  constructor() {
    super('Interrupted.');
    this.name = 'Interrupted';
  }
}

const ENTER = new Set([0x0d, 0x0a]);
const ERASE = new Set([0x7f, 0x08]);
const CTRL_C = 0x03;
const CTRL_D = 0x04;
const CTRL_U = 0x15;

/**
 * The keyboard, in raw mode from `open` to `close`: keys go to one consumer at a time, and what is typed while there
 * is none waits for the next. Leaves the terminal as it was, also when the process exits by itself.
 */
export class KeyInput {
  readonly #stream: ReadStream;
  readonly #fd: number;
  readonly #restore = () => this.#stream.setRawMode(false);
  readonly #onData = (bytes: Buffer) => this.#give(bytes);
  #consumer: KeyConsumer | undefined;
  #waiting: Buffer[] = [];

  private constructor(stream: ReadStream, fd: number) {
    this.#stream = stream;
    this.#fd = fd;
    stream.setRawMode(true);
    process.once('exit', this.#restore);
    stream.on('data', this.#onData);
    stream.resume();
  }

  /** Standard input when it is a terminal, otherwise the controlling terminal; undefined without any. */
  static open(): KeyInput | undefined {
    if (process.stdin.isTTY) return new KeyInput(process.stdin, 0);
    try {
      const fd = openSync('/dev/tty', 'r+');
      return new KeyInput(new ReadStream(fd), fd);
    } catch {
      return undefined;
    }
  }

  /**
   * Raw mode, as Node sets it, still turns every line feed into a new line, which breaks full-screen programs of a
   * remote terminal. `close` takes this back with the rest.
   */
  leaveOutputAlone(): void {
    spawnSync('stty', ['-opost'], { stdio: [this.#fd, 'ignore', 'ignore'] });
  }

  close(): void {
    this.#stream.off('data', this.#onData);
    process.off('exit', this.#restore);
    this.#restore();
    this.#stream.pause();
    if (this.#stream !== process.stdin) this.#stream.destroy();
  }

  /** Keys go to `consumer` until the returned function is called; then to the one before. */
  take(consumer: KeyConsumer): () => void {
    const before = this.#consumer;
    this.#consumer = consumer;
    // Not before the caller has what it needs to stop.
    queueMicrotask(() => {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const bytes of waiting) this.#give(bytes);
    });
    return () => {
      if (this.#consumer === consumer) this.#consumer = before;
    };
  }

  /** Asks for one line. With `echo` false nothing shows what is typed. Rejects with `Interrupted`. */
  readLine(label: string, options: { echo: boolean }): Promise<string> {
    process.stderr.write(label);
    return new Promise((resolve, reject) => {
      let line: Buffer = Buffer.alloc(0);
      const release = this.take((bytes) => {
        for (const [index, byte] of bytes.entries()) {
          if (byte === CTRL_C || (byte === CTRL_D && line.length === 0)) {
            end(bytes.subarray(index + 1));
            reject(new Interrupted());
            return;
          }
          if (ENTER.has(byte)) {
            // A pasted CR LF is one line end.
            const next = byte === 0x0d && bytes[index + 1] === 0x0a ? index + 2 : index + 1;
            end(bytes.subarray(next));
            resolve(line.toString('utf8'));
            return;
          }
          line = edited(line, byte, options.echo);
        }
      });
      const end = (rest: Buffer) => {
        release();
        process.stderr.write('\r\n');
        if (rest.length > 0) this.#give(rest);
      };
    });
  }

  #give(bytes: Buffer): void {
    if (this.#consumer === undefined) this.#waiting.push(bytes);
    else this.#consumer(bytes);
  }
}

function edited(line: Buffer, byte: number, echo: boolean): Buffer {
  if (ERASE.has(byte)) {
    if (line.length === 0) return line;
    if (echo) process.stderr.write('\b \b');
    let end = line.length - 1;
    while (end > 0 && (line[end]! & 0xc0) === 0x80) end -= 1;
    return line.subarray(0, end);
  }
  if (byte === CTRL_U) {
    if (echo) process.stderr.write('\b \b'.repeat(line.toString('utf8').length));
    return Buffer.alloc(0);
  }
  if (byte < 0x20) return line;
  if (echo) process.stderr.write(Buffer.of(byte));
  return Buffer.concat([line, Buffer.of(byte)]);
}

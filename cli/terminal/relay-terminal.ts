import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket, { type RawData } from 'ws';
import { CloseCode, MAX_RELAY_BYTES, RELAY_SUBPROTOCOL } from '../../agents/protocol.ts';
import {
  parseRelayMessageForRepresentative,
  type RepresentativeRelayMessage,
} from '../../agents/relay-protocol.ts';
import { harmless } from '../output.ts';
import { answerPrompt, type GivenCredentials } from './answer-prompt.ts';
import { EscapeFilter } from './escape-filter.ts';
import type { KeyInput } from './key-input.ts';

/** As ssh: everything that is not the remote shell's own exit code. */
export const SHELL_FAILED = 255;
const REATTACH_FOR_MS = 60_000;
const REATTACH_EVERY_MS = 1_000;
/** How long the server may take to close the socket after the last word. */
const CLOSE_PATIENCE_MS = 1_000;
const CLEAR_SCREEN = '\u001b[0m\u001b[2J\u001b[H';
const CTRL_C = 0x03;
const END_OF_INPUT = Buffer.of(0x04);

export interface RelayTerminalOptions {
  relayUrl: string;
  /** A fresh relay URL after the connection was lost. Rejects when the session is over. */
  reattach: () => Promise<string>;
  /** Whether a rejection of `reattach` means that trying again is no use. */
  isOver: (error: unknown) => boolean;
  /** The keyboard, when there is one. */
  keys: KeyInput | undefined;
  given: GivenCredentials;
}

type AttachEnd = { kind: 'finished'; exitCode: number } | { kind: 'lost' };

/** Joins this terminal with the remote shell behind a relay until the shell, the session or the person ends it. */
export class RelayTerminal {
  readonly #options: RelayTerminalOptions;
  readonly #escapes = new EscapeFilter();
  #socket: WebSocket | undefined;
  #connected = false;
  /** Set by the last word of the other side, or by leaving. */
  #exitCode: number | undefined;
  #prompts: Promise<void> = Promise.resolve();
  #typedAhead: Buffer[] = [];

  constructor(options: RelayTerminalOptions) {
    this.#options = options;
  }

  /** Resolves with the exit code for this process. */
  async run(): Promise<number> {
    const resize = () => this.#send({ t: 'resize', ...terminalSize() });
    const leave = () => this.#leave();
    process.stdout.on('resize', resize);
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
    const release = this.#pumpInput();
    try {
      let url = this.#options.relayUrl;
      for (;;) {
        const end = await this.#attach(url);
        if (end.kind === 'finished') return end.exitCode;
        this.#connected = false;
        if (!process.stdin.isTTY) process.stdin.pause();
        const again = await this.#reattach();
        if (again === undefined) {
          this.#exitCode ??= SHELL_FAILED;
          return this.#exitCode;
        }
        url = again;
      }
    } finally {
      release();
      process.stdout.off('resize', resize);
      for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, leave);
      await new Promise<void>((flushed) => process.stdout.write('', () => flushed()));
    }
  }

  #attach(url: string): Promise<AttachEnd> {
    const socket = new WebSocket(url, RELAY_SUBPROTOCOL, {
      maxPayload: MAX_RELAY_BYTES,
      perMessageDeflate: false,
      // Masking protects proxies from browsers; a program gains nothing from random masks.
      generateMask: (mask) => mask.fill(0),
    });
    this.#socket = socket;
    return new Promise((resolve) => {
      socket.on('open', () => this.#send({ t: 'resize', ...terminalSize() }));
      socket.on('message', (data, isBinary) => this.#receive(socket, data, isBinary));
      socket.on('error', (error) => {
        if (this.#exitCode === undefined) sayLine(`The connection failed: ${error.message}`);
      });
      socket.on('close', (code) => {
        if (this.#exitCode === undefined && code === CloseCode.ended) {
          sayLine('The session has ended.');
          this.#exitCode = SHELL_FAILED;
        }
        resolve(
          this.#exitCode === undefined ? { kind: 'lost' } : { kind: 'finished', exitCode: this.#exitCode },
        );
      });
    });
  }

  async #reattach(): Promise<string | undefined> {
    sayLine('The connection was lost; connecting again ...');
    const giveUpAt = Date.now() + REATTACH_FOR_MS;
    while (Date.now() < giveUpAt && this.#exitCode === undefined) {
      try {
        return await this.#options.reattach();
      } catch (error) {
        if (this.#options.isOver(error)) {
          sayLine((error as Error).message);
          return undefined;
        }
        await sleep(REATTACH_EVERY_MS);
      }
    }
    sayLine('The session could not be reached again.');
    return undefined;
  }

  #receive(socket: WebSocket, data: RawData, isBinary: boolean): void {
    if (isBinary) {
      if (!process.stdout.write(data as Buffer)) {
        socket.pause();
        process.stdout.once('drain', () => socket.resume());
      }
      return;
    }
    const message = parseRelayMessageForRepresentative(data as Buffer);
    switch (message.t) {
      case 'status':
        if (message.state === 'connected') this.#becomeConnected();
        if (message.detail !== undefined && message.detail !== '') sayLine(message.detail);
        break;
      case 'prompt':
        this.#prompts = this.#prompts.then(async () => {
          const { keys, given } = this.#options;
          this.#send(await answerPrompt(message, keys, given));
        });
        break;
      case 'notice':
        sayLine(message.text);
        break;
      case 'resumed':
        // What was shown last is told once more, for a terminal that lost it.
        if (process.stdout.isTTY) process.stdout.write(CLEAR_SCREEN);
        sayLine('Connected again.');
        this.#becomeConnected();
        break;
      case 'refused':
        this.#finish(SHELL_FAILED, message.message);
        break;
      case 'ended':
        this.#finish(SHELL_FAILED, message.text);
        break;
      case 'exit':
        this.#finish(message.code ?? (message.signal === undefined ? 0 : SHELL_FAILED), message.message);
        break;
    }
  }

  #becomeConnected(): void {
    this.#connected = true;
    this.#options.keys?.leaveOutputAlone();
    const typedAhead = this.#typedAhead;
    this.#typedAhead = [];
    for (const bytes of typedAhead) this.#onKeys(bytes);
    if (!process.stdin.isTTY) process.stdin.resume();
  }

  /** The first last word counts: `ended` may follow `exit`. The server closes the socket after it. */
  #finish(exitCode: number, text: string): void {
    if (this.#exitCode !== undefined) return;
    this.#exitCode = exitCode;
    if (text !== '' && (exitCode !== 0 || process.stdin.isTTY)) sayLine(text);
    const socket = this.#socket;
    setTimeout(() => socket?.close(1000), CLOSE_PATIENCE_MS).unref();
  }

  /** Ends the session on purpose. */
  #leave(): void {
    this.#exitCode ??= SHELL_FAILED;
    this.#send({ t: 'close' });
    this.#socket?.close(1000);
  }

  #send(message: RepresentativeRelayMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #pumpInput(): () => void {
    if (process.stdin.isTTY && this.#options.keys !== undefined) {
      return this.#options.keys.take((bytes) => this.#onKeys(bytes));
    }
    const onData = (bytes: Buffer) => this.#sendBytes(bytes);
    const onEnd = () => this.#sendBytes(END_OF_INPUT);
    // Piped input waits for somebody who reads it: `#becomeConnected` lets it flow.
    process.stdin.on('data', onData).on('end', onEnd);
    process.stdin.pause();
    return () => {
      process.stdin.off('data', onData).off('end', onEnd).pause();
    };
  }

  #onKeys(typed: Buffer): void {
    if (!this.#connected) {
      // Typed ahead, for the shell that is about to come.
      if (typed.includes(CTRL_C)) this.#leave();
      else this.#typedAhead.push(typed);
      return;
    }
    const { bytes, escaped } = this.#escapes.pass(typed);
    if (bytes.length > 0) this.#sendBytes(bytes);
    if (escaped === 'disconnect') {
      sayLine('');
      this.#leave();
    } else if (escaped === 'help') sayLine('~. ends the session, ~~ types a tilde, ~? shows this.');
  }

  #sendBytes(bytes: Buffer): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (process.stdin.isTTY) {
      socket.send(bytes);
      return;
    }
    process.stdin.pause();
    socket.send(bytes, () => {
      if (this.#connected && this.#exitCode === undefined) process.stdin.resume();
    });
  }
}

/** Of the terminal this runs in; 80 by 24 without one. */
export function terminalSize(): { columns: number; rows: number } {
  const { columns, rows } = process.stdout;
  return { columns: columns || 80, rows: rows || 24 };
}

/** The terminal is in raw mode: lines need their carriage return. */
function sayLine(text: string): void {
  for (const line of text.split(/\r?\n/)) process.stderr.write(`${harmless(line)}\r\n`);
}

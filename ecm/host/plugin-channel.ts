import type { Duplex } from 'node:stream';
import { Allowance } from '../channel/allowance.ts';
import { encodeFrame, FrameProblem, FrameReader } from '../channel/frames.ts';
import type { FromPlugin, ToPlugin } from '../channel/messages.ts';
import { parseFromPlugin } from '../channel/parsed-messages.ts';

/** Messages that answer no call: far more than a plug-in needs, and far less than would keep the host from its work. */
const UNASKED_PER_SECOND = 500;
const UNASKED_AT_ONCE = 1000;
/** Beyond it the process waits until its messages are read. */
const BYTES_PER_SECOND = 8 * 1024 * 1024;
const BYTES_AT_ONCE = 16 * 1024 * 1024;

export interface ChannelEvents {
  /** May throw `FrameProblem`. */
  onMessage(message: FromPlugin): void;
  /** Nothing is read any more. `what` was sent: "too many messages". */
  onViolation(what: string): void;
}

/** The host's end of the pipe to a plug-in's process. It holds at most one incomplete message of it. */
export class PluginChannel {
  private readonly stream: Duplex;
  private readonly events: ChannelEvents;
  private readonly reader = new FrameReader();
  private readonly unasked = new Allowance(UNASKED_PER_SECOND, UNASKED_AT_ONCE);
  private readonly bytes = new Allowance(BYTES_PER_SECOND, BYTES_AT_ONCE);
  private closed = false;

  constructor(stream: Duplex, events: ChannelEvents) {
    this.stream = stream;
    this.events = events;
    stream.on('data', (chunk: Buffer) => this.read(chunk));
    // It ends with the process, which is told elsewhere.
    stream.on('error', () => {});
  }

  /**
   * What a process does not read stays in this process's memory, but never more than the calls that may wait for it.
   */
  send(message: ToPlugin): void {
    if (!this.closed && this.stream.writable) this.stream.write(encodeFrame(message));
  }

  close(): void {
    this.closed = true;
    this.stream.destroy();
  }

  private read(chunk: Buffer): void {
    const pauseMs = this.bytes.spend(chunk.length);
    if (pauseMs > 0) {
      this.stream.pause();
      setTimeout(() => this.stream.resume(), pauseMs).unref();
    }
    try {
      for (const frame of this.reader.read(chunk)) {
        const message = parseFromPlugin(frame);
        // Answers are as many as there are calls: one to nothing, or a second one, is refused where the calls are kept.
        const isAnswer = message.t === 'result' || message.t === 'error';
        if (!isAnswer && !this.unasked.take(1)) throw new FrameProblem('too many messages');
        this.events.onMessage(message);
        if (this.closed) return;
      }
    } catch (error) {
      if (!(error instanceof FrameProblem)) throw error;
      this.close();
      this.events.onViolation(error.message);
    }
  }
}

import { WebSocket } from 'ws';
import type { InjectionRequest } from '../injection-protocol.ts';
import {
  MAX_RELAY_BYTES,
  RELAY_FRAME_BYTES,
  RELAY_HIGH_WATER_BYTES,
  RELAY_SUBPROTOCOL,
} from '../protocol.ts';
import {
  type JumpointRelayMessage,
  parseRelayMessageForJumpoint,
  type ToJumpointRelayMessage,
} from '../relay-protocol.ts';
import { type ServerDial, serverSocketOptions } from '../server-dial.ts';

/** Output below this rate (bytes per millisecond) drains the measure of a flood, and this much in it makes one. */
const FLOOD_DRAIN = 1_000;
const FLOOD_BYTES = 32 * 1024;
/** How long a flood's bytes may wait for company. */
const FLOOD_WAIT_MS = 2;

export interface RelayEvents {
  /** Bytes the representative typed. */
  input(data: Buffer): void;
  message(message: ToJumpointRelayMessage): void;
  /** What was sent has left; only after `output` answered false. */
  drained(): void;
  /** Once; nothing follows. */
  closed(reason: string): void;
}

/** The Jumpoint's end of a channel. */
export class RelaySocket {
  private readonly socket: WebSocket;
  private readonly events: RelayEvents;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private scheduled: 'no' | 'turn' | 'timer' = 'no';
  /** Bytes sent lately, drained as time passes; many of them are a flood. */
  private lately = 0;
  private latelyAt = 0;
  private full = false;
  private finished = false;

  private constructor(socket: WebSocket, events: RelayEvents) {
    this.socket = socket;
    this.events = events;
    socket.on('message', (data: Buffer, isBinary) => this.receive(data, isBinary));
    socket.on('close', (_code, reason) => events.closed(reason.toString() || 'the relay closed'));
  }

  /** Rejects when the ticket is refused or the server cannot be reached; the URL is in no message. */
  static dial(url: string, dial: ServerDial, events: RelayEvents): Promise<RelaySocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, RELAY_SUBPROTOCOL, {
        ...serverSocketOptions(dial, MAX_RELAY_BYTES),
        allowSynchronousEvents: true,
      });
      // After opening, the close event follows every error and tells the channel.
      socket.on('error', () => undefined);
      socket.once('upgrade', (response) => response.socket.setKeepAlive(true, 15_000));
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        reject(new Error(`the relay answered with status ${response.statusCode}`));
        socket.terminate();
      });
      socket.once('error', (cause) => reject(new Error(cause.message.replaceAll(url, 'the relay'))));
      socket.once('open', () => resolve(new RelaySocket(socket, events)));
    });
  }

  /**
   * Sends terminal output. What arrives in one turn of the event loop leaves at its end, so the echo of a key stroke
   * waits for nothing; only when a lot has been sent lately do bytes wait up to 2 ms for company, so that a flood
   * travels in large frames. False when the relay is full: the source pauses until `drained`.
   */
  output(data: Buffer): boolean {
    if (this.pendingBytes + data.length > RELAY_FRAME_BYTES) this.flush();
    this.pending.push(data);
    this.pendingBytes += data.length;
    if (this.scheduled === 'no') {
      this.scheduled = this.isFlood() ? 'timer' : 'turn';
      if (this.scheduled === 'timer') setTimeout(this.onTime, FLOOD_WAIT_MS);
      else process.nextTick(this.onTime);
    }
    return !this.full;
  }

  send(message: JumpointRelayMessage | InjectionRequest): void {
    this.flush();
    if (this.isOpen) this.socket.send(JSON.stringify(message));
  }

  /** Says the last word and closes once everything has left. */
  finish(message: JumpointRelayMessage): void {
    this.flush();
    if (this.finished) return;
    this.finished = true;
    if (!this.isOpen) return;
    this.socket.resume();
    this.socket.send(JSON.stringify(message), () => this.socket.close(1000));
  }

  close(code: number, reason: string): void {
    if (this.finished) return;
    this.finished = true;
    this.socket.resume();
    this.socket.close(code, reason);
  }

  /** Stops and restarts `input`. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  private get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  private isFlood(): boolean {
    return this.lately - (performance.now() - this.latelyAt) * FLOOD_DRAIN > FLOOD_BYTES;
  }

  private readonly onTime = () => {
    this.scheduled = 'no';
    this.flush();
  };

  private flush(): void {
    if (!this.pendingBytes) return;
    const now = performance.now();
    this.lately = Math.max(0, this.lately - (now - this.latelyAt) * FLOOD_DRAIN) + this.pendingBytes;
    this.latelyAt = now;
    const [first] = this.pending;
    const data = this.pending.length === 1 && first ? first : Buffer.concat(this.pending, this.pendingBytes);
    this.pending = [];
    this.pendingBytes = 0;
    if (!this.isOpen) return;
    for (let start = 0; start < data.length; start += RELAY_FRAME_BYTES)
      this.socket.send(data.subarray(start, start + RELAY_FRAME_BYTES), this.onSent);
    // Only `onSent` says that there is room again: it tells the source, which may be paused by now.
    if (this.socket.bufferedAmount > RELAY_HIGH_WATER_BYTES) this.full = true;
  }

  private readonly onSent = () => {
    if (!this.full || this.socket.bufferedAmount > RELAY_HIGH_WATER_BYTES / 2) return;
    this.full = false;
    this.events.drained();
  };

  private receive(data: Buffer, isBinary: boolean): void {
    if (this.finished) return;
    if (isBinary) {
      this.events.input(data);
      return;
    }
    let message: ToJumpointRelayMessage;
    try {
      message = parseRelayMessageForJumpoint(data);
    } catch {
      this.close(1002, 'not the relay protocol');
      return;
    }
    this.events.message(message);
  }
}

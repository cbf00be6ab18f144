import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type Disbelief, type RadiusAnswer, type RadiusRequest, readAnswer } from './radius-packet.ts';

export interface RadiusAddress {
  address: string;
  port: number;
}

export type RadiusSilence =
  /** Nothing listens there. */
  | { kind: 'closed' }
  /** No answer in time. `ignored`: why packets that came were not believed. `from`: our own address. */
  | { kind: 'silent'; ignored: Disbelief | undefined; from: string }
  /** As many requests as a link carries wait already. */
  | { kind: 'busy' }
  | { kind: 'unreachable'; cause: Error };

export type RadiusOutcome = { kind: 'answer'; answer: RadiusAnswer } | RadiusSilence;

interface Waiting {
  request: RadiusRequest;
  secret: string;
  ignored: Disbelief | undefined;
  settle: (outcome: RadiusOutcome) => void;
}

/** Requests are told apart by one octet; some are left so that a number is not used again at once. */
const MOST_WAITING = 200;
const FIRST_REPEAT_MS = 1000;
const IDLE_MS = 30_000;

/**
 * One socket to one server, connected: the kernel takes packets from no other address or port and tells when nothing
 * listens. Opened when it is needed, with another source port each time; closed after half a minute of rest.
 */
export class RadiusLink {
  readonly #to: RadiusAddress;
  readonly #waiting = new Map<number, Waiting>();
  #socket: Promise<Socket> | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(to: RadiusAddress) {
    this.#to = to;
  }

  /** Sends a request, and the very same packet again after 1, 2, 4 ... seconds (RFC 5080), until the time is over. */
  async ask(
    encode: (identifier: number) => RadiusRequest,
    secret: string,
    milliseconds: number,
  ): Promise<RadiusOutcome> {
    if (this.#waiting.size >= MOST_WAITING) return { kind: 'busy' };
    clearTimeout(this.#idle);
    // Taken before anything is waited for, so that the bound holds.
    const request = encode(this.#freeIdentifier());
    const timers: NodeJS.Timeout[] = [];
    try {
      return await new Promise<RadiusOutcome>((resolve) => {
        const waiting: Waiting = { request, secret, ignored: undefined, settle: resolve };
        this.#waiting.set(request.identifier, waiting);
        this.#opened().then(
          (socket) => {
            const send = () => socket.send(request.packet, (error) => error && resolve(silenceOf(error)));
            const over = () =>
              resolve({ kind: 'silent', ignored: waiting.ignored, from: socket.address().address });
            timers.push(setTimeout(over, milliseconds));
            for (let at = FIRST_REPEAT_MS; at < milliseconds; at = at * 2 + FIRST_REPEAT_MS) {
              timers.push(setTimeout(send, at));
            }
            send();
          },
          (cause: Error) => resolve(silenceOf(cause)),
        );
      });
    } finally {
      for (const timer of timers) clearTimeout(timer);
      this.#waiting.delete(request.identifier);
      if (this.#waiting.size === 0) this.#idle = setTimeout(() => this.close(), IDLE_MS).unref();
    }
  }

  close(): void {
    clearTimeout(this.#idle);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.then((open) => open.close()).catch(() => undefined);
    for (const { settle } of this.#waiting.values()) settle({ kind: 'closed' });
  }

  /** Numbers are guessed as hard as one octet can be. */
  #freeIdentifier(): number {
    for (;;) {
      const identifier = randomInt(256);
      if (!this.#waiting.has(identifier)) return identifier;
    }
  }

  #opened(): Promise<Socket> {
    this.#socket ??= this.#open();
    return this.#socket;
  }

  async #open(): Promise<Socket> {
    const socket = createSocket(isIPv6(this.#to.address) ? 'udp6' : 'udp4');
    const forget = () => {
      this.#socket = undefined;
      socket.close();
    };
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.connect(this.#to.port, this.#to.address, () => {
          socket.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      forget();
      throw error;
    }
    socket.unref();
    socket.on('message', (bytes, from) => {
      if (from.port === this.#to.port) this.#received(bytes);
    });
    // A port that nothing listens on is told by ICMP, for the socket as a whole.
    socket.on('error', (error) => {
      forget();
      for (const { settle } of this.#waiting.values()) settle(silenceOf(error));
    });
    return socket;
  }

  #received(bytes: Buffer): void {
    const waiting = bytes.length < 2 ? undefined : this.#waiting.get(bytes[1]!);
    if (waiting === undefined) return;
    const read = readAnswer(bytes, waiting.request, waiting.secret);
    if (read.kind === 'answer') waiting.settle(read);
    // Whatever is not believed did not come: the true answer may follow.
    else waiting.ignored = read.why;
  }
}

function silenceOf(error: Error): RadiusSilence {
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
    ? { kind: 'closed' }
    : { kind: 'unreachable', cause: error };
}

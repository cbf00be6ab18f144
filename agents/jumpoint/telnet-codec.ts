import type { TerminalSize } from '../protocol.ts';

const IAC = 255;
const DONT = 254;
const DO = 253;
const WONT = 252;
const WILL = 251;
const SB = 250;
const NOP = 241;
const SE = 240;

const BINARY = 0;
const ECHO = 1;
const SUPPRESS_GO_AHEAD = 3;
const TIMING_MARK = 6;
const TERMINAL_TYPE = 24;
const WINDOW_SIZE = 31;
const NEW_ENVIRONMENT = 39;

const CR = 13;
const NUL = 0;
/** Longest sub-negotiation taken; servers send a few bytes. */
const MAX_SUBNEGOTIATION = 4096;

export const TELNET_NOP = Buffer.from([IAC, NOP]);

/** No control characters (they are syntax in RFC 1572), and no leading dash: servers hand the name to `login`. */
const SENDABLE_NAME = /^[^\p{Cc}-][^\p{Cc}]*$/u;

type State = 'data' | 'command' | 'option' | 'subnegotiation' | 'subnegotiation-command';

export interface TelnetClientOptions {
  /** Sent when the server asks (RFC 1091), e.g. `xterm`. */
  terminal: string;
  size: TerminalSize;
  /** Sent when the server asks for the environment (RFC 1572); empty sends none. */
  username: string;
}

/**
 * The client's half of Telnet (RFC 854): separates terminal bytes from negotiation, answers terminal type, window
 * size, echo, suppress-go-ahead, binary and user name, and refuses every other option. It offers nothing until the
 * server has negotiated first, so a plain TCP service sees no stray bytes.
 */
export class TelnetCodec {
  private state: State = 'data';
  private verb = 0;
  private subnegotiation: number[] = [];
  private afterReturn = false;
  private offered = false;
  /** Options the client performs, and options the server performs. */
  private readonly ours = new Set<number>();
  private readonly theirs = new Set<number>();
  private readonly options: TelnetClientOptions;
  private readonly reply: (bytes: Buffer) => void;

  /** `reply` sends bytes to the server at once. */
  constructor(options: TelnetClientOptions, reply: (bytes: Buffer) => void) {
    this.options = { ...options };
    this.reply = reply;
  }

  /** True while the server does not echo: what is typed must then be shown at this end (RFC 857). */
  get echoesHere(): boolean {
    return !this.theirs.has(ECHO);
  }

  /** Terminal bytes out of what the server sent; negotiation is answered on the way. */
  decode(input: Buffer): Buffer {
    if (this.state === 'data' && !this.afterReturn && !input.includes(IAC) && !input.includes(CR))
      return input;
    const output = Buffer.allocUnsafe(input.length);
    let length = 0;
    for (const byte of input) if (this.takes(byte)) output[length++] = byte;
    return output.subarray(0, length);
  }

  /** What goes to the server for typed bytes: IAC doubled, a lone CR followed by NUL (RFC 854) unless binary. */
  encode(input: Buffer): Buffer {
    const binary = this.ours.has(BINARY);
    const output: number[] = [];
    for (let index = 0; index < input.length; index++) {
      const byte = input[index]!;
      output.push(byte);
      if (byte === IAC) output.push(IAC);
      else if (byte === CR && !binary && input[index + 1] !== 10) output.push(NUL);
    }
    return Buffer.from(output);
  }

  resize(size: TerminalSize): void {
    this.options.size = size;
    if (this.ours.has(WINDOW_SIZE)) this.sendSize();
  }

  /** True when the byte belongs to the terminal. */
  private takes(byte: number): boolean {
    switch (this.state) {
      case 'data': {
        if (byte === IAC) {
          this.state = 'command';
          return false;
        }
        const padding = this.afterReturn && byte === NUL;
        this.afterReturn = byte === CR && !this.theirs.has(BINARY);
        return !padding;
      }
      case 'command':
        return this.command(byte);
      case 'option':
        this.state = 'data';
        this.negotiate(this.verb, byte);
        return false;
      case 'subnegotiation':
        if (byte === IAC) this.state = 'subnegotiation-command';
        else if (this.subnegotiation.length < MAX_SUBNEGOTIATION) this.subnegotiation.push(byte);
        return false;
      case 'subnegotiation-command':
        if (byte === IAC) {
          this.subnegotiation.push(IAC);
          this.state = 'subnegotiation';
        } else {
          this.state = 'data';
          if (byte === SE) this.answerSubnegotiation();
        }
        return false;
    }
  }

  private command(byte: number): boolean {
    if (byte === IAC) {
      this.state = 'data';
      return true;
    }
    if (byte === SB) {
      this.subnegotiation = [];
      this.state = 'subnegotiation';
    } else if (byte >= WILL && byte <= DONT) {
      this.verb = byte;
      this.state = 'option';
    } else {
      this.state = 'data';
    }
    return false;
  }

  private negotiate(verb: number, option: number): void {
    if (!this.offered) {
      this.offered = true;
      this.ours.add(WINDOW_SIZE);
      this.send(WILL, WINDOW_SIZE);
    }
    switch (verb) {
      case DO:
        if (option === TIMING_MARK) this.send(WILL, option);
        else if (!this.canPerform(option)) this.send(WONT, option);
        else this.perform(option);
        break;
      case DONT:
        if (this.ours.delete(option)) this.send(WONT, option);
        break;
      case WILL:
        if (option !== ECHO && option !== SUPPRESS_GO_AHEAD && option !== BINARY) this.send(DONT, option);
        else if (!this.theirs.has(option)) {
          this.theirs.add(option);
          this.send(DO, option);
        }
        break;
      case WONT:
        if (this.theirs.delete(option)) this.send(DONT, option);
        break;
    }
  }

  private canPerform(option: number): boolean {
    if (option === NEW_ENVIRONMENT) return SENDABLE_NAME.test(this.options.username);
    return [BINARY, SUPPRESS_GO_AHEAD, TERMINAL_TYPE, WINDOW_SIZE].includes(option);
  }

  private perform(option: number): void {
    if (!this.ours.has(option)) {
      this.ours.add(option);
      this.send(WILL, option);
    }
    if (option === WINDOW_SIZE) this.sendSize();
  }

  private answerSubnegotiation(): void {
    const [option, request] = this.subnegotiation;
    if (request !== 1) return;
    if (option === TERMINAL_TYPE && this.ours.has(TERMINAL_TYPE))
      this.sendSubnegotiation(TERMINAL_TYPE, [0, ...Buffer.from(this.options.terminal, 'latin1')]);
    // IS, VAR "USER", VALUE name.
    if (option === NEW_ENVIRONMENT && this.ours.has(NEW_ENVIRONMENT))
      this.sendSubnegotiation(NEW_ENVIRONMENT, [
        0,
        0,
        ...Buffer.from('USER', 'latin1'),
        1,
        ...Buffer.from(this.options.username, 'utf8'),
      ]);
  }

  private sendSize(): void {
    const { columns, rows } = this.options.size;
    this.sendSubnegotiation(WINDOW_SIZE, [columns >> 8, columns & 255, rows >> 8, rows & 255]);
  }

  private send(verb: number, option: number): void {
    this.reply(Buffer.from([IAC, verb, option]));
  }

  private sendSubnegotiation(option: number, bytes: number[]): void {
    const doubled = bytes.flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte]));
    this.reply(Buffer.from([IAC, SB, option, ...doubled, IAC, SE]));
  }
}

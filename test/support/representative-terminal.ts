import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { RELAY_SUBPROTOCOL } from '../../agents/protocol.ts';
import {
  type Prompt,
  type PromptAnswer,
  parseRelayMessageForRepresentative,
  type RepresentativeRelayMessage,
} from '../../agents/relay-protocol.ts';

type Message = ReturnType<typeof parseRelayMessageForRepresentative>;
type Of<T extends Message['t']> = Extract<Message, { t: T }>;

const PATIENCE_MS = 15_000;

/** A representative's end of a channel, as a browser or `bh` would be it. */
export class RepresentativeTerminal {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  output = '';
  outputBytes = 0;
  closeCode: number | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        this.outputBytes += data.length;
        this.output = (this.output + data.toString('utf8')).slice(-200_000);
      } else this.messages.push(parseRelayMessageForRepresentative(data));
    });
    socket.on('close', (code) => {
      this.closeCode = code;
    });
    socket.on('error', () => undefined);
  }

  static async dial(relayUrl: string, headers: Record<string, string> = {}): Promise<RepresentativeTerminal> {
    const socket = new WebSocket(relayUrl, RELAY_SUBPROTOCOL, {
      headers,
      perMessageDeflate: false,
      generateMask: (mask: Buffer) => mask.fill(0),
    } as WebSocket.ClientOptions);
    const terminal = new RepresentativeTerminal(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return terminal;
  }

  send(message: RepresentativeRelayMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  type(text: string): void {
    this.socket.send(Buffer.from(text));
  }

  answer(prompt: Prompt, answer: Omit<PromptAnswer, 't' | 'id'>): void {
    this.send({ t: 'answer', id: prompt.id, ...answer });
  }

  /** The oldest message of that kind that nobody has asked for yet. */
  async message<T extends Message['t']>(kind: T): Promise<Of<T>> {
    return await this.until(kind, () => {
      const index = this.messages.findIndex(({ t }) => t === kind);
      return index < 0 ? undefined : (this.messages.splice(index, 1)[0] as Of<T>);
    });
  }

  async connected(): Promise<void> {
    await this.until('the shell', () =>
      this.messages.some((message) => message.t === 'status' && message.state === 'connected')
        ? true
        : undefined,
    );
  }

  async shows(text: string | RegExp): Promise<string> {
    const pattern = typeof text === 'string' ? new RegExp(RegExp.escape?.(text) ?? text) : text;
    return await this.until(String(pattern), () => (pattern.test(this.output) ? this.output : undefined));
  }

  async closed(): Promise<number> {
    return await this.until('the socket to close', () => this.closeCode);
  }

  /** Signs in with a private key, saving the host key when asked. */
  async signInWithKey(privateKey: string): Promise<void> {
    for (;;) {
      const prompt = await this.until('a prompt or the shell', () => {
        const index = this.messages.findIndex(({ t }) => t === 'prompt' || t === 'refused');
        if (index >= 0) return this.messages.splice(index, 1)[0];
        return this.messages.some((one) => one.t === 'status' && one.state === 'connected')
          ? ('connected' as const)
          : undefined;
      });
      if (prompt === 'connected') return;
      if (prompt.t !== 'prompt') throw new Error(`Refused: ${JSON.stringify(prompt)}`);
      if (prompt.kind === 'host-key') this.answer(prompt, { choice: 'save' });
      else this.answer(prompt, { private_key: privateKey });
    }
  }

  async until<T>(what: string, find: () => T | undefined): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (Date.now() > deadline) {
        throw new Error(
          `Waited too long for ${what}.\nshown: ${JSON.stringify(this.output.slice(-500))}\nsaid: ${JSON.stringify(this.messages)}\nclosed: ${this.closeCode}`,
        );
      }
      await sleep(5);
    }
  }
}

import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import {
  type ChannelOpen,
  parseProgramControlMessage,
  type RefusedAddress,
  type ShellTarget,
} from '../../agents/control-protocol.ts';
import {
  ed25519FromSeed,
  newNonce,
  programSignatureIsValid,
  rawPublicKey,
  signAsServer,
} from '../../agents/handshake.ts';
import type { InjectionRequest } from '../../agents/injection-protocol.ts';
import { encodeEnrolmentToken, parseEnrolRequest } from '../../agents/protocol.ts';
import {
  type JumpointRelayMessage,
  type Prompt,
  type PromptAnswer,
  parseJumpointRelayMessage,
  type ToJumpointRelayMessage,
} from '../../agents/relay-protocol.ts';

import type { TaskMessage } from '../../agents/task-protocol.ts';

const PATIENCE_MS = 12_000;

/** The server's half of the Jumpoint protocols, as small as tests of the program need it. */
export class JumpointSite {
  private readonly server = createServer();
  private readonly sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  private readonly tokens = new Set<string>();
  private readonly keys = new Map<number, Buffer>();
  private readonly relays = new Map<string, (socket: WebSocket) => void>();
  private serverKey = ed25519FromSeed(randomBytes(32));
  private nextNode = 1;
  /** The control socket that proved itself last. */
  private program: WebSocket | undefined;
  private waiting: (() => void)[] = [];
  readonly taskMessages: TaskMessage[] = [];
  /** X25519, raw: of the program that enrolled last. */
  sealingKey: Buffer = Buffer.alloc(0);
  readonly refusals: { channel_id: string; reason: string }[] = [];
  connections = 0;
  refuse: RefusedAddress[] = [];
  urls: string[] = [];
  heartbeatSeconds = 30;
  url = '';

  static async start(port = 0): Promise<JumpointSite> {
    const site = new JumpointSite();
    site.listen();
    site.server.listen(port, '127.0.0.1');
    await once(site.server, 'listening');
    site.url = `http://127.0.0.1:${(site.server.address() as AddressInfo).port}`;
    return site;
  }

  get serverPublicKey(): string {
    return rawPublicKey(this.serverKey).toString('base64');
  }

  enrolmentToken(): string {
    const token = randomBytes(30).toString('base64url');
    this.tokens.add(token);
    return encodeEnrolmentToken({ url: this.url, token, server_key: this.serverPublicKey });
  }

  /** From here on another server answers at the same place. */
  changeServerKey(): void {
    this.serverKey = ed25519FromSeed(randomBytes(32));
  }

  /** The keys of every program are unknown from here on. */
  forgetPrograms(): void {
    this.keys.clear();
  }

  /** Becomes another process of the same site. */
  adopt(other: JumpointSite): void {
    this.serverKey = other.serverKey;
    for (const [id, key] of other.keys) this.keys.set(id, key);
  }

  /** The connection stays open but nothing on it is answered any more. */
  freezeProgram(): void {
    this.program?.pause();
  }

  async connected(): Promise<void> {
    while (this.program?.readyState !== WebSocket.OPEN)
      await within(new Promise<void>((resolve) => this.waiting.push(resolve)), 'the program to connect');
  }

  dropProgram(): void {
    this.program?.terminate();
    this.program = undefined;
  }

  /** Starts a Shell Jump and answers the representative's end of its relay. */
  async jump(target: Partial<ShellTarget>, more: Partial<ChannelOpen> = {}): Promise<RelayEnd> {
    await this.connected();
    const ticket = randomBytes(16).toString('hex');
    const joined = new Promise<WebSocket>((resolve) => this.relays.set(ticket, resolve));
    const open: ChannelOpen = {
      t: 'channel.open',
      channel_id: randomUUID(),
      lsid: randomBytes(16).toString('hex'),
      kind: 'terminal',
      relay_url: `${this.url.replace('http', 'ws')}/relay/${ticket}`,
      target: {
        protocol: 'ssh',
        hostname: '127.0.0.1',
        port: 22,
        username: '',
        terminal: 'xterm',
        keep_alive: 0,
        ...target,
      },
      size: { columns: 80, rows: 24 },
      access: { mode: 'open', ranges: [], provisioned: [] },
      ...more,
    };
    this.program?.send(JSON.stringify(open));
    return new RelayEnd(await within(joined, 'the program to join the relay'), open.channel_id);
  }

  /** Says anything to the program. */
  tell(message: unknown): void {
    this.program?.send(JSON.stringify(message));
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets.clients) socket.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private listen(): void {
    this.server.on('request', async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const body = parseEnrolRequest(JSON.parse(Buffer.concat(parts).toString()));
      response.setHeader('content-type', 'application/json');
      if (!this.tokens.delete(body.token)) {
        response.writeHead(401).end(JSON.stringify({ message: 'The enrolment token was used before.' }));
        return;
      }
      const id = this.nextNode++;
      this.keys.set(id, Buffer.from(body.identity_public_key, 'base64'));
      this.sealingKey = Buffer.from(body.sealing_public_key, 'base64');
      response.end(
        JSON.stringify({
          jumpoint_node_id: id,
          jumpoint_name: 'test',
          server_key: this.serverPublicKey,
          urls: [this.url, ...this.urls],
        }),
      );
    });
    this.server.on('upgrade', (request, socket, head) => {
      this.sockets.handleUpgrade(request, socket, head, (ws) => {
        const ticket = request.url?.split('/relay/')[1];
        if (ticket === undefined) this.control(ws);
        else this.relays.get(ticket)?.(ws);
      });
    });
  }

  private control(socket: WebSocket): void {
    const nonce = newNonce();
    socket.send(JSON.stringify({ t: 'challenge', nonce, node_id: randomUUID() }));
    socket.on('message', (data) => {
      const message = parseProgramControlMessage(data as Buffer);
      if (message.t === 'channel.refused') {
        this.refusals.push(message);
        return;
      }
      if (message.t !== 'hello') {
        this.taskMessages.push(message);
        return;
      }
      const key = this.keys.get(message.jumpoint_node_id);
      if (!key || !programSignatureIsValid('jumpoint', key, message.signature, nonce, message.nonce)) {
        socket.close(4401, 'unknown key');
        return;
      }
      this.connections++;
      this.program = socket;
      socket.send(
        JSON.stringify({
          t: 'welcome',
          signature: signAsServer('jumpoint', this.serverKey, message.nonce, nonce),
          heartbeat_seconds: this.heartbeatSeconds,
          urls: [this.url, ...this.urls],
          refuse: this.refuse,
        }),
      );
      for (const resolve of this.waiting.splice(0)) resolve();
    });
  }
}

type Waiter = { wants: () => unknown; resolve: (value: never) => void };

/** The representative's end of one channel. */
export class RelayEnd {
  readonly channelId: string;
  readonly messages: (JumpointRelayMessage | InjectionRequest)[] = [];
  output = '';
  outputBytes = 0;
  private readonly socket: WebSocket;
  private waiters: Waiter[] = [];
  private closed = false;

  constructor(socket: WebSocket, channelId: string) {
    this.socket = socket;
    this.channelId = channelId;
    socket.on('message', (data: RawData, isBinary) => {
      if (isBinary) {
        this.outputBytes += (data as Buffer).length;
        this.output = (this.output + (data as Buffer).toString('latin1')).slice(-1_000_000);
      } else this.messages.push(parseJumpointRelayMessage(data as Buffer));
      this.check();
    });
    socket.on('close', () => {
      this.closed = true;
      this.check();
    });
  }

  send(message: ToJumpointRelayMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  type(text: string): void {
    this.socket.send(Buffer.from(text, 'utf8'));
  }

  /** Waits until the program wants the credential. */
  wanted(): Promise<unknown> {
    return this.until('the credential to be wanted', () =>
      this.messages.find((message) => message.t === 'credential-wanted'),
    );
  }

  /** What the program told of the credential. */
  credentialUse(): Promise<Extract<InjectionRequest, { t: 'credential-used' }>> {
    return this.until('word of the credential', () =>
      this.messages.find((message) => message.t === 'credential-used'),
    );
  }

  resize(columns: number, rows: number): void {
    this.send({ t: 'resize', columns, rows });
  }

  /** The next question, oldest first. Fails when the jump is refused instead. */
  async prompt(): Promise<Prompt> {
    const found = await this.until('a prompt', () => {
      const index = this.messages.findIndex((message) => message.t === 'prompt' || message.t === 'refused');
      return index < 0 ? undefined : this.messages.splice(index, 1)[0];
    });
    if (found?.t !== 'prompt') throw new Error(`Refused instead of asked: ${JSON.stringify(found)}`);
    return found;
  }

  async answer(prompt: Prompt, answer: Omit<PromptAnswer, 't' | 'id'>): Promise<void> {
    this.send({ t: 'answer', id: prompt.id, ...answer });
  }

  connected(): Promise<unknown> {
    return this.until('the shell', () => {
      const refused = this.messages.find((message) => message.t === 'refused');
      if (refused) throw new Error(`Refused: ${JSON.stringify(refused)}`);
      return this.messages.find((message) => message.t === 'status' && message.state === 'connected');
    });
  }

  refused(): Promise<Extract<JumpointRelayMessage, { t: 'refused' }>> {
    return this.until('a refusal', () => this.messages.find((message) => message.t === 'refused'));
  }

  exit(): Promise<Extract<JumpointRelayMessage, { t: 'exit' }>> {
    return this.until('the exit', () => this.messages.find((message) => message.t === 'exit'));
  }

  /** Waits until the terminal has shown `pattern`. */
  shows(pattern: RegExp): Promise<RegExpExecArray> {
    return this.until(`${pattern}`, () => pattern.exec(this.output) ?? undefined);
  }

  ended(): Promise<true> {
    return this.until('the relay to close', () => this.closed || undefined);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(): void {
    this.socket.terminate();
  }

  async until<T>(what: string, wants: () => T | undefined): Promise<T> {
    const now = wants();
    if (now !== undefined) return now;
    const later = new Promise<T>((resolve) => this.waiters.push({ wants, resolve } as Waiter));
    return await within(
      later,
      what,
      () => `\nshown: ${JSON.stringify(this.output.slice(-500))}\nsaid: ${JSON.stringify(this.messages)}`,
    );
  }

  private check(): void {
    this.waiters = this.waiters.filter((waiter) => {
      const value = waiter.wants();
      if (value !== undefined) waiter.resolve(value as never);
      return value === undefined;
    });
  }
}

export async function within<T>(promise: Promise<T>, what: string, more = () => ''): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited too long for ${what}.${more()}`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

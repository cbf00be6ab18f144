import { type RawData, WebSocket } from 'ws';
import { newNonce, type ProgramKind, serverSignatureIsValid, signAsProgram } from './handshake.ts';
import type { ProgramIdentity } from './program-identity.ts';
import { type ServerDial, serverSocketOptions } from './server-dial.ts';

/** How long dialling and proving each other may take together. */
const HANDSHAKE_MS = 15_000;

export interface ConnectionEnd {
  /** A WebSocket close code; 1006 when the connection was lost. */
  code: number;
  reason: string;
}

export interface ServerConnectionSettings {
  kind: ProgramKind;
  /** `http:` or `https:`; the path below is the program's own. */
  url: string;
  path: string;
  subprotocol: string;
  /** Largest message in bytes. */
  maxPayload: number;
  identity: ProgramIdentity;
  dial: ServerDial;
  handshakeMs?: number | undefined;
}

/** The control connection of a program, from dialling to its end: who is who, heartbeats, good ends and bad ones. */
export abstract class ServerConnection {
  /** Resolves when the connection is over, however that came about. Never rejects. */
  readonly ended: Promise<ConnectionEnd>;
  private readonly socket: WebSocket;
  private readonly settings: ServerConnectionSettings;
  private readonly tooLate: NodeJS.Timeout;
  private nonces: { server: string; program: string } | undefined;
  private proved = false;
  private alive = true;
  private heartbeat: NodeJS.Timeout | undefined;
  private failure: string | undefined;

  constructor(settings: ServerConnectionSettings) {
    this.settings = settings;
    const address = new URL(settings.path, settings.url);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const options = serverSocketOptions(settings.dial, settings.maxPayload);
    this.socket = new WebSocket(address, settings.subprotocol, options);
    this.tooLate = setTimeout(
      () => this.fail('the server did not answer in time'),
      settings.handshakeMs ?? HANDSHAKE_MS,
    );
    this.ended = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        clearTimeout(this.tooLate);
        clearInterval(this.heartbeat);
        resolve({ code, reason: this.failure ?? (reason.toString() || 'the connection was lost') });
      });
    });
    this.socket.on('error', (cause) => {
      this.failure ??= cause.message;
    });
    this.socket.on('unexpected-response', (_request, response) => {
      response.resume();
      this.fail(`the server answered with status ${response.statusCode}`);
    });
    this.socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    this.socket.on('pong', () => {
      this.alive = true;
    });
    this.socket.on('ping', () => {
      this.alive = true;
    });
  }

  close(): void {
    this.socket.close(1001, 'the program stops');
    // A server that does not answer the close is not waited for.
    setTimeout(() => this.socket.terminate(), 2_000).unref();
  }

  /** One message of the server. What it throws ends the connection: the server does not speak the protocol. */
  protected abstract handle(data: Buffer): void;

  /** Whether the server has shown that it holds the pinned key. */
  protected get serverIsProved(): boolean {
    return this.proved;
  }

  protected sendText(text: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  /** The program's answer to the server's nonce: a nonce of its own and the signature over both. */
  protected answerChallenge(serverNonce: string): { nonce: string; signature: string } {
    if (this.nonces) throw new Error('a second challenge');
    const nonce = newNonce();
    this.nonces = { server: serverNonce, program: nonce };
    const { kind, identity } = this.settings;
    return { nonce, signature: signAsProgram(kind, identity.identityKey, serverNonce, nonce) };
  }

  /** True when the server holds the pinned key; heartbeats begin. False: the connection is over. */
  protected checkServer(signature: string, heartbeatSeconds: number): boolean {
    if (!this.nonces || this.proved) throw new Error('welcome out of turn');
    const { kind, identity } = this.settings;
    const pinned = Buffer.from(identity.serverKey, 'base64');
    if (!serverSignatureIsValid(kind, pinned, signature, this.nonces.program, this.nonces.server)) {
      this.fail('the server does not hold the key that was pinned at enrolment');
      return false;
    }
    this.proved = true;
    clearTimeout(this.tooLate);
    this.heartbeat = setInterval(() => this.beat(), heartbeatSeconds * 1000);
    return true;
  }

  private fail(reason: string): void {
    this.failure ??= reason;
    this.socket.terminate();
  }

  private receive(data: RawData, isBinary: boolean): void {
    this.alive = true;
    try {
      if (isBinary) throw new Error('a binary message');
      this.handle(data as Buffer);
    } catch (cause) {
      this.failure ??= `the server does not speak the protocol: ${(cause as Error).message}`;
      this.socket.close(1002, 'not the protocol');
    }
  }

  private beat(): void {
    if (!this.alive) {
      this.fail('the server no longer answers');
      return;
    }
    this.alive = false;
    this.socket.ping();
  }
}

import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import { newNonce, type ProgramKind, programSignatureIsValid } from '../../agents/handshake.ts';
import { ProtocolError } from '../../agents/wire-fields.ts';
import type { ServerIdentity } from './server-identity.ts';

const HANDSHAKE_MS = 10_000;

export interface ProgramConnectionSettings {
  kind: ProgramKind;
  identity: ServerIdentity;
  connectionId: string;
  /** Where the program dials from. */
  publicIp: string;
}

/** The control socket of a program, from the challenge to its end. */
export abstract class ProgramConnection {
  readonly connectionId: string;
  readonly publicIp: string;
  /** The enrolled program; 0 until it has proved its key. */
  programId = 0;
  /** This connection's part of the challenge. */
  protected readonly nonce = newNonce();
  protected readonly log: Logger;
  private readonly socket: WebSocket;
  private readonly settings: ProgramConnectionSettings;
  private readonly whenClosed: () => void;
  private alive = true;
  private tooLate: NodeJS.Timeout | undefined;

  constructor(
    socket: WebSocket,
    settings: ProgramConnectionSettings,
    { closed }: { closed(): void },
    log: Logger,
  ) {
    this.socket = socket;
    this.settings = settings;
    this.whenClosed = closed;
    this.log = log;
    this.connectionId = settings.connectionId;
    this.publicIp = settings.publicIp;
  }

  get isClosed(): boolean {
    return this.socket.readyState !== WebSocket.OPEN;
  }

  start(): void {
    this.tooLate = setTimeout(() => this.close(1002, 'no hello in time'), HANDSHAKE_MS);
    this.socket.on('close', () => {
      clearTimeout(this.tooLate);
      this.whenClosed();
    });
    this.socket.on('pong', () => {
      this.alive = true;
    });
    this.socket.on('message', (data: Buffer, isBinary: boolean) => this.receive(data, isBinary));
    this.socket.resume();
    this.challenge();
  }

  /** Sends a ping; a program that left the last one unanswered is cut off. */
  beat(): void {
    if (!this.alive) {
      this.socket.terminate();
      return;
    }
    this.alive = false;
    this.socket.ping();
  }

  /** Whether the program answers a ping within this time. */
  answers(milliseconds: number): Promise<boolean> {
    if (this.isClosed) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), milliseconds);
      const settle = (answer: boolean) => {
        clearTimeout(timer);
        resolve(answer);
      };
      this.socket.once('pong', () => settle(true));
      this.socket.once('close', () => settle(false));
      this.socket.ping('still there?');
    });
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
    // A program that does not answer the close is not waited for.
    setTimeout(() => this.socket.terminate(), 2_000).unref();
  }

  /** Sends the nonce. */
  protected abstract challenge(): void;

  /** One message. `ProtocolError` closes the connection: the program does not speak the protocol. */
  protected abstract handle(data: Buffer): void;

  protected sendText(text: string): void {
    if (!this.isClosed) this.socket.send(text);
  }

  /** Whether the holder of this key answered the challenge. */
  protected isSigned(identityPublicKey: Uint8Array, hello: { signature: string; nonce: string }): boolean {
    const { kind } = this.settings;
    return programSignatureIsValid(kind, identityPublicKey, hello.signature, this.nonce, hello.nonce);
  }

  /** The program has proved its key. Answers the proof that this is the server it pinned. */
  protected prove(programId: number, programNonce: string): string {
    clearTimeout(this.tooLate);
    this.programId = programId;
    return this.settings.identity.prove(this.settings.kind, programNonce, this.nonce);
  }

  private receive(data: Buffer, isBinary: boolean): void {
    this.alive = true;
    try {
      if (isBinary) throw new ProtocolError('A binary message is not part of the protocol.');
      this.handle(data);
    } catch (err) {
      const { kind } = this.settings;
      this.log.warn({ err, kind, program_id: this.programId }, 'a program does not speak the protocol');
      this.close(1002, 'not the protocol');
    }
  }
}

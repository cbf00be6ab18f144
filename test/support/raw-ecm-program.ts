import { once } from 'node:events';
import { WebSocket } from 'ws';
import {
  ECM_PATH,
  ECM_SUBPROTOCOL,
  type EcmServerMessage,
  ecmProgramText,
  parseEcmServerMessage,
} from '../../agents/ecm-protocol.ts';
import { newNonce, type ProgramKind, signAsProgram } from '../../agents/handshake.ts';
import type { EcmIdentity } from '../../ecm/program/ecm-identity.ts';
import { within } from './jumpoint-site.ts';
import { pluginInfo } from './scripted-ecm.ts';

/** An ECM host that says whatever a test wants, byte for byte. */
export class RawEcmProgram {
  readonly messages: EcmServerMessage[] = [];
  readonly closed: Promise<number>;
  private readonly socket: WebSocket;
  private nextRead = 0;
  private wake: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      this.messages.push(parseEcmServerMessage(data));
      this.wake();
    });
    this.closed = once(socket, 'close').then(([code]) => code as number);
  }

  static async dial(url: string): Promise<RawEcmProgram> {
    const address = new URL(ECM_PATH, url.replace('http', 'ws'));
    const program = new RawEcmProgram(new WebSocket(address, ECM_SUBPROTOCOL));
    await once(program.socket, 'open');
    return program;
  }

  /** The next message of the server, oldest first. */
  async next(): Promise<EcmServerMessage> {
    while (this.messages.length <= this.nextRead) {
      await within(new Promise<void>((resolve) => (this.wake = resolve)), 'a message of the server');
    }
    return this.messages[this.nextRead++]!;
  }

  say(text: string | Buffer): void {
    this.socket.send(text);
  }

  /** Answers the challenge, with a signature for another kind of program or by another key where that is wanted. */
  async hello(
    identity: Pick<EcmIdentity, 'ecmHostId' | 'identityKey'>,
    kind: ProgramKind = 'ecm',
  ): Promise<void> {
    const challenge = await this.next();
    if (challenge.t !== 'challenge') throw new Error(`No challenge but ${challenge.t}.`);
    const nonce = newNonce();
    this.say(
      ecmProgramText({
        t: 'hello',
        ecm_host_id: identity.ecmHostId,
        nonce,
        signature: signAsProgram(kind, identity.identityKey, challenge.nonce, nonce),
        version: 'raw',
        hostname: 'raw',
        private_ip: '127.0.0.1',
        plugins: [pluginInfo()],
      }),
    );
  }

  end(): void {
    this.socket.terminate();
  }
}

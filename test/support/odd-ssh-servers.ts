import ssh2 from 'ssh2';
import protocolUtils from 'ssh2/lib/protocol/utils.js';
import { sshStrings } from '../../appliance/ssh/ssh-wire.ts';

/** A target that does as it likes with whoever signs in. */
export async function liar(
  hostKey: string,
  signIn: (context: ssh2.AuthContext, client: ssh2.Connection) => void,
): Promise<{ port: number; stop(): void }> {
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => signIn(context, client));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { port: (server.address() as { port: number }).port, stop: () => server.close() };
}

interface PacketSender {
  _packetRW: {
    write: { allocStart: number; alloc(bytes: number): Buffer; finalize(packet: Buffer): unknown };
  };
}

/** The library's servers have one banner each. */
export function sendBanners(client: unknown, count: number): void {
  const protocol = (client as { _protocol: PacketSender })._protocol;
  const { write } = protocol._packetRW;
  const banner = Buffer.concat([Buffer.of(53), sshStrings(['flood', ''])]);
  for (let sent = 0; sent < count; sent++) {
    const packet = write.alloc(banner.length);
    packet.set(banner, write.allocStart);
    protocolUtils.sendPacket(protocol, write.finalize(packet));
  }
}

/** A server that wants a password and then a code, in two rounds. */
export async function codeServer(hostKey: string): Promise<{ port: number; heard: string[]; stop(): void }> {
  const heard: string[] = [];
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      if (context.method !== 'keyboard-interactive') {
        context.reject(['keyboard-interactive']);
        return;
      }
      context.prompt([{ prompt: 'Password: ', echo: false }], '', '', (password) => {
        context.prompt([{ prompt: 'Code: ', echo: true }], '', '', (code) => {
          heard.push(...password, ...code);
          context.accept();
        });
      });
    });
    client.on('session', (accept) => {
      const session = accept();
      session.on('pty', (acceptPty) => acceptPty());
      session.on('shell', (acceptShell) => acceptShell().write('welcome\r\n'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { port: (server.address() as { port: number }).port, heard, stop: () => server.close() };
}

/** A server that writes down every attempt to sign in. */
export async function recordingServer(
  hostKey: string,
): Promise<{ port: number; attempts: string[]; stop(): void }> {
  const attempts: string[] = [];
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      attempts.push(context.method);
      context.reject(['password', 'keyboard-interactive', 'publickey']);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { port: (server.address() as { port: number }).port, attempts, stop: () => server.close() };
}

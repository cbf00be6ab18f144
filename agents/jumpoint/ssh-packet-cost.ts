import { createSecretKey } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Client } from 'ssh2';

/**
 * The SSH library writes each packet in three pieces (length, data, tag). On a socket without delay every piece is a
 * system call and a segment of its own; held back to the end of the turn they leave as one.
 */
export function joinWrites(socket: Socket): void {
  const write = socket.write;
  let corked = false;
  const uncork = () => {
    corked = false;
    socket.uncork();
  };
  socket.write = function joined(this: Socket, ...parameters: Parameters<Socket['write']>): boolean {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(uncork);
    }
    return write.apply(socket, parameters);
  } as Socket['write'];
}

const KEY_MEMBERS = ['_encKey', '_decipherKey', '_macKey'];

/**
 * The library makes a cipher for every packet out of raw key bytes, which costs Node 24 about 11 microseconds more than
 * out of a key object: a third of all work under load. The keys sit in private members; where a later version keeps
 * them elsewhere nothing happens but that the time is spent again.
 */
export function wrapKeysOnce(client: Client): void {
  client.on('handshake', () => {
    const protocol = (client as unknown as { _protocol?: Record<string, unknown> })._protocol;
    for (const half of [protocol?._cipher, protocol?._decipher]) {
      if (typeof half !== 'object' || half === null) continue;
      const members = half as Record<string, unknown>;
      for (const name of KEY_MEMBERS) {
        const key = members[name];
        if (Buffer.isBuffer(key)) members[name] = createSecretKey(key);
      }
    }
  });
}

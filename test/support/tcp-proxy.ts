import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut, as a network can. */
export interface TcpProxy {
  port: number;
  /** Ends every connection without a word. */
  cut(): void;
  /** While it is false, new connections are cut at once. */
  open: boolean;
  /** Lets this many more connections through and is not open then, so that what needs one more is broken off for sure. */
  closeAfter(connections: number): void;
  /** How many have come so far. */
  connections: number;
  stop(): Promise<void>;
}

/** `target` is asked at each connection, so that the proxy may be there before the server. */
export async function tcpProxy(target: () => number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let left = Number.POSITIVE_INFINITY;
  const server = createServer((near) => {
    if (left-- === 0) proxy.open = false;
    proxy.connections += 1;
    if (!proxy.open) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target(), '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    cut,
    open: true,
    closeAfter: (connections) => {
      left = connections;
    },
    connections: 0,
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

import { createServer as plainServer, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { selfSignedCertificate } from '../../integrations/files/self-signed-certificate.ts';

export interface TestHttpServer {
  port: number;
  /** PEM; its own authority. Empty for plain HTTP. */
  certificate: string;
  /** Connections that were opened so far. */
  connections(): number;
  stop(): Promise<void>;
}

/** A web server on loopback that answers as a test wants, by TLS with a certificate for these names. */
export async function httpsServer(names: string[], listener: RequestListener): Promise<TestHttpServer> {
  const { cert, key } = selfSignedCertificate(names, 2);
  return await listening(createServer({ cert, key }, listener), cert);
}

export async function httpServer(listener: RequestListener): Promise<TestHttpServer> {
  return await listening(plainServer(listener), '');
}

async function listening(
  server: ReturnType<typeof createServer> | ReturnType<typeof plainServer>,
  certificate: string,
): Promise<TestHttpServer> {
  const open = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    certificate,
    connections: () => connections,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

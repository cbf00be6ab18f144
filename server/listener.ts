import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { CertificateSource } from '../api/tls.ts';
import type { Config } from '../config.ts';
import { certificateFiles, selfSigned } from '../integrations/files/tls-certificate.ts';

/** What the settings say about TLS; undefined: none. */
export function certificateOf(config: Config): CertificateSource | undefined {
  const { tls } = config;
  if (tls.mode === 'off') return undefined;
  if (tls.mode === 'files') return certificateFiles(tls.certificate, tls.key);
  const named = [new URL(config.publicUrl), new URL(config.nodeUrl)].map(({ hostname }) =>
    hostname.replace(/^\[|\]$/g, ''),
  );
  return selfSigned(join(config.dataDir, 'tls'), [...new Set([...named, 'localhost', '127.0.0.1', '::1'])]);
}

/** Listens where the settings say, and answers the URL. Fails as the system does, e.g. when the port is taken. */
export async function listen(server: Server, config: Config, log: Logger): Promise<string> {
  const { host, port } = config.listen;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4096 }, () => resolve());
  });
  // Later on this is a connection that could not be accepted, e.g. for want of memory.
  server.on('error', (err) => log.error({ err }, 'a connection could not be accepted'));
  const address = server.address() as AddressInfo;
  const scheme = config.tls.mode === 'off' ? 'http' : 'https';
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

const STOP_PATIENCE_MS = 10_000;

/** Takes no more connections and waits for the requests under way, but not for ever. */
export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const patience = setTimeout(() => server.closeAllConnections(), STOP_PATIENCE_MS);
    server.close(() => {
      clearTimeout(patience);
      resolve();
    });
    server.closeIdleConnections();
  });
}

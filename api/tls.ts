import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createSecureContext } from 'node:tls';

/** Where the server's certificate comes from. */
export interface CertificateSource {
  /** Certificate chain and private key (PEM) as they are now. Fails when they cannot be read. */
  read(): { cert: string; key: string };
  /** Calls back after a change, as long as the function it answers is not called. */
  watch(changed: () => void): () => void;
}

export interface WebServer {
  server: HttpServer;
  /**
   * Reads the certificate again; new connections get it, running ones keep theirs. When certificate and key cannot be
   * used (one of them not yet replaced, for instance) the server keeps those it has and says so in the log.
   */
  reloadCertificate(): void;
}

/** Kerberos tickets name every group of their user and travel in one header; 16 KB, the usual limit, is too little. */
const LONGEST_HEADERS = 64 * 1024;

interface Log {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** An HTTP server, or an HTTPS server when there is a certificate. */
export function createWebServer(
  app: RequestListener,
  certificate: CertificateSource | undefined,
  log: Log,
): WebServer {
  if (certificate === undefined) {
    return { server: createHttpServer({ maxHeaderSize: LONGEST_HEADERS }, app), reloadCertificate() {} };
  }
  let current = certificate.read();
  const server = createHttpsServer(
    { ...current, minVersion: 'TLSv1.2', maxHeaderSize: LONGEST_HEADERS },
    app,
  );
  const reloadCertificate = () => {
    try {
      const fresh = certificate.read();
      if (fresh.cert === current.cert && fresh.key === current.key) return;
      // Checks that the key belongs to the certificate before the server takes either.
      createSecureContext(fresh);
      server.setSecureContext({ ...fresh, minVersion: 'TLSv1.2' });
      current = fresh;
      log.info({}, 'TLS certificate reloaded');
    } catch (error) {
      log.error({ err: error }, 'the new TLS certificate cannot be used; the old one stays');
    }
  };
  const stopWatching = certificate.watch(reloadCertificate);
  server.once('close', stopWatching);
  return { server, reloadCertificate };
}

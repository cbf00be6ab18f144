import type { ClientOptions } from 'ws';

/** How a program trusts the server's certificate, beside the authorities the system knows. */
export interface ServerTls {
  /** PEM of further certificate authorities, e.g. the server's own certificate when it is self-signed. */
  ca?: string;
}

/**
 * Options of every socket a program dials to the server. Masking protects intermediaries from browsers' scripts only;
 * a zero mask costs nothing and is skipped at both ends. Compression would cost more than it saves on terminals.
 */
export function serverSocketOptions(tls: ServerTls | undefined, maxPayload: number): ClientOptions {
  return {
    perMessageDeflate: false,
    generateMask: (mask) => mask.fill(0),
    maxPayload,
    handshakeTimeout: 10_000,
    ...tls,
  };
}

import { rootCertificates } from 'node:tls';
import type { ClientOptions } from 'ws';

/** How a program reaches and trusts its server. */
export interface ServerDial {
  /** PEM of a certificate authority to trust beside those the system knows. */
  ca?: string;
  /**
   * The server is this program's own parent process, dialled by address: the name to ask for. Its certificate names
   * somebody else's way to it, so it is not compared; the challenge with the pinned key says who it is.
   */
  parentHost?: string;
}

interface TrustOptions {
  ca?: string[];
  rejectUnauthorized?: boolean;
  headers?: { host: string };
}

/** Options of the request that enrols. */
export function serverRequestOptions(dial: ServerDial): TrustOptions {
  return {
    ...(dial.ca ? { ca: [...rootCertificates, dial.ca] } : {}),
    ...(dial.parentHost ? { rejectUnauthorized: false, headers: { host: dial.parentHost } } : {}),
  };
}

/**
 * Options of every socket a program dials to the server. Masking protects intermediaries from browsers' scripts only;
 * a zero mask costs nothing and is skipped at both ends. Compression would cost more than it saves on terminals.
 */
export function serverSocketOptions(dial: ServerDial, maxPayload: number): ClientOptions {
  return {
    ...serverRequestOptions(dial),
    perMessageDeflate: false,
    generateMask: (mask) => mask.fill(0),
    maxPayload,
    handshakeTimeout: 10_000,
  };
}

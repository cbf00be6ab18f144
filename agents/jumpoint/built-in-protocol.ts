/** What server and built-in program tell each other over the child's IPC channel. */
export type ToBuiltIn =
  | {
      t: 'start';
      stateDir: string;
      /** Where the child reaches its own server. */
      url: string;
      /** The server's public key, base64; an identity pinned to another one is made anew. */
      serverKey: string;
      /** The host name the server goes by. */
      host: string;
      logLevel: string;
    }
  | { t: 'enrolment-token'; token: string };

export type FromBuiltIn = { t: 'enrolment-token-needed' } | { t: 'connected' };

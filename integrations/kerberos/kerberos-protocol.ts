/** What the server asks of its Kerberos process. Keytabs and answers are Base64. */
export type KerberosQuestion =
  /** Whether the native module can be used. */
  | { ask: 'available' }
  /** Judges a token with the keys of this keytab alone. */
  | { ask: 'accept'; keytab: string; token: string }
  /** Gets a ticket from the realm with the service's own key and judges it: the whole way without a person. */
  | { ask: 'round_trip'; keytab: string; principal: string; service: string }
  /** Whether the realm takes the password. Proves nothing to us: whoever answers may be anybody. */
  | { ask: 'password'; principal: string; password: string }
  /** Whether a pattern of the settings matches. */
  | { ask: 'match'; pattern: string; text: string };

export type KerberosReply =
  | { reply: 'available' }
  | { reply: 'accepted'; principal: string; service: string; token: string }
  | { reply: 'done' }
  | { reply: 'matched'; matches: boolean }
  /** The words of the Kerberos library. */
  | { reply: 'failed'; message: string }
  /** The native module is missing. */
  | { reply: 'missing'; message: string };

/** Both are numbered, so that a late answer is not taken for another. */
export type NumberedQuestion = { id: number } & KerberosQuestion;
export type NumberedReply = { id: number } & KerberosReply;

/** A call of the appliance to a system that an administrator named. */
export interface OutboundRequest {
  method: 'GET' | 'POST';
  /** `https:` or `http:`, without user name and password. */
  url: string;
  headers?: Record<string, string>;
  body?: string;
  /** For everything together: name, connection, answer. */
  timeoutMs: number;
  maxAnswerBytes: number;
  /** PEM; trusted beside the certificate authorities that everybody trusts. Certificates are always checked. */
  caCertificates?: string | undefined;
}

export interface OutboundAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Buffer;
}

export type OutboundProblem =
  /** The URL cannot be called at all. */
  | 'bad_url'
  /** The name has no address. */
  | 'unknown_host'
  /** The address is private, and no setting lists it. */
  | 'address_refused'
  | 'unreachable'
  /** The certificate is not trusted, or not for this name. */
  | 'certificate_refused'
  | 'timed_out'
  | 'redirected'
  | 'too_large';

/** Why there was no answer. The message is for people and names no secret. */
export class OutboundFailure extends Error {
  readonly problem: OutboundProblem;

  constructor(problem: OutboundProblem, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'OutboundFailure';
    this.problem = problem;
  }
}

/**
 * The one way out for web hooks, ticket checks and the like. The name is resolved once and the connection goes to that
 * very address; private addresses are refused unless the site setting `outbound_private_ranges` lists them; redirects
 * are not followed.
 */
export interface OutboundHttp {
  /** Any status below 300 or from 400 on is an answer. Fails with OutboundFailure. */
  send(request: OutboundRequest): Promise<OutboundAnswer>;
}

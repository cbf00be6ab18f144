/** Where in the course of a conversation it went wrong; also the step a trace shows. */
export type LdapStage = 'attributes' | 'settings' | 'resolve' | 'connect' | 'tls' | 'bind' | 'search';

/** What went wrong, told so that a person who has never seen it knows what to do. */
export class LdapFailure extends Error {
  readonly stage: LdapStage;
  /** A stable word for it, e.g. `certificate_expired`. */
  readonly kind: string;
  readonly advice: string;
  /** Another server of the provider may well answer. */
  readonly elsewhere: boolean;

  constructor(
    stage: LdapStage,
    kind: string,
    message: string,
    advice: string,
    options: { elsewhere?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LdapFailure';
    this.stage = stage;
    this.kind = kind;
    this.advice = advice;
    this.elsewhere = options.elsewhere ?? false;
  }
}

/** A result other than success (RFC 4511, 4.1.9). */
export class LdapResultError extends Error {
  readonly code: number;
  /** The nearest entry above the one asked for that the server has. */
  readonly matchedDn: string;
  /** The server's own words. */
  readonly diagnostic: string;

  constructor(code: number, matchedDn: string, diagnostic: string) {
    super(`LDAP result ${code}: ${diagnostic}`);
    this.name = 'LdapResultError';
    this.code = code;
    this.matchedDn = matchedDn;
    this.diagnostic = diagnostic.replace(/\0+$/, '').trim();
  }
}

export const RESULT = {
  operationsError: 1,
  protocolError: 2,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  authMethodNotSupported: 7,
  strongAuthRequired: 8,
  referral: 10,
  adminLimitExceeded: 11,
  unavailableCriticalExtension: 12,
  confidentialityRequired: 13,
  noSuchObject: 32,
  invalidDnSyntax: 34,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  busy: 51,
  unavailable: 52,
  unwillingToPerform: 53,
} as const;

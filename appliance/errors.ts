/**
 * The short, closed list of ways a call can fail. Callers act on the code; people read the message;
 * the cause goes to the log only.
 */
export type ErrorCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'precondition_failed'
  | 'rate_limited'
  | 'unavailable'
  | 'not_implemented';

/** Field name (as on the wire) to what is wrong with it, one or more sentences. */
export type FieldErrors = Record<string, string[]>;

export interface ErrorDetails {
  /** What is wrong with each field, for forms and for the contract's `errors` member. */
  fields?: FieldErrors;
  /** Machine-readable facts beside the message, e.g. `{ next_allowed: '2026-01-05T08:00:00+00:00' }`. */
  facts?: Record<string, unknown>;
  cause?: unknown;
}

/** The only error a service, rule or adapter throws on purpose. Anything else becomes an opaque 500. */
export class ApplianceError extends Error {
  readonly code: ErrorCode;
  readonly fields: FieldErrors | undefined;
  readonly facts: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ApplianceError';
    this.code = code;
    this.fields = details.fields;
    this.facts = details.facts;
  }
}

/** A request that names one bad field. The field's sentence is also the message. */
export function invalidField(field: string, sentence: string): ApplianceError {
  return new ApplianceError('invalid', sentence, { fields: { [field]: [sentence] } });
}

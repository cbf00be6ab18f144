import type { ErrorCode } from '../appliance/errors.ts';

/** Leaving a code out does not compile. */
export const STATUS: Record<ErrorCode, number> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  rate_limited: 429,
  unavailable: 503,
  not_implemented: 501,
};

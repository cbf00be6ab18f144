import type { Response } from 'express';
import type { ApplianceError } from '../../appliance/errors.ts';

/** Sends the `retry_after` of a `rate_limited` failure along as the header that clients look for. */
export function setRetryAfter(error: ApplianceError, res: Response): void {
  const seconds = error.facts?.retry_after;
  if (typeof seconds === 'number') res.set('Retry-After', String(seconds));
}

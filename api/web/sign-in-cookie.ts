import type { IncomingMessage } from 'node:http';
import type { CookieOptions, Response } from 'express';
import { cookieOf } from '../access/session-cookie.ts';

/** Each attempt has a cookie of its own, so that two tabs can sign in at once. */
function nameOf(attemptId: string): string {
  return `bridgehead_sign_in_${attemptId.slice(0, 8)}`;
}

/**
 * `Lax`: the browser comes back to our own page by a navigation, and the request that finishes the attempt is made by
 * that page. Only that request gets to see the cookie.
 */
function optionsOf(secure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure, path: '/api/config/v1/sign-in' };
}

export function setAttemptCookie(
  res: Response,
  attempt: { attemptId: string; secret: string; expiresAt: Date },
  secure: boolean,
): void {
  res.cookie(nameOf(attempt.attemptId), attempt.secret, { ...optionsOf(secure), expires: attempt.expiresAt });
}

export function attemptSecretOf(
  req: Pick<IncomingMessage, 'headers'>,
  attemptId: string,
): string | undefined {
  return cookieOf(req, nameOf(attemptId));
}

export function clearAttemptCookie(res: Response, attemptId: string, secure: boolean): void {
  res.clearCookie(nameOf(attemptId), optionsOf(secure));
}

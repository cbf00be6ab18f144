import type { IncomingMessage } from 'node:http';
import type { CookieOptions } from 'express';

export const SESSION_COOKIE = 'bridgehead_session';

/** The secret of the browser session, or undefined. */
export function sessionCookieOf(req: Pick<IncomingMessage, 'headers'>): string | undefined {
  return cookieOf(req, SESSION_COOKIE);
}

export function cookieOf(req: Pick<IncomingMessage, 'headers'>, wanted: string): string | undefined {
  for (const part of req.headers.cookie?.split(';') ?? []) {
    const [name, value] = part.split('=', 2);
    if (name?.trim() === wanted) return value?.trim();
  }
  return undefined;
}

/**
 * `Lax`, not `Strict`: a link in a ticket that opens the console must find the person signed in. Writes are guarded
 * by the origin check, and a GET authorised by cookie starts nothing.
 */
export function sessionCookieOptions(secure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure, path: '/' };
}

import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';
import { KNOWN_DEVICE_DAYS, type KnownDevices } from '../../appliance/access/known-devices.ts';
import { cookieOf } from '../access/session-cookie.ts';

const DEVICE_COOKIE = 'bridgehead_device';

/** What tells a browser in which somebody has signed in before. It lets nobody in. */
export function deviceCookieOf(req: Pick<IncomingMessage, 'headers'>): string | undefined {
  return cookieOf(req, DEVICE_COOKIE);
}

/** After a sign-in: this browser is known for this person from now on. Only sign-ins get to see the cookie. */
export function rememberDevice(
  req: Pick<IncomingMessage, 'headers'>,
  res: Response,
  { devices, secureCookies }: { devices: KnownDevices; secureCookies: boolean },
  userId: number,
): void {
  res.cookie(DEVICE_COOKIE, devices.remember(deviceCookieOf(req), userId), {
    httpOnly: true,
    sameSite: 'lax',
    secure: secureCookies,
    path: '/api/config/v1/sign-in',
    maxAge: KNOWN_DEVICE_DAYS * 86_400_000,
  });
}

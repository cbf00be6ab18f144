import type { TOTP } from 'otpauth';

/**
 * A code that is good now and was not used when the one of this moment was. The server takes the one before and the one
 * after as well, so neither this nor the one of the moment gets too old on its way, however slow that is.
 */
export function codeAfter(totp: TOTP): string {
  return totp.generate({ timestamp: Date.now() + totp.period * 1000 });
}

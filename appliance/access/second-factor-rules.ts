import { randomBytes } from 'node:crypto';
import type { SecurityProvider } from '../directory/security-provider.ts';
import { hashSecret } from '../secrets.ts';
import { RECOVERY_CODES, type SecondFactorState } from './second-factor.ts';
import type { SignInMethod } from './sign-in-attempt.ts';

const FACTORS: readonly SignInMethod[] = ['totp', 'passkey', 'recovery_code'];
/** Providers that see to a second factor themselves, unless they are set up to leave it to the appliance. */
const ASK_THEMSELVES: readonly SignInMethod[] = ['saml', 'oidc'];

/**
 * Whether a sign-in by these ways has proven no second factor and its provider did not see to one itself. The
 * authenticator judges living credentials by the same rule (`secondFactorOpen`).
 */
export function isSecondFactorOpen(
  methods: readonly SignInMethod[],
  provider: Pick<SecurityProvider, 'settings'> | undefined,
): boolean {
  if (methods.some((method) => FACTORS.includes(method))) return false;
  const elsewhere = methods.some((method) => ASK_THEMSELVES.includes(method));
  return !elsewhere || provider?.settings['require_second_factor'] === true;
}

/** So many wrong codes are taken for mistakes; each further one doubles the time the factor stays closed. */
const FREE_FAILURES = 5;
const LONGEST_LOCKOUT_MINUTES = 24 * 60;
const FORGOTTEN_AFTER_DAYS = 7;

/**
 * How long authenticator codes are refused after so many wrong ones, in minutes. Only somebody who has passed the
 * password gets to try, so strangers lock nobody out; whoever knows the password has a few hundred
 * guesses a year, of a million. A right code does not set the count back, or every sign-in of its owner
 * would hand out new guesses. Passkeys and recovery codes cannot be guessed and stay open.
 */
export function lockoutMinutes(failures: number): number {
  if (failures < FREE_FAILURES) return 0;
  return Math.min(2 ** (failures - FREE_FAILURES), LONGEST_LOCKOUT_MINUTES);
}

/** The state after one more wrong code. A week without any forgets them. */
export function afterWrongCode(state: SecondFactorState, now: Date): SecondFactorState {
  const last = state.lastFailedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  const forgotten = now.getTime() - last > FORGOTTEN_AFTER_DAYS * 24 * 3_600_000;
  const failures = (forgotten ? 0 : state.failures) + 1;
  const minutes = lockoutMinutes(failures);
  return {
    ...state,
    failures,
    lastFailedAt: now,
    lockedUntil: minutes === 0 ? null : new Date(now.getTime() + minutes * 60_000),
  };
}

export function isLocked({ lockedUntil }: SecondFactorState, now: Date): boolean {
  return lockedUntil !== null && lockedUntil > now;
}

/** Digits as apps show them, with blanks between or not; undefined for anything else. */
export function totpCodeIn(text: string): string | undefined {
  const code = text.replace(/[\s-]/g, '');
  return /^[0-9]{6}$/.test(code) ? code : undefined;
}

/** 32 letters and digits that nobody takes for one another. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const CODE_LENGTH = 16;

/** Ten codes of 80 random bits each, in groups of four. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const letters = Array.from(randomBytes(CODE_LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
    return letters.match(/.{4}/g)!.join('-');
  });
}

/** What is kept of a code: typed with or without dashes, in capitals, with O for 0 or I for 1. */
export function recoveryCodeHash(userId: number, code: string): Buffer {
  const letters = code
    .toLowerCase()
    .replace(/[^0-9a-z]/g, '')
    .replace(/o/g, '0')
    .replace(/[il]/g, '1');
  return hashSecret(`recovery code of ${userId}: ${letters}`);
}

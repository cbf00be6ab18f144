import { describe, expect, it } from 'vitest';
import type { SecondFactorState } from '../../../appliance/access/second-factor.ts';
import {
  afterWrongCode,
  isLocked,
  isSecondFactorOpen,
  lockoutMinutes,
  newRecoveryCodes,
  recoveryCodeHash,
  totpCodeIn,
} from '../../../appliance/access/second-factor-rules.ts';
import { otpauthTotpCodes } from '../../../integrations/otp/otpauth-totp-codes.ts';

const NOON = new Date('2026-03-02T12:00:00Z');
const later = (minutes: number) => new Date(NOON.getTime() + minutes * 60_000);

const NEW: SecondFactorState = {
  userId: 7,
  passkeyHandle: Buffer.alloc(32),
  totpConfirmedAt: NOON,
  totpLastUsedAt: null,
  totpLastStep: 0,
  totpBegunAt: null,
  failures: 0,
  lastFailedAt: null,
  lockedUntil: null,
};

describe('codes of an authenticator app', () => {
  // RFC 6238, appendix B: the last six digits of the SHA-1 column.
  const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  it.each([
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
  ])('at second %d are those of RFC 6238', (second, code) => {
    const step = Math.floor(second / 30);
    const at = (seconds: number) => new Date((second + seconds) * 1000);
    expect(otpauthTotpCodes.stepOf(SECRET, code, at(0))).toBe(step);
    expect(otpauthTotpCodes.stepOf(SECRET, code, at(30))).toBe(step);
    expect(otpauthTotpCodes.stepOf(SECRET, code, at(-30))).toBe(step);
    expect(otpauthTotpCodes.stepOf(SECRET, code, at(60))).toBeUndefined();
    expect(otpauthTotpCodes.stepOf(SECRET, code, at(-60))).toBeUndefined();
  });

  it('come from secrets of 160 bits, and the address for the app names site and person', () => {
    const secret = otpauthTotpCodes.newSecret();
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    const uri = new URL(otpauthTotpCodes.uri(secret, { issuer: 'Acme & Co', account: 'pat' }));
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      issuer: 'Acme & Co',
      secret,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
  });

  it('are read with blanks as apps show them', () => {
    expect(['123 456', ' 123456 ', '12345', '1234567', 'abcd-efgh'].map(totpCodeIn)).toEqual([
      '123456',
      '123456',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('wrong codes', () => {
  it('close the factor from the fifth on, each time for twice as long, a day at most', () => {
    expect([1, 4, 5, 6, 7, 15, 16, 100].map(lockoutMinutes)).toEqual([0, 0, 1, 2, 4, 1024, 1440, 1440]);
    let state = NEW;
    for (let wrong = 1; wrong <= 6; wrong += 1) state = afterWrongCode(state, NOON);
    expect(state.lockedUntil).toEqual(later(2));
    expect([isLocked(state, later(1)), isLocked(state, later(2))]).toEqual([true, false]);
  });

  it('are forgotten after a week without any', () => {
    const state = { ...NEW, failures: 30, lastFailedAt: NOON };
    expect(afterWrongCode(state, later(7 * 24 * 60)).failures).toBe(31);
    expect(afterWrongCode(state, later(7 * 24 * 60 + 1))).toMatchObject({ failures: 1, lockedUntil: null });
  });

  it.each([5, 8, 11, 14, 16, 1000])(
    'leave somebody who knows the password fewer than 800 tries a year, who waits for a week after every %d',
    (rest) => {
      let [state, now] = [NEW, NOON];
      let guesses = 0;
      while (now < later(365 * 24 * 60)) {
        state = afterWrongCode(state, now);
        guesses += 1;
        now = state.lockedUntil ?? now;
        if (guesses % rest === 0) now = new Date(now.getTime() + 7 * 24 * 3_600_000 + 1);
      }
      expect(guesses).toBeLessThan(800);
    },
  );
});

describe('recovery codes', () => {
  it('are ten different ones of 80 bits', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
  });

  it('are the same however they are typed, and of one person alone', () => {
    const kept = recoveryCodeHash(7, '01ab-cdef-ghjk-mnpq');
    expect(recoveryCodeHash(7, ' O1AB CDEFGHJKMNPQ ')).toEqual(kept);
    expect(recoveryCodeHash(7, '0lab-cdef-ghjk-mnpq')).toEqual(kept);
    expect(recoveryCodeHash(8, '01ab-cdef-ghjk-mnpq')).not.toEqual(kept);
  });
});

describe('a second factor is still open', () => {
  const trusted = { settings: { require_second_factor: false } };
  const asking = { settings: { require_second_factor: true } };
  it.each([
    [['password'], trusted, true],
    [['kerberos'], trusted, true],
    [['password', 'challenge'], trusted, true],
    [['password', 'totp'], trusted, false],
    [['passkey'], trusted, false],
    [['saml'], trusted, false],
    [['oidc'], trusted, false],
    [['saml'], asking, true],
    [['oidc', 'recovery_code'], asking, false],
  ] as const)('after %j at %j: %j', (methods, provider, open) => {
    expect(isSecondFactorOpen(methods, provider)).toBe(open);
  });
});

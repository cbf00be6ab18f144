import { describe, expect, it } from 'vitest';
import { isCommonPassword } from '../../../appliance/access/common-passwords.ts';
import { type PasswordRules, passwordProblems } from '../../../appliance/access/password-policy.ts';

const RULES: PasswordRules = {
  minimumLength: 10,
  characterClasses: 1,
  commonRefused: true,
  history: 0,
  expirationDays: 0,
  siteWords: ['Acme Support'],
};
const SAM = { username: 'samantha.jones', emailAddress: 'sam@example.com' };
const problems = (password: string, rules: Partial<PasswordRules> = {}) =>
  passwordProblems(password, SAM, { ...RULES, ...rules });

describe('a password', () => {
  it.each([
    'a good long password',
    'correct horse battery',
    'xK9#mQ2$vL',
    'trees over quiet water',
    'welcomebackmyfriend',
    '8362947150283',
  ])('that nobody guesses first is taken: %s', (password) => {
    expect(problems(password)).toEqual([]);
  });

  it.each([
    'password123',
    'Passw0rd!!2024',
    'P@ssw0rd12345',
    'password password',
    'Summer2026!!',
    'qwertyuiop',
    '1234567890',
    '0987654321',
    'abcdefghijkl',
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    '1qaz2wsx3edc',
    'Welcome-2026!',
    'admin-password',
    'acmesupport1!',
    'Bridgehead2026',
    'SamanthaJones99',
    '2024-iloveyou',
  ])('that everybody guesses is refused, with advice: %s', (password) => {
    expect(problems(password)).toEqual([expect.stringContaining('Choose several words')]);
    expect(problems(password, { commonRefused: false })).toEqual([]);
  });

  it('is neither the user name nor the e-mail address', () => {
    expect(problems('Samantha.JONES')).toEqual(['The password must differ from the user name.']);
    expect(problems('SAM@example.com')).toEqual(['The password must differ from the e-mail address.']);
    expect(passwordProblems('a good long one', { username: 'x', emailAddress: '' }, RULES)).toEqual([]);
  });

  it('has as many kinds of characters as asked', () => {
    expect(problems('trees over water', { characterClasses: 2 })).toEqual([]);
    expect(problems('trees over water', { characterClasses: 3 })).toEqual([
      'A password needs at least 3 of: small letters, capital letters, digits, other characters.',
    ]);
    expect(problems('Trees over 7 waters', { characterClasses: 4 })).toEqual([]);
    expect(problems('Bäume und Flüße', { characterClasses: 3 })).toEqual([]);
  });

  it('has a length within bounds', () => {
    expect(problems('xK9#mQ2$v')).toEqual(['A password needs at least 10 characters.']);
    expect(problems('xy'.repeat(200))).toEqual(['A password may have at most 256 characters.']);
  });

  it('is judged in a bounded time, however odd', () => {
    for (const odd of ['', '!'.repeat(256), '🔒'.repeat(60), `${'1'.repeat(255)}a`]) {
      expect(typeof isCommonPassword(odd)).toBe('boolean');
    }
  });
});

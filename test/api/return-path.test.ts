import { describe, expect, it } from 'vitest';
import { pageOfAttempt, safeReturnPath } from '../../api/web/return-path.ts';

describe('where a sign-in goes on', () => {
  it.each([
    ['/console', '/console'],
    ['/login/users/3?section=settings', '/login/users/3?section=settings'],
    ['/console?launch=abc&sign_in=old', '/console?launch=abc'],
    ['/console/../login', '/login'],
  ])('is the page of ours that was asked for: %s', (wanted, expected) => {
    expect(safeReturnPath(wanted)).toBe(expected);
  });

  it.each([
    undefined,
    null,
    '',
    'console',
    'https://evil.example/console',
    '//evil.example/console',
    '/\\evil.example/console',
    '/\t/evil.example',
    '/api/config/v1/user',
    '/consolevil',
    '/login//evil.example',
    'javascript:alert(1)',
    '/console/../../api',
    '/\u0000',
  ])('is never anywhere else: %j', (wanted) => {
    expect(safeReturnPath(wanted)).toBe('/login');
  });

  it('names the attempt beside what the page had in its address', () => {
    const page = { attemptId: '11111111-2222-3333-4444-555555555555', returnTo: '/console?launch=a%26b' };
    expect(pageOfAttempt(page)).toBe('/console?launch=a%26b&sign_in=11111111-2222-3333-4444-555555555555');
  });
});

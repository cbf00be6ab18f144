import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseCredential,
  parseEndpoints,
  parseHealth,
  parseSummaries,
  WrongAnswer,
} from '../../ecm/host/plugin-answers.ts';

const SUMMARY_MEMBERS = ['id', 'label', 'username'];

describe('what a plug-in answers', () => {
  it('is either what it must be, or refused, whatever it is', () => {
    const item = fc.oneof(
      fc.jsonValue(),
      fc.record(
        { id: fc.string(), label: fc.string(), username: fc.jsonValue(), password: fc.string() },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(fc.oneof(fc.array(item), fc.jsonValue()), (value) => {
        for (const parse of [parseCredential, parseHealth, (all: unknown) => parseEndpoints(all, 5)]) {
          try {
            parse(value);
          } catch (cause) {
            expect(cause).toBeInstanceOf(WrongAnswer);
          }
        }
        if (!Array.isArray(value)) return;
        const { items } = parseSummaries(value, 5);
        expect(items.length).toBeLessThanOrEqual(5);
        expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
        for (const one of items) {
          expect(SUMMARY_MEMBERS).toEqual(expect.arrayContaining(Object.keys(one)));
          expect(one.id).not.toBe('');
          expect(one.label).not.toMatch(/[\r\n]/);
        }
      }),
    );
  });

  it.each<[Record<string, unknown>, string]>([
    [{}, 'without a password and without a private key'],
    [{ password: '' }, 'without a password'],
    [{ password: 'a\0b' }, 'password of the credential'],
    [{ password: '\ud800' }, 'password of the credential'],
    [{ password: 'x', passphrase: 'y' }, 'a passphrase without a private key'],
    [{ password: 'x', certificate: 'y' }, 'a certificate without a private key'],
    [{ privateKey: 'x', certificate: 'a\nb' }, 'must be one line'],
    [{ privateKey: 'ü'.repeat(32_768) }, 'of more than 61440 bytes'],
    [{ password: 'x', lease: 7 }, 'the lease'],
    [{ password: 'x', lease: 'x'.repeat(1025) }, 'the lease'],
  ])('is no credential: %j', (value, words) => {
    expect(() => parseCredential(value)).toThrow(words);
  });

  it('is a credential, with its lease apart and nothing that is empty', () => {
    const given = {
      username: 'root',
      domain: '',
      privateKey: 'key',
      passphrase: null,
      lease: 'l',
      extra: 'no',
    };
    expect(parseCredential(given)).toEqual({
      credential: { username: 'root', privateKey: 'key' },
      lease: 'l',
    });
  });
});

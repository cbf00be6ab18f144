import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { siteKey } from '../../../appliance/site-key.ts';
import { SecretEnvelope } from '../../../appliance/vault/keys/secret-envelope.ts';

const key = siteKey(randomBytes(32));
const other = siteKey(randomBytes(32));
const envelope = new SecretEnvelope(key);
const ID = { ownerType: 'security_provider', ownerId: 4, name: 'bind_password' };
const TEXT = 'planted “secret” with ümläuts';

it('gives back what was sealed, and shows nothing of it', () => {
  const sealed = envelope.seal(ID, TEXT);
  expect(envelope.open(ID, sealed)).toBe(TEXT);
  expect(Buffer.concat([sealed.sealed, sealed.wrappedKey]).toString('latin1')).not.toContain('planted');
});

it('seals the same text differently each time', () => {
  const [one, two] = [envelope.seal(ID, TEXT), envelope.seal(ID, TEXT)];
  expect(one.sealed.equals(two.sealed)).toBe(false);
  expect(one.wrappedKey.equals(two.wrappedKey)).toBe(false);
});

it.each([
  { ...ID, ownerType: 'site' },
  { ...ID, ownerId: 5 },
  { ...ID, name: 'client_secret' },
])('does not open as a secret of %j', (wrong) => {
  expect(() => envelope.open(wrong, envelope.seal(ID, TEXT))).toThrow();
});

it('does not open when a bit of it is changed or two envelopes are mixed', () => {
  const sealed = envelope.seal(ID, TEXT);
  for (const part of ['sealed', 'wrappedKey'] as const) {
    for (const at of [0, 12, sealed[part].length - 1]) {
      const damaged = Buffer.from(sealed[part]);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => envelope.open(ID, { ...sealed, [part]: damaged })).toThrow();
    }
    expect(() => envelope.open(ID, { ...sealed, [part]: sealed[part].subarray(0, 20) })).toThrow();
  }
  expect(() => envelope.open(ID, { ...sealed, sealed: envelope.seal(ID, TEXT).sealed })).toThrow();
});

it('moves to another site key by wrapping the data key anew, and leaves the old key behind', () => {
  const moved = new SecretEnvelope(other);
  const sealed = envelope.seal(ID, TEXT);
  const rewrapped = envelope.rewrapped(ID, sealed, moved);
  expect(rewrapped.sealed).toBe(sealed.sealed);
  expect(moved.open(ID, rewrapped)).toBe(TEXT);
  expect(() => envelope.open(ID, rewrapped)).toThrow('another site key');
  expect(() => moved.open(ID, { ...sealed, wrappedBy: other.fingerprint })).toThrow();
});

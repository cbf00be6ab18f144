import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  channelCredentialContext,
  packageBytes,
  parseCredentialPackage,
} from '../../agents/credential-package.ts';
import { rawPublicKey } from '../../agents/handshake.ts';
import { seal, unseal } from '../../agents/sealed-box.ts';

const context = channelCredentialContext('5d0c7a52-56a5-4f43-9a5e-6f0f3f0f0a01');
const plain = packageBytes({ username: 'root', password: 'correct horse' });

function recipient(): { publicKey: Buffer; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return { publicKey: rawPublicKey(publicKey), privateKey };
}

it('opens for its recipient and its context, and is another box every time', () => {
  const { publicKey, privateKey } = recipient();
  const box = seal(publicKey, context, plain);
  expect(seal(publicKey, context, plain)).not.toBe(box);
  expect(Buffer.from(box, 'base64').includes('horse')).toBe(false);
  expect(parseCredentialPackage(unseal(privateKey, context, box))).toEqual({
    username: 'root',
    password: 'correct horse',
  });
});

it('does not open for another key or another channel', () => {
  const { publicKey, privateKey } = recipient();
  const box = seal(publicKey, context, plain);
  expect(() => unseal(recipient().privateKey, context, box)).toThrow();
  expect(() => unseal(privateKey, channelCredentialContext('another'), box)).toThrow();
});

it('does not open once any byte of it has changed, or some are missing', () => {
  const { publicKey, privateKey } = recipient();
  const bytes = Buffer.from(seal(publicKey, context, plain), 'base64');
  for (let index = 0; index < bytes.length; index++) {
    const damaged = Buffer.from(bytes);
    damaged[index]! ^= 1;
    expect(() => unseal(privateKey, context, damaged.toString('base64')), `byte ${index}`).toThrow();
  }
  for (const length of [0, 1, 32, 60, bytes.length - 1]) {
    expect(() => unseal(privateKey, context, bytes.subarray(0, length).toString('base64'))).toThrow();
  }
});

it('refuses keys that are no X25519 keys, and a point that would make every secret the same', () => {
  expect(() => seal(Buffer.alloc(31), context, plain)).toThrow('32 bytes');
  expect(() => seal(Buffer.alloc(32), context, plain)).toThrow();
  const { privateKey } = recipient();
  const forged = Buffer.concat([Buffer.of(1), Buffer.alloc(32 + 12 + 16 + 5)]).toString('base64');
  expect(() => unseal(privateKey, context, forged)).toThrow();
});

it('refuses packages that are none', () => {
  for (const text of ['', 'no json', '[]', '{"password":1}', JSON.stringify({ password: 'x'.repeat(8193) })])
    expect(() => parseCredentialPackage(Buffer.from(text)), text.slice(0, 20)).toThrow();
});

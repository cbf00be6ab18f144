import { createPrivateKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type ChannelOpen,
  parseProgramControlMessage,
  parseServerControlMessage,
} from '../../agents/control-protocol.ts';
import {
  ed25519FromSeed,
  newKeyPair,
  newNonce,
  programSignatureIsValid,
  rawPublicKey,
  serverSignatureIsValid,
  signAsProgram,
  signAsServer,
} from '../../agents/handshake.ts';
import { decodeEnrolmentToken, encodeEnrolmentToken } from '../../agents/protocol.ts';
import { parseRepresentativeRelayMessage } from '../../agents/relay-protocol.ts';

const open: ChannelOpen = {
  t: 'channel.open',
  channel_id: 'c1',
  lsid: 'a'.repeat(32),
  kind: 'terminal',
  relay_url: 'ws://127.0.0.1:8080/relay/ticket',
  target: { protocol: 'ssh', hostname: 'host', port: 22, username: '', terminal: 'xterm', keep_alive: 0 },
  size: { columns: 80, rows: 24 },
  access: { mode: 'open', ranges: [], provisioned: [] },
};

describe('control messages', () => {
  it('reads what it writes', () => {
    expect(parseServerControlMessage(JSON.stringify(open))).toEqual(open);
  });

  it.each([
    ['no JSON', '{', 'no JSON'],
    ['no object', '[]', 'an object is needed'],
    ['an unknown type', '{"t":"channel.list"}', 'no known message'],
    ['a port out of range', JSON.stringify({ ...open, target: { ...open.target, port: 70000 } }), 'port'],
    ['a relay that is no socket', JSON.stringify({ ...open, relay_url: 'file:///etc/passwd' }), 'relay_url'],
    [
      'a host name with NUL',
      JSON.stringify({ ...open, target: { ...open.target, hostname: 'a\0b' } }),
      'NUL',
    ],
    ['a terminal of no size', JSON.stringify({ ...open, size: { columns: 0, rows: 24 } }), 'columns'],
    ['a message past the limit', JSON.stringify({ t: 'challenge', nonce: 'x'.repeat(300_000) }), 'bytes'],
  ])('refuses %s', (_name, text, word) => {
    expect(() => parseServerControlMessage(text)).toThrow(word);
  });

  it('refuses a signature of the wrong length', () => {
    const hello = { t: 'hello', jumpoint_node_id: 1, nonce: newNonce(), signature: 'AAAA' };
    expect(() => parseProgramControlMessage(JSON.stringify(hello))).toThrow('signature');
  });
});

describe('representative messages', () => {
  it('keeps only what an answer may carry', () => {
    const text = JSON.stringify({ t: 'answer', id: '1', password: 'p', cancel: 'yes', other: 1 });
    expect(parseRepresentativeRelayMessage(text)).toEqual({ t: 'answer', id: '1', password: 'p' });
  });

  it('refuses a choice that was not offered', () => {
    expect(() => parseRepresentativeRelayMessage('{"t":"answer","id":"1","choice":"always"}')).toThrow(
      'choice',
    );
  });
});

describe('enrolment tokens', () => {
  it('survive copying with white space around them', () => {
    const token = { url: 'https://b.example', token: 'T'.repeat(40), server_key: newNonce() };
    expect(decodeEnrolmentToken(`  ${encodeEnrolmentToken(token)}\n`)).toEqual(token);
  });

  it('are refused when damaged', () => {
    expect(() => decodeEnrolmentToken('not a token')).toThrow('no enrolment token');
    expect(() => decodeEnrolmentToken('A'.repeat(40))).toThrow();
  });
});

describe('challenge and response', () => {
  const identity = newKeyPair('ed25519');
  const key = createPrivateKey(identity.privateKeyPem);

  it('accepts each side under its own context only', () => {
    const [server, program] = [newNonce(), newNonce()];
    const signature = signAsProgram('jumpoint', key, server, program);
    expect(programSignatureIsValid('jumpoint', identity.publicKey, signature, server, program)).toBe(true);
    expect(programSignatureIsValid('jumpoint', identity.publicKey, signature, newNonce(), program)).toBe(
      false,
    );
    expect(serverSignatureIsValid('jumpoint', identity.publicKey, signature, server, program)).toBe(false);
    expect(serverSignatureIsValid('jumpoint', identity.publicKey, signature, program, server)).toBe(false);
  });

  it('takes no signature of one kind of program for another kind', () => {
    const [server, program] = [newNonce(), newNonce()];
    const ofJumpoint = signAsProgram('jumpoint', key, server, program);
    expect(programSignatureIsValid('ecm', identity.publicKey, ofJumpoint, server, program)).toBe(false);
    const ofServer = signAsServer('jumpoint', key, program, server);
    expect(serverSignatureIsValid('jumpoint', identity.publicKey, ofServer, program, server)).toBe(true);
    expect(serverSignatureIsValid('ecm', identity.publicKey, ofServer, program, server)).toBe(false);
  });

  it('derives the same server key from the same seed', () => {
    const seed = randomBytes(32);
    const [server, program] = [newNonce(), newNonce()];
    const signature = signAsServer('jumpoint', ed25519FromSeed(seed), program, server);
    const pinned = rawPublicKey(ed25519FromSeed(seed));
    expect(serverSignatureIsValid('jumpoint', pinned, signature, program, server)).toBe(true);
    expect(serverSignatureIsValid('jumpoint', pinned, 'nonsense', program, server)).toBe(false);
  });
});

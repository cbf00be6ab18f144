import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ssh2Keys } from '../../../integrations/ssh/ssh2-keys.ts';

// Keys and certificates of the real ssh-keygen.

let directory: string;
const keys = new Ssh2Keys();

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bridgehead-keys-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function made(name: string, ...options: string[]): { path: string; private: string; public: string } {
  const path = join(directory, name);
  execFileSync('ssh-keygen', ['-q', '-f', path, '-C', 'a comment', ...options]);
  const line = readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  return { path, private: readFileSync(path, 'utf8'), public: line };
}

const refusal = async (run: () => unknown): Promise<unknown> => {
  try {
    await run();
  } catch (error) {
    return (error as { fields?: unknown }).fields;
  }
  return undefined;
};

describe('a private key', () => {
  it.each([
    ['ed25519', ['-t', 'ed25519', '-N', '']],
    ['rsa', ['-t', 'rsa', '-b', '2048', '-N', '']],
    ['rsa-pem', ['-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '']],
    ['ecdsa', ['-t', 'ecdsa', '-b', '384', '-N', '']],
    ['ecdsa-pem', ['-t', 'ecdsa', '-b', '256', '-m', 'PEM', '-N', '']],
  ])('of ssh-keygen (%s) gives its public key', async (name, options) => {
    const key = made(name, ...options);
    expect(await keys.read(key.private, undefined)).toEqual({ publicKey: key.public, encrypted: false });
    expect(await keys.read(key.private.replaceAll('\n', '\r\n'), 'not needed')).toEqual({
      publicKey: key.public,
      encrypted: false,
    });
  });

  it.each([
    ['openssh', ['-t', 'ed25519', '-N', 'open sesame']],
    ['old pem', ['-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', 'open sesame']],
  ])('that is encrypted (%s) wants its passphrase', async (name, options) => {
    const key = made(name.replace(' ', '-'), ...options);
    expect(await keys.read(key.private, 'open sesame')).toEqual({ publicKey: key.public, encrypted: true });
    for (const passphrase of [undefined, '', 'guess']) {
      expect(await refusal(() => keys.read(key.private, passphrase))).toHaveProperty(
        'private_key_passphrase',
      );
    }
  });

  it.each([
    ['ed25519', ['-t', 'ed25519']],
    ['rsa', ['-t', 'rsa', '-b', '2048']],
    ['ecdsa', ['-t', 'ecdsa', '-b', '521']],
    ['old pem', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
  ])('is the same one without its passphrase (%s)', async (name, options) => {
    const key = made(`bare-${name.replace(' ', '-')}`, ...options, '-N', 'open sesame');
    const bare = await keys.withoutPassphrase(key.private, 'open sesame');
    expect(await keys.read(bare, undefined)).toEqual({ publicKey: key.public, encrypted: false });
    const path = join(directory, 'bare');
    writeFileSync(path, bare, { mode: 0o600 });
    const told = execFileSync('ssh-keygen', ['-y', '-P', '', '-f', path], { encoding: 'utf8' });
    expect(told.trim().split(' ').slice(0, 2).join(' ')).toBe(key.public);
    await expect(keys.withoutPassphrase(key.private, 'guess')).rejects.toThrow('does not open');
  });

  it('is refused when it is none, is public, or is not in use any more, and nothing of it is said', async () => {
    const pkcs8 = generateKeyPairSync('ed25519')
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
    const key = made('shown', '-t', 'ed25519', '-N', '');
    const broken = key.private.replace(/b3Bl/, 'AAAA');
    for (const text of ['a planted secret', '', pkcs8, key.public, broken]) {
      const fields = (await refusal(() => keys.read(text, undefined))) as Record<string, string[]>;
      expect(Object.keys(fields)).toEqual(['private_key']);
      expect(JSON.stringify(fields)).not.toContain('planted');
    }
  });

  it('that takes long to open does not hold up anything else, and one that would take for ever is refused', async () => {
    const slow = made('slow', '-t', 'ed25519', '-N', 'x', '-a', '30');
    let ticks = 0;
    const clock = setInterval(() => ticks++, 10);
    expect(await keys.read(slow.private, 'x')).toMatchObject({ encrypted: true });
    clearInterval(clock);
    expect(ticks).toBeGreaterThan(10);
    const rounds = Buffer.from(slow.private.replace(/-----[A-Z ]+-----/g, ''), 'base64');
    const at = rounds.indexOf(Buffer.from([0, 0, 0, 30]));
    rounds.writeUInt32BE(2_000_000, at);
    const never = `-----BEGIN OPENSSH PRIVATE KEY-----\n${rounds.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
    expect(await refusal(() => keys.read(never, 'x'))).toMatchObject({
      private_key: [expect.stringContaining('2000000 rounds')],
    });
  });

  it('that is made here is one that ssh-keygen reads', async () => {
    const pair = keys.generate();
    expect(await keys.read(pair.privateKey, undefined)).toEqual({
      publicKey: pair.publicKey,
      encrypted: false,
    });
    const shown = execFileSync('ssh-keygen', ['-l', '-f', '-'], { input: pair.publicKey }).toString();
    expect(shown).toContain('ED25519');
  });
});

describe('a certificate', () => {
  it.each([
    ['ed25519', ['-t', 'ed25519', '-N', '']],
    ['rsa', ['-t', 'rsa', '-b', '2048', '-N', '']],
    ['ecdsa', ['-t', 'ecdsa', '-b', '521', '-N', '']],
  ])('of ssh-keygen for a key (%s) is taken without its comment', async (name, options) => {
    const authority = made(`authority-${name}`, '-t', 'ed25519', '-N', '');
    const key = made(`signed-${name}`, ...options);
    execFileSync('ssh-keygen', ['-q', '-s', authority.path, '-I', 'me', '-n', 'root', `${key.path}.pub`]);
    const line = readFileSync(`${key.path}-cert.pub`, 'utf8');
    expect(keys.readCertificate(line, key.public)).toBe(line.split(' ').slice(0, 2).join(' '));
    expect(await refusal(() => keys.readCertificate(line, authority.public))).toEqual({
      private_key_public_cert: ['The certificate is for another key.'],
    });
  });

  it('of a host, or what is none, is refused', async () => {
    const authority = made('hosts', '-t', 'ed25519', '-N', '');
    const host = made('a-host', '-t', 'ed25519', '-N', '');
    execFileSync('ssh-keygen', ['-q', '-s', authority.path, '-I', 'h', '-h', '-n', 'h', `${host.path}.pub`]);
    const line = readFileSync(`${host.path}-cert.pub`, 'utf8');
    const [kind = '', base64 = ''] = line.split(' ');
    for (const text of [line, host.public, '', 'nonsense', `${kind} ${base64.slice(0, 40)}`, `${kind} !!!`]) {
      expect(await refusal(() => keys.readCertificate(text, host.public))).toHaveProperty(
        'private_key_public_cert',
      );
    }
  });
});

describe('a certificate that is issued', () => {
  it.each([
    ['ed25519', ['-t', 'ed25519', '-N', '']],
    ['encrypted', ['-t', 'ed25519', '-N', 'open sesame', '-a', '20']],
    ['rsa', ['-t', 'rsa', '-b', '2048', '-N', '']],
    ['ecdsa 256', ['-t', 'ecdsa', '-b', '256', '-N', '']],
    ['ecdsa 384', ['-t', 'ecdsa', '-b', '384', '-N', '']],
    ['ecdsa 521', ['-t', 'ecdsa', '-b', '521', '-N', '']],
  ])('by an authority (%s) is one that ssh-keygen understands', async (name, options) => {
    const authority = made(`issuer-${name.replace(' ', '-')}`, ...options);
    const { publicKey } = keys.generate();
    const line = await keys.issueCertificate({
      authority: { privateKey: authority.private, passphrase: 'open sesame', publicKey: authority.public },
      publicKey,
      keyId: 'account 7, ann',
      principals: ['root', 'deploy'],
      validAfter: new Date('2026-01-05T08:00:00Z'),
      validBefore: new Date('2026-01-05T09:00:00Z'),
      extensions: ['permit-pty', 'permit-port-forwarding'],
    });
    expect(keys.readCertificate(line, publicKey)).toBe(line);
    const path = join(directory, `issued-${name}-cert.pub`);
    writeFileSync(path, `${line}\n`);
    const shown = execFileSync('ssh-keygen', ['-L', '-f', path], {
      env: { ...process.env, TZ: 'UTC' },
    }).toString();
    expect(shown).toContain('user certificate');
    expect(shown).toContain('Key ID: "account 7, ann"');
    expect(shown).toContain('Valid: from 2026-01-05T08:00:00 to 2026-01-05T09:00:00');
    expect(shown).toMatch(/Principals:\s+root\s+deploy\s+Critical Options: \(none\)/);
    expect(shown).toMatch(/Extensions:\s+permit-port-forwarding\s+permit-pty\s*$/);
    const fingerprint = execFileSync('ssh-keygen', ['-l', '-f', '-'], { input: authority.public }).toString();
    expect(shown).toContain(`Signing CA: `);
    expect(shown).toContain(fingerprint.split(' ')[1]);
  });
});

describe('a new pair', () => {
  it.each([
    ['ed25519', ['-t', 'ed25519'], 256],
    ['a short RSA key', ['-t', 'rsa', '-b', '2048'], 3072],
    ['ecdsa 256', ['-t', 'ecdsa', '-b', '256'], 256],
    ['ecdsa 521', ['-t', 'ecdsa', '-b', '521'], 521],
  ])('like %s is of the same kind, and OpenSSH reads it', async (name, options, bits) => {
    const old = made(`old ${name}`, ...options, '-N', '');
    const pair = await keys.generateLike(old.public);
    const file = join(directory, `new ${name}`);
    writeFileSync(file, pair.privateKey, { mode: 0o600 });
    const line = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' }).trim();
    expect(line.split(' ', 2).join(' ')).toBe(pair.publicKey);
    expect(pair.publicKey.split(' ')[0]).toBe(old.public.split(' ')[0]);
    expect(execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' })).toMatch(new RegExp(`^${bits} `));
  });

  it('can always be read again', async () => {
    // One in 256 begins with a zero, which a library cuts off.
    for (let count = 0; count < 1500; count++) {
      const { privateKey, publicKey } = keys.generate();
      expect((await keys.read(privateKey, undefined)).publicKey).toBe(publicKey);
    }
  });
});

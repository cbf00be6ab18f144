import { createPrivateKey, randomBytes } from 'node:crypto';
import { sshString } from '../../appliance/ssh/ssh-wire.ts';

const MAGIC = Buffer.from('openssh-key-v1\0', 'latin1');
const LINE = 70;
const BLOCK = 8;
const ED25519 = 'ssh-ed25519';

/**
 * An Ed25519 key in the format of OpenSSH (PROTOCOL.key), not encrypted: the only one in which SSH libraries read keys of
 * that kind. `pem`: the key in PKCS #8; `publicBlob`: as SSH writes its public half.
 */
export function plainEd25519Key(pem: string, publicBlob: Buffer): string {
  const { d, x } = createPrivateKey(pem).export({ format: 'jwk' });
  const seed = Buffer.from(d ?? '', 'base64url');
  const point = Buffer.from(x ?? '', 'base64url');
  // Twice the same number, by which a wrong passphrase would show.
  const check = randomBytes(4);
  const key = Buffer.concat([
    check,
    check,
    sshString(ED25519),
    sshString(point),
    sshString(Buffer.concat([seed, point])),
    sshString(''),
  ]);
  const padding = Buffer.from(
    Array.from({ length: (BLOCK - (key.length % BLOCK)) % BLOCK }, (_, n) => n + 1),
  );
  const file = Buffer.concat([
    MAGIC,
    ...[sshString('none'), sshString('none'), sshString('')],
    Buffer.from([0, 0, 0, 1]),
    sshString(publicBlob),
    sshString(Buffer.concat([key, padding])),
  ]);
  const lines = file.toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
}

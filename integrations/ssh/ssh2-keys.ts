import { type ParsedKey, utils } from 'ssh2';
import { invalidField } from '../../appliance/errors.ts';
import type { ReadPrivateKey, SshKeyPair, SshKeys } from '../../appliance/vault/ssh-keys.ts';
import { plainKeyOfCertificate } from './openssh-certificate.ts';
import { bcryptRoundsOf } from './openssh-key-header.ts';

/** Kinds that today's SSH servers still take. DSA is not among them. */
const KINDS = /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/;

/**
 * A key that takes more rounds than this to open would hold up everybody else: the server opens it in between its other
 * work. `ssh-keygen` makes 24 by itself.
 */
const MOST_BCRYPT_ROUNDS = 256;

/** {@link SshKeys} with the parser of ssh2, which also reads them where they are used. */
export class Ssh2Keys implements SshKeys {
  read(privateKey: string, passphrase: string | undefined): ReadPrivateKey {
    if ((bcryptRoundsOf(privateKey) ?? 0) > MOST_BCRYPT_ROUNDS) {
      throw invalidField(
        'private_key',
        `The private key takes more than ${MOST_BCRYPT_ROUNDS} rounds to open. Encrypt it with fewer (ssh-keygen -p -a).`,
      );
    }
    const plain = parse(privateKey, undefined);
    if (!(plain instanceof Error)) return { publicKey: publicKeyOf(plain), encrypted: false };
    if (!/encrypted/i.test(plain.message)) throw notAKey();
    if (!passphrase) {
      throw invalidField('private_key_passphrase', 'The private key is encrypted: give its passphrase.');
    }
    const opened = parse(privateKey, passphrase);
    if (opened instanceof Error) {
      throw invalidField('private_key_passphrase', 'The passphrase does not open the private key.');
    }
    return { publicKey: publicKeyOf(opened), encrypted: true };
  }

  generate(): SshKeyPair {
    const { private: privateKey, public: publicKey } = utils.generateKeyPairSync('ed25519');
    return { privateKey, publicKey: withoutComment(publicKey) };
  }

  readCertificate(certificate: string, publicKey: string): string {
    const line = withoutComment(certificate);
    const plain = plainKeyOfCertificate(line);
    if (plain === undefined) {
      throw invalidField(
        'private_key_public_cert',
        'private_key_public_cert must be an OpenSSH user certificate (the line of a file that ends in -cert.pub).',
      );
    }
    if (plain !== publicKey) {
      throw invalidField('private_key_public_cert', 'The certificate is for another key.');
    }
    return line;
  }
}

/** The parser answers most errors and throws some. */
function parse(privateKey: string, passphrase: string | undefined): ParsedKey | Error {
  try {
    const parsed = utils.parseKey(privateKey, passphrase);
    // It answers a list when a file may hold several.
    return Array.isArray(parsed) ? (parsed[0] ?? notAKey()) : parsed;
  } catch (error) {
    return error instanceof Error ? error : notAKey();
  }
}

function publicKeyOf(key: ParsedKey): string {
  if (!key.isPrivateKey()) {
    throw invalidField('private_key', 'This is a public key: give the private one.');
  }
  if (!KINDS.test(key.type)) {
    throw invalidField(
      'private_key',
      `Keys of the kind ${key.type} are not taken any more: use Ed25519, RSA or ECDSA.`,
    );
  }
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}

function withoutComment(line: string): string {
  return line.trim().split(/\s+/, 2).join(' ');
}

function notAKey(): Error {
  return invalidField(
    'private_key',
    'private_key must be an SSH private key in OpenSSH, PEM (BEGIN RSA or EC PRIVATE KEY) or PuTTY format. ssh-keygen -p -f FILE rewrites others.',
  );
}

import { Worker } from 'node:worker_threads';
import ssh2 from 'ssh2';
import { invalidField } from '../../appliance/errors.ts';
import type { ReadPrivateKey, SshKeyPair, SshKeys } from '../../appliance/vault/ssh-keys.ts';
import { type ReadKey, readKey } from './key-reader.ts';
import { plainKeyOfCertificate } from './openssh-certificate.ts';
import { bcryptRoundsOf } from './openssh-key-header.ts';

/** Kinds that today's SSH servers still take. DSA is not among them. */
const KINDS = /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/;

/** No key takes this many rounds in earnest; `ssh-keygen` makes 24 by itself. */
const MOST_BCRYPT_ROUNDS = 1000;
/** From here on it is opened beside the server, which would stand still meanwhile: ten milliseconds a round. */
const MOST_ROUNDS_HERE = 2;

/** {@link SshKeys} with the parser of ssh2, which also reads them where they are used. */
export class Ssh2Keys implements SshKeys {
  async read(privateKey: string, passphrase: string | undefined): Promise<ReadPrivateKey> {
    const plain = readKey(privateKey, undefined);
    if (plain.problem !== 'encrypted') return { publicKey: publicKeyOf(plain), encrypted: false };
    if (!passphrase) {
      throw invalidField('private_key_passphrase', 'The private key is encrypted: give its passphrase.');
    }
    const rounds = bcryptRoundsOf(privateKey) ?? 0;
    if (rounds > MOST_BCRYPT_ROUNDS) {
      throw invalidField(
        'private_key',
        `The private key takes ${rounds} rounds to open, more than ${MOST_BCRYPT_ROUNDS}. Encrypt it with fewer (ssh-keygen -p -a).`,
      );
    }
    const opened =
      rounds > MOST_ROUNDS_HERE
        ? await readKeyBeside(privateKey, passphrase)
        : readKey(privateKey, passphrase);
    if (opened.problem === 'unreadable') {
      throw invalidField('private_key_passphrase', 'The passphrase does not open the private key.');
    }
    return { publicKey: publicKeyOf(opened), encrypted: true };
  }

  generate(): SshKeyPair {
    const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync('ed25519');
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

function publicKeyOf(key: ReadKey): string {
  if (key.problem !== undefined) throw notAKey();
  if (!key.isPrivate) throw invalidField('private_key', 'This is a public key: give the private one.');
  if (!KINDS.test(key.kind)) {
    throw invalidField(
      'private_key',
      `Keys of the kind ${key.kind} are not taken any more: use Ed25519, RSA or ECDSA.`,
    );
  }
  return key.publicKey;
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

/** In a thread of its own. */
async function readKeyBeside(privateKey: string, passphrase: string): Promise<ReadKey> {
  const worker = new Worker(new URL('key-reader-thread.ts', import.meta.url), {
    workerData: { privateKey, passphrase },
  });
  return await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`The thread that reads a key ended with ${code}.`)));
  });
}

import { Worker } from 'node:worker_threads';
import ssh2 from 'ssh2';
import { invalidField } from '../../appliance/errors.ts';
import { bcryptRoundsOf } from '../../appliance/ssh/openssh-key-header.ts';
import { sshString } from '../../appliance/ssh/ssh-wire.ts';
import type {
  CertificateOrder,
  ReadPrivateKey,
  SshKeyPair,
  SshKeys,
} from '../../appliance/vault/ssh-keys.ts';
import { type KeyResult, type KeyWork, workedKey } from './key-work.ts';
import { plainKeyOfCertificate, unsignedCertificate } from './openssh-certificate.ts';

/** Kinds that today's SSH servers still take. DSA is not among them. */
const KINDS = /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/;

/** No key takes this many rounds in earnest; `ssh-keygen` makes 24 by itself. */
const MOST_BCRYPT_ROUNDS = 1000;
/** With more it is opened beside the server, which would stand still meanwhile: ten milliseconds a round. */
const MOST_ROUNDS_HERE = 2;

/** A shorter key gets a longer one in its place: hosts take shorter ones less and less. */
const LEAST_RSA_BITS = 3072;
const MOST_RSA_BITS = 8192;

/** {@link SshKeys} with the parser of ssh2, which also reads them where they are used. */
export class Ssh2Keys implements SshKeys {
  async read(privateKey: string, passphrase: string | undefined): Promise<ReadPrivateKey> {
    const plain = workedKey({ privateKey, passphrase: undefined });
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
    const opened = await done({ privateKey, passphrase });
    if (opened.problem !== undefined) {
      throw invalidField('private_key_passphrase', 'The passphrase does not open the private key.');
    }
    return { publicKey: publicKeyOf(opened), encrypted: true };
  }

  async withoutPassphrase(privateKey: string, passphrase: string): Promise<string> {
    const opened = await done({ privateKey, passphrase, plain: true });
    if (opened.problem !== undefined || opened.privateKey === undefined) {
      throw new Error('The passphrase does not open the private key.');
    }
    return opened.privateKey;
  }

  generate(): SshKeyPair {
    for (;;) {
      const pair = pairOf(ssh2.utils.generateKeyPairSync('ed25519'));
      if (isSound(pair)) return pair;
    }
  }

  async generateLike(publicKey: string): Promise<SshKeyPair> {
    for (;;) {
      const pair = pairOf(await newPairLike(publicKey));
      if (isSound(pair)) return pair;
    }
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

  async issueCertificate({ authority, ...order }: CertificateOrder): Promise<string> {
    const { kind, body } = unsignedCertificate(order, authority.publicKey);
    const { privateKey, passphrase } = authority;
    const signed = await done({ privateKey, passphrase, data: body });
    if (signed.problem !== undefined || signed.signature === undefined) {
      throw new Error('The key of the authority cannot be read, so it signs nothing.');
    }
    return `${kind} ${Buffer.concat([body, sshString(signed.signature)]).toString('base64')}`;
  }
}

function publicKeyOf(key: KeyResult): string {
  if (key.problem !== undefined) {
    throw invalidField(
      'private_key',
      'private_key must be an SSH private key in OpenSSH, PEM (BEGIN RSA or EC PRIVATE KEY) or PuTTY format. ssh-keygen -p -f FILE rewrites others.',
    );
  }
  if (!key.isPrivate) throw invalidField('private_key', 'This is a public key: give the private one.');
  if (!KINDS.test(key.kind)) {
    throw invalidField(
      'private_key',
      `Keys of the kind ${key.kind} are not taken any more: use Ed25519, RSA or ECDSA.`,
    );
  }
  return key.publicKey;
}

interface GeneratedPair {
  private: string;
  public: string;
}

function newPairLike(publicKey: string): Promise<GeneratedPair> {
  const [kind = ''] = publicKey.split(' ');
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, pair: GeneratedPair) => (error ? reject(error) : resolve(pair));
    if (kind === 'ssh-rsa') {
      ssh2.utils.generateKeyPair('rsa', { bits: Math.max(LEAST_RSA_BITS, rsaBits(publicKey)) }, done);
    } else if (kind.startsWith('ecdsa-sha2-nistp')) {
      const bits = Number(kind.slice('ecdsa-sha2-nistp'.length)) as 256 | 384 | 521;
      ssh2.utils.generateKeyPair('ecdsa', { bits }, done);
    } else ssh2.utils.generateKeyPair('ed25519', done);
  });
}

function pairOf(pair: GeneratedPair): SshKeyPair {
  return { privateKey: pair.private, publicKey: withoutComment(pair.public) };
}

/**
 * The library cuts leading zeros off Ed25519 keys, so that one in 256 cannot be read by anybody. Such a pair is thrown
 * away.
 */
function isSound({ privateKey, publicKey }: SshKeyPair): boolean {
  const read = workedKey({ privateKey, passphrase: undefined });
  return read.problem === undefined && read.publicKey === publicKey;
}

/** Of the modulus, the third part of the key (RFC 4253, 6.6). */
function rsaBits(publicKey: string): number {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  let at = 0;
  for (let skipped = 0; skipped < 2; skipped++) at += 4 + blob.readUInt32BE(at);
  // A leading zero keeps the number from being negative.
  const bytes = blob.readUInt32BE(at) - (blob[at + 4] === 0 ? 1 : 0);
  return Math.min(bytes * 8, MOST_RSA_BITS);
}

function withoutComment(line: string): string {
  return line.trim().split(/\s+/, 2).join(' ');
}

/** Here when it is quick, in a thread of its own when it is not. */
async function done(work: KeyWork): Promise<KeyResult> {
  const rounds = work.passphrase === undefined ? 0 : (bcryptRoundsOf(work.privateKey) ?? 0);
  if (rounds <= MOST_ROUNDS_HERE) return workedKey(work);
  const thread = new Worker(new URL('key-work-thread.ts', import.meta.url), { workerData: work });
  return await new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`The thread that opens a key ended with ${code}.`)));
  });
}

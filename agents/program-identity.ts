import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newKeyPair, RAW_KEY_BYTES, type RawKeyPair } from './handshake.ts';
import { asObject, base64Field, requiredText, textListField, type WireObject } from './wire-fields.ts';

/** What every enrolled program is. The private keys never leave the state directory. */
export interface ProgramIdentity {
  /** The server's public key as pinned at enrolment, base64. */
  serverKey: string;
  /** Every URL the site was last known under, best first. */
  urls: string[];
  /** Ed25519: proves who this program is. */
  identityKey: KeyObject;
  /** X25519: what others seal secrets for this program with. */
  sealingKey: KeyObject;
}

export interface NewKeys {
  identity: RawKeyPair;
  sealing: RawKeyPair;
}

const FILE = 'identity.json';

export function newKeys(): NewKeys {
  return { identity: newKeyPair('ed25519'), sealing: newKeyPair('x25519') };
}

/** What a kind of program keeps beside what all have. */
export interface OwnMembers<Own extends object> {
  read(file: WireObject): Own;
  write(identity: Own): WireObject;
}

/** Keeps a program's identity in one file (mode 0600) of its state directory (made with mode 0700). */
export class IdentityFile<Own extends object> {
  private readonly path: string;
  private readonly stateDir: string;
  private readonly own: OwnMembers<Own>;

  constructor(stateDir: string, own: OwnMembers<Own>) {
    this.stateDir = stateDir;
    this.path = join(stateDir, FILE);
    this.own = own;
  }

  /** Undefined before enrolment. Throws when the file is damaged: a broken identity is never silently replaced. */
  async read(): Promise<(Own & ProgramIdentity) | undefined> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw cause;
    }
    try {
      const file = asObject(JSON.parse(text), 'identity');
      return {
        ...this.own.read(file),
        serverKey: base64Field(file, 'server_key', RAW_KEY_BYTES),
        urls: textListField(file, 'urls', 32, 2048),
        identityKey: createPrivateKey(requiredText(file, 'identity_private_key', 4096)),
        sealingKey: createPrivateKey(requiredText(file, 'sealing_private_key', 4096)),
      };
    } catch (cause) {
      throw new Error(`${this.path} is damaged. Remove it and enrol again.`, { cause });
    }
  }

  async write(identity: Own & ProgramIdentity): Promise<void> {
    await mkdir(this.stateDir, { recursive: true, mode: 0o700 });
    const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
    const text = JSON.stringify(
      {
        ...this.own.write(identity),
        server_key: identity.serverKey,
        urls: identity.urls,
        identity_private_key: pem(identity.identityKey),
        sealing_private_key: pem(identity.sealingKey),
      },
      null,
      2,
    );
    await replaceFile(this.path, text);
  }

  /** Forgets the identity, so that the program can be enrolled anew. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

/** The file holds the old text or the new one after a crash, never a part. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

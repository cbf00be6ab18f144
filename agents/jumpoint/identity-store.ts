import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newKeyPair, RAW_KEY_BYTES } from '../handshake.ts';
import { asObject, base64Field, requiredText, textField, textListField, wholeField } from '../wire-fields.ts';

/** What a program is after enrolment. The private keys never leave the state directory. */
export interface JumpointIdentity {
  jumpointNodeId: number;
  jumpointName: string;
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
  identity: { publicKey: Buffer; privateKeyPem: string };
  sealing: { publicKey: Buffer; privateKeyPem: string };
}

const FILE = 'identity.json';

export function newKeys(): NewKeys {
  return { identity: newKeyPair('ed25519'), sealing: newKeyPair('x25519') };
}

/** Keeps the program's identity in one file (mode 0600) of its state directory (made with mode 0700). */
export class IdentityStore {
  private readonly path: string;
  private readonly stateDir: string;

  constructor(stateDir: string) {
    this.stateDir = stateDir;
    this.path = join(stateDir, FILE);
  }

  /** Undefined before enrolment. Throws when the file is damaged: a broken identity is never silently replaced. */
  async read(): Promise<JumpointIdentity | undefined> {
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
        jumpointNodeId: wholeField(file, 'jumpoint_node_id', 1, 2 ** 31 - 1),
        jumpointName: textField(file, 'jumpoint_name', 255),
        serverKey: base64Field(file, 'server_key', RAW_KEY_BYTES),
        urls: textListField(file, 'urls', 32, 2048),
        identityKey: createPrivateKey(requiredText(file, 'identity_private_key', 4096)),
        sealingKey: createPrivateKey(requiredText(file, 'sealing_private_key', 4096)),
      };
    } catch (cause) {
      throw new Error(`${this.path} is damaged. Remove it and enrol again.`, { cause });
    }
  }

  async write(identity: JumpointIdentity): Promise<void> {
    await mkdir(this.stateDir, { recursive: true, mode: 0o700 });
    const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
    const text = JSON.stringify(
      {
        jumpoint_node_id: identity.jumpointNodeId,
        jumpoint_name: identity.jumpointName,
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

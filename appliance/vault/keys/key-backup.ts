import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { dateTime } from '../../date-time.ts';
import { ApplianceError, invalidField } from '../../errors.ts';
import { SITE_KEY_BYTES, siteKey } from '../../site-key.ts';

/** Everything a key file holds. */
export interface KeyMaterial {
  site: Buffer;
  vault: Buffer[];
}

/** What a password is turned into a key with: Argon2id (RFC 9106). */
export interface PasswordCost {
  memoryKib: number;
  passes: number;
  lanes: number;
}

export interface PasswordKeys {
  /** 32 bytes. Takes long and much memory, as it is told to. */
  derive(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer>;
}

/** RFC 9106, second recommendation: 64 MiB, three passes. It is done rarely, and guessed at offline. */
const COST: PasswordCost = { memoryKib: 65_536, passes: 3, lanes: 4 };
/** A file says how it was made; nobody makes it like this. */
const MOST: PasswordCost = { memoryKib: 1_048_576, passes: 16, lanes: 16 };
export const SHORTEST_BACKUP_PASSWORD = 12;
export const LONGEST_BACKUP_PASSWORD = 256;

const FORMAT = 'bridgehead-vault-key-backup';
const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SALT_BYTES = 16;

/** What stands in the file in the open. All of it is bound into the seal. */
interface Header {
  format: string;
  version: number;
  /** Fingerprint of the site's key: which site it is of. */
  site: string;
  vault_keys: string[];
  created: string;
  kdf: { name: string; memory_kib: number; passes: number; lanes: number; salt: string };
}

export interface KeyBackup {
  /** The file, as JSON. */
  text: string;
  /** Of the site's key. */
  fingerprint: string;
  createdAt: Date;
}

/** Backups of the key file, encrypted with a password: a file alone, or a password alone, opens nothing. */
export class KeyBackups {
  readonly #passwords: PasswordKeys;
  readonly #clock: Clock;
  /** One at a time: each takes its memory. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: { passwords: PasswordKeys; clock: Clock }) {
    this.#passwords = deps.passwords;
    this.#clock = deps.clock;
  }

  /** Fails with `invalid` naming `password` for one that is too short or too long. */
  async seal({ site, vault }: KeyMaterial, password: string): Promise<KeyBackup> {
    requireBackupPassword(password);
    const createdAt = this.#clock.now();
    const salt = randomBytes(SALT_BYTES);
    const { fingerprint } = siteKey(site);
    const header: Header = {
      format: FORMAT,
      version: 1,
      site: fingerprint,
      vault_keys: vault.map((bytes) => siteKey(bytes).fingerprint),
      created: dateTime(createdAt),
      kdf: {
        name: 'argon2id',
        memory_kib: COST.memoryKib,
        passes: COST.passes,
        lanes: COST.lanes,
        salt: salt.toString('base64'),
      },
    };
    const key = await this.#derived(password, salt, COST);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(boundTo(header));
    const sealed = Buffer.concat([cipher.update(Buffer.concat([site, ...vault])), cipher.final()]);
    const data = Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    return { text: `${JSON.stringify({ ...header, data }, null, 2)}\n`, fingerprint, createdAt };
  }

  /** Fails with `invalid` for what is no backup, is damaged, or has another password. */
  async open(text: string, password: string): Promise<KeyMaterial> {
    const { header, data, cost, salt } = read(text);
    const key = await this.#derived(password, salt, cost);
    const decipher = createDecipheriv(ALGORITHM, key, data.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(boundTo(header))
      .setAuthTag(data.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const plain = opened(() =>
      Buffer.concat([decipher.update(data.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]),
    );
    const keys: Buffer[] = [];
    for (let at = 0; at < plain.length; at += SITE_KEY_BYTES) {
      keys.push(plain.subarray(at, at + SITE_KEY_BYTES));
    }
    const [site, ...vault] = keys;
    if (site === undefined || keys.some(({ length }) => length !== SITE_KEY_BYTES)) throw notABackup();
    return { site, vault };
  }

  async #derived(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
    const derive = () => this.#passwords.derive(password, salt, cost);
    const turn = this.#last.then(derive, derive);
    this.#last = turn;
    return await turn;
  }
}

function requireBackupPassword(password: string): void {
  if (password.length >= SHORTEST_BACKUP_PASSWORD && password.length <= LONGEST_BACKUP_PASSWORD) return;
  throw invalidField(
    'password',
    `password must have ${SHORTEST_BACKUP_PASSWORD} to ${LONGEST_BACKUP_PASSWORD} characters.`,
  );
}

function read(text: string): { header: Header; data: Buffer; cost: PasswordCost; salt: Buffer } {
  let value: (Header & { data?: unknown }) | undefined;
  try {
    value = JSON.parse(text) as Header & { data?: unknown };
  } catch {
    throw notABackup();
  }
  const { data, ...header } = value ?? ({} as Header & { data?: unknown });
  if (header.format !== FORMAT || typeof data !== 'string' || typeof header.kdf?.salt !== 'string') {
    throw notABackup();
  }
  if (header.version !== 1 || header.kdf.name !== 'argon2id') {
    throw new ApplianceError('invalid', 'This backup of a key was made by another version of Bridgehead.');
  }
  const { memory_kib: memoryKib, passes, lanes } = header.kdf;
  const cost = { memoryKib, passes, lanes };
  for (const name of ['memoryKib', 'passes', 'lanes'] as const) {
    if (!Number.isInteger(cost[name]) || cost[name] < 1 || cost[name] > MOST[name]) throw notABackup();
  }
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length <= NONCE_BYTES + TAG_BYTES) throw notABackup();
  return { header, data: bytes, cost, salt: Buffer.from(header.kdf.salt, 'base64') };
}

function boundTo({ format, version, site, vault_keys, created, kdf }: Header): Buffer {
  const { name, memory_kib, passes, lanes, salt } = kdf;
  const bound = [format, version, site, vault_keys, created, name, memory_kib, passes, lanes, salt];
  return Buffer.from(JSON.stringify(bound));
}

function opened(decrypt: () => Buffer): Buffer {
  try {
    return decrypt();
  } catch {
    throw new ApplianceError('invalid', 'The password is another one, or the file is damaged.');
  }
}

function notABackup(): ApplianceError {
  return new ApplianceError('invalid', 'This is no backup of a vault key.');
}

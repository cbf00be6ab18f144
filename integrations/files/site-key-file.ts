import { randomUUID } from 'node:crypto';
import {
  chownSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { newSiteKeyBytes, SITE_KEY_BYTES, type SiteKey, siteKey } from '../../appliance/site-key.ts';
import type { VaultKeyFile } from '../../appliance/vault/keys/vault-keys.ts';

/** What a key file holds: the key of the site on its first line, and after it a line `vault KEY` for each vault key. */
export interface SiteKeyBytes {
  site: Buffer;
  vault: Buffer[];
}

/**
 * Reads the site key, or makes it on the first start (mode 0600, complete or not there at all, also when two
 * processes start at once). Throws when the file exists but holds no key, and when it is missing on a later start: a
 * new key would open nothing of the site, and stand in the way of the lost one.
 */
export function loadSiteKey(path: string, siteIsMade = false): SiteKey {
  if (!isThere(path)) {
    if (siteIsMade) throw new Error(missingKeyText(path));
    mkdirSync(dirname(path), { recursive: true });
    createKeyFile(path, { site: newSiteKeyBytes(), vault: [] });
  }
  return siteKey(readSiteKeyFile(path).site);
}

function missingKeyText(path: string): string {
  return `The key file ${path} is missing, and this database belongs to a site that has one. Copy the file of another process of the site or of a backup of the data directory there, or put a backup of the key back: bh vault restore-key FILE. Where it is elsewhere, set BRIDGEHEAD_SITE_KEY_FILE.`;
}

/** Throws when it holds no keys. */
export function readSiteKeyFile(path: string): SiteKeyBytes {
  if (!isThere(path)) {
    throw new Error(
      `There is no key file ${path}: BRIDGEHEAD_DATA_DIR and BRIDGEHEAD_SITE_KEY_FILE say where it is.`,
    );
  }
  const [first = '', ...others] = readFileSync(path, 'utf8').trim().split('\n');
  const vault = others
    .filter((line) => line.trim() !== '')
    .map((line) => /^vault\s+(\S+)\s*$/.exec(line)?.[1]);
  return { site: keyIn(path, first), vault: vault.map((text) => keyIn(path, text ?? '')) };
}

/** Answers false when there is a file already, whoever made it. */
export function createKeyFile(path: string, keys: SiteKeyBytes): boolean {
  const temporary = writtenBeside(path, keys);
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    // Another process of the site was first: its key is the key.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    unlinkSync(temporary);
  }
}

/** Readers see the file as it was or as it is now. It stays its owner's, where this process may see to that. */
export function replaceKeyFile(path: string, keys: SiteKeyBytes): void {
  const { uid, gid } = statSync(path);
  const temporary = writtenBeside(path, keys);
  try {
    if (process.getuid?.() === 0) chownSync(temporary, uid, gid);
    renameSync(temporary, path);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
  syncDirectory(dirname(path));
}

/** The vault keys of a key file, and that of the site before them. */
export class SiteKeyFile implements VaultKeyFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  keys(): SiteKey[] {
    const { site, vault } = readSiteKeyFile(this.#path);
    return [site, ...vault].map(siteKey);
  }

  /** Changes whenever the file does. */
  version(): string {
    const { ino, mtimeMs, size } = statSync(this.#path);
    return `${ino} ${mtimeMs} ${size}`;
  }

  fingerprints(): string[] {
    return this.keys().map(({ fingerprint }) => fingerprint);
  }

  add(): string {
    const { site, vault } = readSiteKeyFile(this.#path);
    const added = newSiteKeyBytes();
    try {
      replaceKeyFile(this.#path, { site, vault: [...vault, added] });
    } catch (error) {
      throw new Error(
        `${this.#path} cannot be changed from here (${(error as Error).message}). Add a line "vault KEY" yourself, KEY being ${SITE_KEY_BYTES} random bytes in base64, and call this again.`,
        { cause: error },
      );
    }
    return siteKey(added).fingerprint;
  }

  keepOnly(fingerprints: readonly string[]): void {
    const { site, vault } = readSiteKeyFile(this.#path);
    const kept = vault.filter((bytes) => fingerprints.includes(siteKey(bytes).fingerprint));
    if (kept.length < vault.length) replaceKeyFile(this.#path, { site, vault: kept });
  }
}

/** By a name that no process that ended halfway has left behind, as process ids of containers are the same again. */
function writtenBeside(path: string, { site, vault }: SiteKeyBytes): string {
  const temporary = `${path}.${randomUUID()}.new`;
  const file = openSync(temporary, 'wx', 0o600);
  const lines = [site.toString('base64'), ...vault.map((bytes) => `vault ${bytes.toString('base64')}`)];
  try {
    writeSync(file, `${lines.join('\n')}\n`);
    fsyncSync(file);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  } finally {
    closeSync(file);
  }
  return temporary;
}

/** A rename is safe from a power failure once its directory is. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  fsyncSync(directory);
  closeSync(directory);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function keyIn(path: string, text: string): Buffer {
  const bytes = Buffer.from(text.trim(), 'base64');
  if (bytes.length !== SITE_KEY_BYTES) {
    throw new Error(
      `${path} does not hold a site key (${SITE_KEY_BYTES} bytes in base64, and lines "vault KEY" after it).`,
    );
  }
  return bytes;
}

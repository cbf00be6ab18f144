import { createHash, timingSafeEqual } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface HostKey {
  /** Of the public key blob, e.g. `ssh-ed25519`. */
  algorithm: string;
  blob: Buffer;
}

export type HostKeyVerdict =
  | { known: 'same' }
  | { known: 'no' }
  /** The host is known under other keys; all of them are listed. */
  | { known: 'changed'; keys: HostKey[] };

const FILE = 'known_hosts';
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** `SHA256:...` as OpenSSH prints it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** Reads the algorithm out of a public key blob (RFC 4253, section 6.6). */
export function hostKey(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  const algorithm = blob.subarray(4, 4 + length).toString('latin1');
  if (!/^[!-~]{1,128}$/.test(algorithm)) throw new Error('The host key is malformed.');
  return { algorithm, blob };
}

/**
 * The host keys representatives chose to save: a file in OpenSSH's known_hosts format in the state directory. A key is
 * added by one appending write, so several processes may share the file and a crash never damages earlier lines; it
 * is read anew for every jump, so a line an administrator removes counts at once.
 */
export class HostKeys {
  readonly path: string;

  constructor(stateDir: string) {
    this.path = join(stateDir, FILE);
  }

  /** Keys saved for this host and port, oldest first. */
  async saved(hostname: string, port: number): Promise<HostKey[]> {
    const place = hostPlace(hostname, port);
    const keys: HostKey[] = [];
    for (const line of (await this.text()).split('\n')) {
      const [hosts, algorithm, encoded] = line.trim().split(/\s+/);
      if (!hosts || hosts.startsWith('#') || !algorithm || !encoded) continue;
      if (hosts.split(',').includes(place)) keys.push({ algorithm, blob: Buffer.from(encoded, 'base64') });
    }
    return keys;
  }

  async check(hostname: string, port: number, offered: HostKey): Promise<HostKeyVerdict> {
    const keys = await this.saved(hostname, port);
    if (!keys.length) return { known: 'no' };
    const same = keys.some(
      (key) => key.blob.length === offered.blob.length && timingSafeEqual(key.blob, offered.blob),
    );
    return same ? { known: 'same' } : { known: 'changed', keys };
  }

  /** Resolves once the key is on the disk. */
  async save(hostname: string, port: number, key: HostKey): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const file = await open(this.path, 'a+', 0o600);
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await file.read(last, 0, 1, size - 1);
      // A line torn by a crash of the machine must not swallow this one.
      const start = size > 0 && last.toString() !== '\n' ? '\n' : '';
      const line = `${hostPlace(hostname, port)} ${key.algorithm} ${key.blob.toString('base64')}\n`;
      await file.appendFile(start + line);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  private async text(): Promise<string> {
    try {
      const text = await readFile(this.path, 'latin1');
      if (text.length > MAX_FILE_BYTES) throw new Error(`${this.path} is too long.`);
      return text;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw cause;
    }
  }
}

/** How known_hosts names a host: `name`, or `[name]:port` for another port than 22. */
function hostPlace(hostname: string, port: number): string {
  const name = hostname.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

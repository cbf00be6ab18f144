import type { Client } from 'ssh2';
import { holdsKey, withKeyAdded, withKeyRemoved } from './authorized-keys.ts';
import { RemoteFiles } from './remote-file.ts';
import { TaskFailure } from './task-failure.ts';

/** Where OpenSSH looks for keys unless it is told otherwise (AuthorizedKeysFile), from the home directory. */
const PLACES = ['.ssh/authorized_keys', '.ssh/authorized_keys2'];

/** Public keys as kind and base64. */
export interface KeyPairing {
  current: string;
  next: string;
}

/** The keys of an account on its host, seen over one connection that stays open until the change is over. */
export class AuthorizedKeys {
  private readonly files: RemoteFiles;
  private readonly path: string;
  private readonly keys: KeyPairing;
  /** What the file held before the last edit. */
  private before = '';

  private constructor(files: RemoteFiles, path: string, keys: KeyPairing) {
    this.files = files;
    this.path = path;
    this.keys = keys;
  }

  /** Fails with `unsupported` when neither key is in a file the account has. */
  static async find(client: Client, keys: KeyPairing): Promise<AuthorizedKeys> {
    const files = await RemoteFiles.open(client);
    for (const place of PLACES) {
      const path = await files.realPath(place);
      if (path === undefined) continue;
      const text = await files.read(path);
      if (holdsKey(text, keys.current) || holdsKey(text, keys.next))
        return new AuthorizedKeys(files, path, keys);
    }
    throw new TaskFailure(
      'unsupported',
      `The account's key is in none of ${PLACES.join(', ')} of its home directory, so it is kept somewhere it cannot be changed by the account.`,
    );
  }

  /** Lets the new key in beside the current one. */
  async add(): Promise<void> {
    await this.edit((text) => withKeyAdded(text, this.keys.current, this.keys.next) ?? text);
  }

  async removeCurrent(): Promise<void> {
    await this.edit((text) =>
      holdsKey(text, this.keys.next) ? withKeyRemoved(text, this.keys.current) : text,
    );
  }

  async removeNext(): Promise<void> {
    await this.edit((text) =>
      holdsKey(text, this.keys.current) ? withKeyRemoved(text, this.keys.next) : text,
    );
  }

  /** Takes the last edit back. */
  async restore(): Promise<void> {
    const { before } = this;
    await this.edit(() => before);
  }

  private async edit(change: (text: string) => string): Promise<void> {
    this.before = await this.files.read(this.path);
    const after = change(this.before);
    if (after !== this.before) await this.files.replace(this.path, this.before, after);
  }
}

import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandFailure } from './command.ts';

export interface Credential {
  username: string;
  token: string;
  expires_at: string;
}

interface Contents {
  /** The server signed in to last. */
  current?: string;
  servers: Record<string, Credential>;
}

/** Tokens by server, in the user's configuration directory, for the user's eyes only. */
export class CredentialFile {
  readonly path: string;

  constructor(env: Record<string, string | undefined> = process.env) {
    const base = env.XDG_CONFIG_HOME || join(homedir(), '.config');
    this.path = join(base, 'bridgehead', 'credentials.json');
  }

  async current(): Promise<string | undefined> {
    return (await this.#read()).current;
  }

  async find(url: string): Promise<Credential | undefined> {
    return (await this.#read()).servers[url];
  }

  /** Keeps the token and makes its server the current one. */
  async keep(url: string, credential: Credential): Promise<void> {
    const contents = await this.#read();
    contents.servers[url] = credential;
    await this.#write({ ...contents, current: url });
  }

  async forget(url: string): Promise<void> {
    const contents = await this.#read();
    delete contents.servers[url];
    if (contents.current === url) delete contents.current;
    await this.#write(contents);
  }

  async #read(): Promise<Contents> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { servers: {} };
      throw new CommandFailure(`${this.path} cannot be read: ${(error as Error).message}`);
    }
    try {
      const contents = JSON.parse(text) as Contents;
      return { ...contents, servers: contents.servers ?? {} };
    } catch {
      throw new CommandFailure(`${this.path} is damaged. Remove it and sign in again.`);
    }
  }

  /** Written beside and renamed, so that a reader never sees half a file and the mode is right from the start. */
  async #write(contents: Contents): Promise<void> {
    const directory = dirname(this.path);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    const fresh = `${this.path}.${process.pid}`;
    await writeFile(fresh, `${JSON.stringify(contents, null, 2)}\n`, { mode: 0o600 });
    await rename(fresh, this.path);
  }
}

import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { argon2d, argon2id } from 'hash-wasm';
import kdbxweb, { type Kdbx } from 'kdbxweb';
import { PluginError } from '../../sdk/plugin.ts';

const MIB = 1024;
/** A file can ask for any amount; the real ones ask for 64 MiB to 256 MiB. */
const MOST_ARGON2_MEMORY = 1024 * MIB;
const MOST_BYTES = 64 * 1024 * 1024;
/** Programs that save in place leave half a file for a moment. */
const TRIES = 5;
const PAUSE = 250;

const { CryptoEngine, Credentials, ProtectedValue, Consts } = kdbxweb;

CryptoEngine.setArgon2Impl(async (password, salt, memorySize, iterations, hashLength, parallelism, type) => {
  if (memorySize > MOST_ARGON2_MEMORY) {
    throw new PluginError(
      'misconfigured',
      `The KeePass file wants ${memorySize / MIB} MiB of memory to be opened; at most ${MOST_ARGON2_MEMORY / MIB} are given.`,
    );
  }
  const derive = type === CryptoEngine.Argon2TypeArgon2d ? argon2d : argon2id;
  const key = await derive({
    password: new Uint8Array(password),
    salt: new Uint8Array(salt),
    memorySize,
    iterations,
    hashLength,
    parallelism,
    outputType: 'binary',
  });
  return new Uint8Array(key).buffer;
});

export interface KeePassFile {
  /** The database as it is on the disk now; opened again only when the file has changed. */
  database(signal: AbortSignal): Promise<Kdbx>;
}

export interface KeePassFileOptions {
  file: string;
  password: string | undefined;
  keyFile: string | undefined;
}

export function keePassFile(options: KeePassFileOptions): KeePassFile {
  let opened: { version: string; database: Promise<Kdbx> } | undefined;
  return {
    async database(signal) {
      const version = await versionOf(options.file);
      if (opened?.version !== version) {
        const database = openUndisturbed(options);
        opened = { version, database };
        // What failed is tried again next time: the key file may have been wrong, not the file.
        database.catch(() => {
          if (opened?.database === database) opened = undefined;
        });
      }
      const database = await opened.database;
      signal.throwIfAborted();
      return database;
    },
  };
}

/** Once more while somebody is writing the file: half a file looks damaged, or as if the password were wrong. */
async function openUndisturbed(options: KeePassFileOptions): Promise<Kdbx> {
  for (let tried = 1; ; tried++) {
    const before = await versionOf(options.file);
    try {
      const database = await open(await bytesOf(options.file, 'KeePass file'), options);
      if (tried === TRIES || before === (await versionOf(options.file))) return database;
    } catch (error) {
      const busy = before !== (await versionOf(options.file)) || (await wasJustWritten(options.file));
      if (tried === TRIES || !busy) throw error;
    }
    await sleep(PAUSE);
  }
}

async function wasJustWritten(file: string): Promise<boolean> {
  return Date.now() - (await stat(file)).mtimeMs < TRIES * PAUSE;
}

async function open(bytes: ArrayBuffer, options: KeePassFileOptions): Promise<Kdbx> {
  const { password, keyFile } = options;
  const name = basename(options.file);
  const credentials = new Credentials(
    password === undefined ? null : ProtectedValue.fromString(password),
    keyFile === undefined ? null : await bytesOf(keyFile, 'key file'),
  );
  try {
    return await kdbxweb.Kdbx.load(bytes, credentials);
  } catch (error) {
    throw inWords(error, name, options);
  }
}

function inWords(error: unknown, name: string, { password, keyFile }: KeePassFileOptions): PluginError {
  if (error instanceof PluginError) return error;
  const code = error instanceof kdbxweb.KdbxError ? error.code : '';
  if (code === Consts.ErrorCodes.InvalidKey) {
    const given = [password === undefined ? '' : 'password', keyFile === undefined ? '' : 'key file'];
    return new PluginError(
      'misconfigured',
      `${name} cannot be opened with the ${given.filter((what) => what !== '').join(' and ')} of the settings.`,
    );
  }
  if (code === Consts.ErrorCodes.InvalidVersion || code === Consts.ErrorCodes.Unsupported) {
    return new PluginError(
      'misconfigured',
      `${name} is of a kind that is not read here: KDBX 3.1 and 4 with AES or ChaCha20 are.`,
    );
  }
  return new PluginError('unavailable', `${name} is damaged or no KeePass file.`, { cause: error });
}

async function bytesOf(file: string, what: string): Promise<ArrayBuffer> {
  try {
    return new Uint8Array(await readFile(file)).buffer;
  } catch (error) {
    throw unreadable(error, file, what);
  }
}

/** Changes when the file is written or replaced. */
async function versionOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    if (size > MOST_BYTES) {
      throw new PluginError(
        'misconfigured',
        `${basename(file)} is larger than ${MOST_BYTES / MIB / MIB} MiB.`,
      );
    }
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    throw error instanceof PluginError ? error : unreadable(error, file, 'KeePass file');
  }
}

function unreadable(cause: unknown, file: string, what: string): PluginError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const [kind, why] =
    code === 'EACCES' || code === 'EPERM'
      ? (['misconfigured', 'this program may not read it'] as const)
      : code === 'EISDIR'
        ? (['misconfigured', 'it is a directory'] as const)
        : code === 'ENOENT'
          ? (['unavailable', 'there is no such file now'] as const)
          : (['unavailable', code || 'it cannot be read'] as const);
  return new PluginError(kind, `The ${what} ${basename(file)} cannot be read: ${why}.`, { cause });
}

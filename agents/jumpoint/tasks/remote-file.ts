import type { Client, SFTPWrapper, Stats } from 'ssh2';
import { TaskFailure } from './task-failure.ts';

/** The largest `authorized_keys` that is edited. */
const MAX_BYTES = 1024 * 1024;
const PERMISSIONS = 0o7777;

/** Files of the account that is signed in, over SFTP. Fails with `TaskFailure` in the words of the host. */
export class RemoteFiles {
  private readonly sftp: SFTPWrapper;

  private constructor(sftp: SFTPWrapper) {
    this.sftp = sftp;
    sftp.on('error', () => undefined);
  }

  static async open(client: Client): Promise<RemoteFiles> {
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      const lost = () => reject(new TaskFailure('lost', 'The host broke the connection off.'));
      client.once('close', lost);
      client.sftp((cause, opened) => {
        client.off('close', lost);
        if (cause)
          reject(
            new TaskFailure(
              'unsupported',
              `The host offers no SFTP, by which keys are changed: ${cause.message}.`,
              {
                cause,
              },
            ),
          );
        else resolve(opened);
      });
    });
    return new RemoteFiles(sftp);
  }

  /** The path behind symbolic links; undefined when nothing is there. */
  async realPath(path: string): Promise<string | undefined> {
    try {
      const real = await this.ask<string>(`find ${path}`, (done) => this.sftp.realpath(path, done));
      await this.stat(real);
      return real;
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw cause;
    }
  }

  async read(path: string): Promise<string> {
    const { size } = await this.stat(path);
    if (size > MAX_BYTES) throw new TaskFailure('unsupported', `${path} on the host is larger than 1 MiB.`);
    const bytes = await this.ask<Buffer>(`read ${path}`, (done) => this.sftp.readFile(path, done));
    return bytes.toString('utf8');
  }

  /**
   * Puts another text in the place of the file in one step, with the same owner and permissions: whoever reads it finds
   * the old text or the new one. The file is left alone when it no longer holds `before`.
   */
  async replace(path: string, before: string, after: string): Promise<void> {
    const aside = `${path}.bridgehead`;
    const old = await this.stat(path);
    await this.ask('clear up', (done) => this.sftp.unlink(aside, () => done(undefined)));
    const file = await this.ask<Buffer>(`write ${aside}`, (done) =>
      this.sftp.open(aside, 'wx', { mode: old.mode & PERMISSIONS }, done),
    );
    try {
      await this.fill(file, aside, after, old);
      if ((await this.read(path)) !== before)
        throw new TaskFailure('refused', `${path} was changed by somebody else at the same moment.`);
      await this.ask(`put ${aside} in the place of ${path}`, (done) =>
        this.sftp.ext_openssh_rename(aside, path, done),
      );
    } catch (cause) {
      await new Promise<void>((resolve) => {
        this.sftp.unlink(aside, () => resolve());
        this.sftp.once('close', resolve);
      });
      throw cause;
    }
  }

  private async fill(file: Buffer, path: string, text: string, like: Stats): Promise<void> {
    const bytes = Buffer.from(text, 'utf8');
    try {
      await this.ask(`write ${path}`, (done) => this.sftp.write(file, bytes, 0, bytes.length, 0, done));
      const made = await this.ask<Stats>(`look at ${path}`, (done) => this.sftp.fstat(file, done));
      if (made.uid !== like.uid || made.gid !== like.gid)
        await this.ask(`give ${path} the owner it has now (it belongs to somebody else)`, (done) =>
          this.sftp.fsetstat(file, { uid: like.uid, gid: like.gid }, done),
        );
      // After the owner, which clears some of the bits; and the mode asked for at first was cut by the umask.
      await this.ask(`set the permissions of ${path}`, (done) =>
        this.sftp.fsetstat(file, { mode: like.mode & PERMISSIONS }, done),
      );
      await this.flush(file);
    } finally {
      await this.ask(`write ${path}`, (done) => this.sftp.close(file, done));
    }
  }

  /** To the disk, where the host can be asked for it. */
  private flush(file: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.sftp.once('close', resolve);
      try {
        this.sftp.ext_openssh_fsync(file, () => resolve());
      } catch {
        resolve();
      }
    });
  }

  private stat(path: string): Promise<Stats> {
    return this.ask<Stats>(`look at ${path}`, (done) => this.sftp.stat(path, done));
  }

  private ask<T = void>(
    what: string,
    call: (done: (cause: Error | null | undefined, result?: T) => void) => unknown,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = () => reject(new TaskFailure('lost', 'The host broke the connection off.'));
      this.sftp.once('close', lost);
      const settle = (cause: Error | null | undefined, result?: T) => {
        this.sftp.off('close', lost);
        if (!cause) resolve(result as T);
        else
          reject(
            new TaskFailure('refused', `The host did not let the account ${what}: ${cause.message}.`, {
              cause,
            }),
          );
      };
      try {
        call(settle);
      } catch (cause) {
        this.sftp.off('close', lost);
        reject(
          new TaskFailure('unsupported', `The host cannot ${what}: ${(cause as Error).message}.`, { cause }),
        );
      }
    });
  }
}

const NO_SUCH_FILE = 2;

function isMissing(cause: unknown): boolean {
  return ((cause as TaskFailure).cause as { code?: unknown } | undefined)?.code === NO_SUCH_FILE;
}

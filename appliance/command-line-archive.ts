/** Where the command line runs. */
export type CommandLinePlatform = 'linux' | 'win32' | 'macos';

/** The command line, packed for a host that has nothing else of this product but Node. */
export interface CommandLineArchive {
  fileName: string;
  /** A ZIP archive. */
  archive: Uint8Array;
}

/** Packs the program for a platform. Fails with `unavailable` when it has not been built. */
export type CommandLineArchiver = (platform: CommandLinePlatform) => Promise<CommandLineArchive>;

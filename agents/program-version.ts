import manifest from '../package.json' with { type: 'json' };

/** The version of this program, told to the server. */
export const PROGRAM_VERSION: string = manifest.version;

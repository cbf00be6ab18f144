import type { ForeignCommand } from '../command.ts';

/** The Jumpoint program, for hosts that have `bh` but not the program's own package. */
export const jumpoint: ForeignCommand = {
  words: 'jumpoint',
  operands: 'run | enrol TOKEN',
  summary: 'run the Jumpoint program on this host',
  async runWith(args) {
    // The program reads its own command line, and runs when it is loaded.
    process.argv = [process.argv[0]!, 'jumpoint', ...args];
    await import('../../agents/jumpoint/main.ts');
    return Number(process.exitCode ?? 0);
  },
};

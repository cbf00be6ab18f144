import { EXIT, type ForeignCommand, usageFailure } from '../command.ts';
import { say } from '../output.ts';

const HELP = `Usage: bh jumpoint enrol TOKEN   register this host with the server that made the token
       bh jumpoint run           stay connected and serve Shell Jumps
       bh jumpoint version

Options:
  --state-dir DIR   keys and saved host keys; default: $BRIDGEHEAD_JUMPOINT_STATE, or /var/lib/bridgehead-jumpoint
  --ca FILE         PEM of a further certificate authority to trust; default: $BRIDGEHEAD_JUMPOINT_CA`;

const WORDS = ['enrol', 'run', 'version'];

/** The Jumpoint program, for hosts that have `bh` but not the program's own package. */
export const jumpoint: ForeignCommand = {
  words: 'jumpoint',
  operands: 'run | enrol TOKEN',
  summary: 'run the Jumpoint program on this host',
  async runWith(args) {
    if (args.includes('--help') || args.includes('-h')) {
      say(HELP);
      return EXIT.done;
    }
    if (!WORDS.some((word) => args.includes(word))) throw usageFailure(`What about jumpoint?\n${HELP}`);
    // The program reads its own command line and works from when it is loaded; it sets the exit code itself.
    process.argv = [process.argv[0]!, 'jumpoint', ...args];
    await import('../../agents/jumpoint/main.ts');
    return Number(process.exitCode ?? EXIT.done);
  },
};

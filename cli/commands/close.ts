import { type Command, EXIT, SERVER_OPTIONS, usageFailure } from '../command.ts';
import { say } from '../output.ts';
import { signedInServer } from '../server.ts';

export const close: Command = {
  words: 'close',
  operands: 'LSID...',
  summary: 'end running sessions',
  options: { ...SERVER_OPTIONS },
  operandCount: { from: 1, to: 100 },
  async run(args) {
    const wrong = args.operands.find((lsid) => !/^[0-9a-f]{32}$/.test(lsid));
    if (wrong !== undefined)
      throw usageFailure(`${wrong} is not a session id (32 hex digits); see: bh sessions`);
    const server = await signedInServer(args);
    for (const lsid of args.operands) {
      await server.call('POST', `/session/${lsid}/terminate`);
      say(`Ended ${lsid}.`);
    }
    return EXIT.done;
  },
};

import { readFile } from 'node:fs/promises';
import type { ServerDial } from '../agents/server-dial.ts';
import { type Arguments, CommandFailure, type CommandOption } from './command.ts';

const STATE_DIRECTORY = '/var/lib/bridgehead-ecm';

/** Options of the commands that are, or make, an ECM host. */
export const ECM_HOST_OPTIONS: Record<string, CommandOption> = {
  'state-dir': {
    type: 'string',
    value: 'DIR',
    help: `keys of this host; default: $BH_ECM_STATE, or ${STATE_DIRECTORY}`,
  },
  ca: {
    type: 'string',
    value: 'FILE',
    help: 'PEM of a further certificate authority to trust; default: $BH_ECM_CA',
  },
};

export function stateDirectory(args: Arguments): string {
  return args.text('state-dir') || process.env.BH_ECM_STATE || STATE_DIRECTORY;
}

export async function serverDial(args: Arguments): Promise<ServerDial> {
  const file = args.text('ca') || process.env.BH_ECM_CA;
  if (!file) return {};
  try {
    return { ca: await readFile(file, 'utf8') };
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${(error as Error).message}`);
  }
}

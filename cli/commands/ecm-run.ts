import { programLog } from '../../agents/log/program-log.ts';
import { readEcmConfig } from '../../ecm/host/ecm-config.ts';
import { startPlugins } from '../../ecm/host/start-plugins.ts';
import { ecmIdentity, type RunningEcmHost, runEcmHost } from '../../ecm/program/run-ecm-host.ts';
import { type Command, CommandFailure, EXIT } from '../command.ts';
import { ECM_HOST_OPTIONS, serverDial, stateDirectory } from '../ecm-host-options.ts';

const CONFIG = '/etc/bridgehead-ecm/ecm.yaml';
/** The server does not know this host: starting it again does not help. */
const NOT_ENROLLED = 77;

export const ecmRun: Command = {
  words: 'ecm run',
  operands: '',
  summary: 'run the Endpoint Credential Manager on this host',
  details: `Dials the server that it was enrolled with, and answers its questions with what its plug-ins say. Writes its log to
standard output as JSON lines, one an event; $LOG_LEVEL is trace, debug, info, warn or error. Ends in good order at
SIGTERM or SIGINT. The exit code is ${NOT_ENROLLED} when the server does not know its key (any longer).`,
  options: {
    config: { type: 'string', value: 'FILE', short: 'c', help: `names the plug-ins; default: ${CONFIG}` },
    ...ECM_HOST_OPTIONS,
  },
  operandCount: { from: 0, to: 0 },
  async run(args) {
    const log = programLog({ program: 'ecm', level: process.env.LOG_LEVEL || 'info' });
    const dial = await serverDial(args);
    try {
      const stateDir = stateDirectory(args);
      await ecmIdentity(stateDir);
      const config = await readEcmConfig(args.text('config') || CONFIG);
      const operations = await startPlugins(config, { log });
      try {
        const host = await runEcmHost({ stateDir, operations, log, dial });
        return await untilItEnds(host, (signal) => log.info({ signal }, 'stopping'));
      } finally {
        await operations.close();
      }
    } catch (error) {
      throw new CommandFailure((error as Error).message);
    }
  },
};

/** A signal, or the server that does not know the key. */
async function untilItEnds(host: RunningEcmHost, onSignal: (signal: string) => void): Promise<number> {
  const stopped = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        onSignal(signal);
        resolve(EXIT.done);
      });
    }
  });
  const exitCode = await Promise.race([stopped, host.refused.then(() => NOT_ENROLLED)]);
  await host.stop();
  return exitCode;
}

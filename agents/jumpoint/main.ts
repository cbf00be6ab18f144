import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { programLog } from '../log/program-log.ts';
import { PROGRAM_VERSION } from '../program-version.ts';
import type { ServerDial } from '../server-dial.ts';
import { runBuiltIn } from './built-in-child.ts';
import { enrol } from './enrolment.ts';
import { IdentityStore } from './identity-store.ts';
import { runJumpoint } from './run-jumpoint.ts';

const USAGE = `Usage:
  jumpoint enrol [token]   register this host with the server that made the token
                           (default: the file enrolment-token in the current directory)
  jumpoint run             stay connected and serve Shell Jumps
  jumpoint version

Options:
  --state-dir DIR   keys, saved host keys (default: $BRIDGEHEAD_JUMPOINT_STATE or /var/lib/bridgehead-jumpoint)
  --ca FILE         PEM of a further certificate authority to trust, or $BRIDGEHEAD_JUMPOINT_CA
`;

/** The command line of the program. Exits with 64 for a bad command, 1 for a failure, 77 when it must be enrolled anew. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'state-dir': { type: 'string' },
      ca: { type: 'string' },
      'built-in': { type: 'boolean', default: false },
    },
  });
  if (values['built-in']) {
    runBuiltIn();
    return;
  }
  const stateDir =
    values['state-dir'] ?? process.env.BRIDGEHEAD_JUMPOINT_STATE ?? '/var/lib/bridgehead-jumpoint';
  const ca = values.ca ?? process.env.BRIDGEHEAD_JUMPOINT_CA;
  const dial: ServerDial = ca ? { ca: await readFile(ca, 'utf8') } : {};
  switch (positionals[0]) {
    case 'enrol':
      await enrolOnce(stateDir, positionals[1] ?? (await readFile('enrolment-token', 'utf8')), dial);
      break;
    case 'run':
      await runForever(stateDir, dial);
      break;
    case 'version':
      process.stdout.write(`${PROGRAM_VERSION}\n`);
      break;
    default:
      process.stderr.write(USAGE);
      process.exitCode = 64;
  }
}

async function enrolOnce(stateDir: string, token: string, dial: ServerDial): Promise<void> {
  const store = new IdentityStore(stateDir);
  if (await store.read())
    throw new Error(
      `${stateDir} already holds an identity. Remove its identity.json to enrol this host anew.`,
    );
  const identity = await enrol(store, { token, version: PROGRAM_VERSION, dial });
  process.stdout.write(`Enrolled with Jumpoint "${identity.jumpointName}" at ${identity.urls[0]}.\n`);
}

async function runForever(stateDir: string, dial: ServerDial): Promise<void> {
  const log = programLog({ program: 'jumpoint' });
  const jumpoint = await runJumpoint({ stateDir, log, dial });
  const stop = (signal: string) => {
    log.info({ signal }, 'stopping');
    void jumpoint.stop().then(() => process.exit(0));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  await jumpoint.refused;
  await jumpoint.stop();
  process.exitCode = 77;
}

main().catch((cause: unknown) => {
  process.stderr.write(`jumpoint: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exitCode = 1;
});

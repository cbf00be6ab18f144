import { programLog } from '../log/program-log.ts';
import { PROGRAM_VERSION } from '../program-version.ts';
import type { ServerDial } from '../server-dial.ts';
import { isConfined } from './built-in-permissions.ts';
import type { FromBuiltIn, ToBuiltIn } from './built-in-protocol.ts';
import { enrol } from './enrolment.ts';
import { IdentityStore } from './identity-store.ts';
import { runJumpoint } from './run-jumpoint.ts';

type Start = Extract<ToBuiltIn, { t: 'start' }>;

/**
 * Runs as the child of a server: configured over IPC, ends with its parent. It holds no credential of the database and
 * no site key, and cannot read those of its server; to enrol it asks its parent for a token.
 */
export function runBuiltIn(): void {
  if (!process.send) throw new Error('--built-in is for the server to start, not for people.');
  if (!isConfined()) throw new Error('--built-in runs under --permission only.');
  // The channel closes when the parent ends, however it ends.
  process.once('disconnect', () => process.exit(0));
  // A terminal's Ctrl+C reaches the whole process group; the parent decides when to stop.
  process.on('SIGINT', () => undefined);
  process.once('SIGTERM', () => process.exit(0));
  process.on('message', function begin(message: ToBuiltIn) {
    if (message.t !== 'start') return;
    process.off('message', begin);
    run(message).catch((err: unknown) => {
      programLog({ program: 'jumpoint' }).fatal({ err }, 'the built-in Jumpoint stops');
      process.exit(1);
    });
  });
}

async function run(start: Start): Promise<void> {
  const log = programLog({ program: 'jumpoint', level: start.logLevel });
  const store = new IdentityStore(start.stateDir);
  const dial: ServerDial = { parentHost: start.host };
  for (;;) {
    const identity = await store.read();
    if (identity && identity.serverKey !== start.serverKey) await store.remove();
    if (!identity || identity.serverKey !== start.serverKey) {
      const token = await askForToken();
      await enrol(store, { token, version: PROGRAM_VERSION, url: start.url, dial });
    }
    const jumpoint = await runJumpoint({
      stateDir: start.stateDir,
      log,
      onlyUrl: start.url,
      dial,
      // Its server is on the same host: it is back at once or not at all.
      backOff: { shortest: 200, longest: 3_000, lasting: 3_000 },
    });
    await jumpoint.refused;
    await jumpoint.stop();
    await store.remove();
  }
}

function askForToken(): Promise<string> {
  return new Promise((resolve) => {
    process.on('message', function take(message: ToBuiltIn) {
      if (message.t !== 'enrolment-token') return;
      process.off('message', take);
      resolve(message.token);
    });
    process.send?.({ t: 'enrolment-token-needed' } satisfies FromBuiltIn);
  });
}

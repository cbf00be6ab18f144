import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { builtInPermissions } from './built-in-permissions.ts';
import type { FromBuiltIn, ToBuiltIn } from './built-in-protocol.ts';

export interface BuiltInOptions {
  /** The child's own directory under the data directory. */
  stateDir: string;
  /** Where the child reaches this very process: the address it listens on, on this host. */
  url: string;
  /** The host name (and port) this server goes by. */
  host: string;
  /** The server's public key, raw 32 bytes in base64. */
  serverKey: string;
  /** Mints a token for the Jumpoint record `local`. Called only when the child has no identity that is valid here. */
  enrolmentToken: () => Promise<string>;
  log: Logger;
}

export interface BuiltInJumpoint {
  /** Of the child that runs now; undefined between two of them. */
  readonly pid: number | undefined;
  /** Ends the child. Resolves when it is gone. */
  stop(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A child that lived this long was healthy: the next pause is short again. */
const HEALTHY_MS = 60_000;
const STOP_TIMEOUT_MS = 3_000;

/** The only variables of the server's environment that reach the child: no credentials, no site key. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'NODE_EXTRA_CA_CERTS'];

/**
 * Starts the Jumpoint that comes with a server, as a child process without secrets, and starts it again with growing
 * pauses when it dies. The child ends by itself when this process does.
 */
export function spawnBuiltInJumpoint(options: BuiltInOptions): BuiltInJumpoint {
  let child: ChildProcess | undefined;
  let again: NodeJS.Timeout | undefined;
  let stopped = false;
  let failures = 0;

  const startAgain = (facts: object, message: string) => {
    if (stopped) return;
    const pause = Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** Math.min(failures, 10));
    options.log.warn({ ...facts, again_in_ms: pause }, message);
    clearTimeout(again);
    again = setTimeout(start, pause);
  };

  const start = () => {
    try {
      launch();
    } catch (err) {
      failures += 1;
      startAgain({ err }, 'the built-in Jumpoint cannot be started');
    }
  };

  const launch = () => {
    const startedAt = Date.now();
    const current = fork(MAIN, ['--built-in'], {
      env: Object.fromEntries(
        PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
      ),
      execArgv: builtInPermissions(options.stateDir),
      // Its log lines are JSON as the server's own are, and go to the same place.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child = current;
    const send = (message: ToBuiltIn) => {
      if (current.connected) current.send(message, (cause) => cause && current.kill());
    };
    current.on('message', (message: FromBuiltIn) => {
      if (message.t !== 'enrolment-token-needed') return;
      options.enrolmentToken().then(
        (token) => send({ t: 'enrolment-token', token }),
        (err: unknown) => {
          options.log.error({ err }, 'no enrolment token for the built-in Jumpoint');
          current.kill();
        },
      );
    });
    current.on('error', (err) => {
      // Without a process there is no exit to wait for.
      if (current.pid !== undefined) {
        options.log.error({ err }, 'the built-in Jumpoint could not be told or stopped');
        return;
      }
      child = undefined;
      failures += 1;
      startAgain({ err }, 'the built-in Jumpoint cannot be started');
    });
    current.once('exit', (code, signal) => {
      child = undefined;
      failures = Date.now() - startedAt > HEALTHY_MS ? 0 : failures + 1;
      startAgain({ code, signal }, 'the built-in Jumpoint ended');
    });
    send({
      t: 'start',
      stateDir: options.stateDir,
      url: options.url,
      host: options.host,
      serverKey: options.serverKey,
      logLevel: options.log.level,
    });
  };

  start();
  return {
    get pid() {
      return child?.pid;
    },
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(again);
      const current = child;
      if (!current || current.exitCode !== null || current.signalCode !== null) return;
      const gone = new Promise<void>((resolve) => current.once('exit', () => resolve()));
      const kill = setTimeout(() => current.kill('SIGKILL'), STOP_TIMEOUT_MS);
      current.kill('SIGTERM');
      await gone;
      clearTimeout(kill);
    },
  };
}

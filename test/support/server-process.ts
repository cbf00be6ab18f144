import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/node/bin/node');

export interface ServerProcess {
  url: string;
  pid: number;
  /** Everything it has printed so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Sends a signal to the process group, as a terminal does. */
  killGroup(signal: NodeJS.Signals): void;
  /** How it ended: exit code, or the name of a signal. */
  ended: Promise<number | string>;
}

export interface ServerProcessOptions {
  dataDir: string;
  env?: Record<string, string>;
  /** Words before the command, e.g. setpriv with another user. */
  prefix?: string[];
  /** The command; `node main.ts` by default. */
  command?: string[];
  /** The checkout to start; this one by default. */
  directory?: string;
  port?: number;
}

/** The real server in a process (and process group) of its own. Fails with its output when it ends before it is ready. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const process = await launchServerProcess(options);
  const started = Date.now();
  let outcome: number | string | undefined;
  void process.ended.then((code) => {
    outcome = code;
  });
  for (;;) {
    if (process.output().includes('Bridgehead is ready')) return process;
    if (outcome !== undefined) throw new Error(`The server ended (${outcome}):\n${process.output()}`);
    if (Date.now() - started > 90_000) {
      process.killGroup('SIGKILL');
      throw new Error(`The server is not ready:\n${process.output()}`);
    }
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** The same without waiting. */
export async function launchServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const port = options.port ?? (await freePort());
  const [program, ...args] = [...(options.prefix ?? []), ...(options.command ?? [NODE, 'main.ts'])] as [
    string,
  ];
  const child = spawn(program, args, {
    cwd: options.directory ?? ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: globalThis.process.env.PATH,
      HOME: globalThis.process.env.HOME,
      // Many servers are started, from the same sources.
      NODE_COMPILE_CACHE: join(tmpdir(), 'bridgehead-compile-cache'),
      BRIDGEHEAD_DATA_DIR: options.dataDir,
      BRIDGEHEAD_LISTEN: `127.0.0.1:${port}`,
      ...options.env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid as number,
    output: () => output,
    kill: (signal) => child.kill(signal),
    killGroup: (signal) => process.kill(-(child.pid as number), signal),
    ended: endOf(child),
  };
}

function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code, signal) => done(code ?? signal ?? 'unknown'));
  });
}

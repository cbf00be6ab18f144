import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

export interface BhRun {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A command that runs until it is ended. */
export interface RunningBh {
  pid: number;
  /** Everything it has printed so far. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Exit code, or the name of the signal that ended it. */
  ended: Promise<number | string>;
}

/** `bh`, bundled as it is shipped, with a home of its own. */
export interface Bh {
  /** Where the program lies, as `bh.mjs`. */
  folder: string;
  /** Its configuration directory. */
  config: string;
  run(args: string[], options?: { input?: string; env?: Record<string, string> }): Promise<BhRun>;
  /** Starts it and lets it run; whoever started it ends it. */
  start(args: string[], options?: { env?: Record<string, string> }): RunningBh;
  /** Runs in a pseudo-terminal of 100 columns and 40 rows; `afterwards` is a shell command for the same one. */
  terminal(args: string[], options?: { afterwards?: string }): TerminalRun;
  remove(): Promise<void>;
}

const ROOT = join(import.meta.dirname, '..', '..');
const PATIENCE_MS = 15_000;
/** The oldest Node that `bh` promises to run on may be named here. */
const NODE = process.env.BH_TEST_NODE ?? process.execPath;

export async function makeBh(): Promise<Bh> {
  const home = await mkdtemp(join(tmpdir(), 'bridgehead-bh-'));
  const program = join(home, 'bh.mjs');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['cli/bh.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);",
    },
    external: ['*.node', 'cpu-features', 'bufferutil', 'utf-8-validate', '@node-rs/argon2'],
  });
  const config = join(home, 'config');
  const env = { PATH: process.env.PATH ?? '', HOME: home, XDG_CONFIG_HOME: config, TERM: 'xterm' };
  return {
    folder: home,
    config,
    async run(args, options = {}) {
      const child = spawn(NODE, [program, ...args], { env: { ...env, ...options.env } });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => (stdout += chunk));
      child.stderr.on('data', (chunk) => (stderr += chunk));
      // A program that refuses its command line does not read what it is given.
      child.stdin.on('error', () => {});
      child.stdin.end(options.input ?? '');
      // A run that hangs must not outlive its test.
      const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      const [exitCode] = (await once(child, 'close')) as [number];
      clearTimeout(patience);
      return { exitCode, stdout, stderr };
    },
    start(args, options = {}) {
      const child = spawn(NODE, [program, ...args], {
        env: { ...env, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      return {
        pid: child.pid!,
        output: () => output,
        kill: (signal) => void child.kill(signal),
        ended: once(child, 'close').then(([code, signal]) => (code as number | null) ?? String(signal)),
      };
    },
    terminal(args, options = {}) {
      const command = [NODE, program, ...args].map(quoted).join(' ');
      const line = `stty rows 40 cols 100; ${command}; code=$?; ${options.afterwards ?? 'true'}; exit $code`;
      return new TerminalRun(spawn('script', ['-qfec', line, '/dev/null'], { env }));
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A program in a pseudo-terminal: what it showed, and somebody to type. */
export class TerminalRun {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<number>;
  #shown = '';
  #seen = 0;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdout.on('data', (chunk) => (this.#shown += chunk));
    child.stdin.on('error', () => {});
    this.#closed = once(child, 'close').then(([exitCode]) => Number(exitCode));
  }

  /** Everything shown so far. */
  get shown(): string {
    return this.#shown;
  }

  /** Waits until the text is shown after what was waited for before. */
  async waitFor(text: string): Promise<void> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    for (;;) {
      const at = this.#shown.indexOf(text, this.#seen);
      if (at >= 0) {
        this.#seen = at + text.length;
        return;
      }
      if (Date.now() > giveUpAt || this.#child.exitCode !== null) {
        throw new Error(`"${text}" was not shown. Shown: ${JSON.stringify(this.#shown.slice(this.#seen))}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  type(text: string): void {
    this.#child.stdin.write(text);
  }

  async exitCode(): Promise<number> {
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
    try {
      return await this.#closed;
    } finally {
      clearTimeout(patience);
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGHUP');
    await this.#closed;
  }
}

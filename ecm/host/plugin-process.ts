import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { FrameProblem } from '../channel/frames.ts';
import type { Capabilities, FromPlugin, Hello, LogLevel, PluginCall } from '../channel/messages.ts';
import type { SettingProblem } from '../sdk/settings.ts';
import { EcmFailure } from './ecm-operations.ts';
import { type MemoryWatch, watchMemory } from './memory-watch.ts';
import { type CallTimes, PluginCalls } from './plugin-calls.ts';
import { PluginChannel } from './plugin-channel.ts';
import type { PluginLimits } from './plugin-limits.ts';
import { PluginOutput } from './plugin-output.ts';
import { pluginRuntime } from './plugin-runtime.ts';
import { signalOf } from './process-isolation.ts';

/** How long a process may take to end by itself. */
const CLOSE_MS = 4000;
/** Its last words may still be on their way when it is gone. */
const LAST_WORDS_MS = 500;

export interface PluginProcessOptions {
  instance: string;
  /** Absolute path of the plug-in's file. */
  file: string;
  /** Relative paths of settings count from here; the process works here too. */
  folder: string;
  limits: PluginLimits;
  /** Further variables of this process's environment that it gets. */
  environment: readonly string[];
  /** For the conformance kit alone: see `ToPlugin`. */
  raw?: boolean;
  onLine(level: LogLevel, line: string, cut: boolean): void;
  onMask(secret: string): void;
}

/** The plug-in could not be loaded or made, for a reason it gave itself. */
export class StartRefused extends Error {
  readonly code: Extract<FromPlugin, { t: 'failed' }>['code'];

  constructor({ code, message }: Extract<FromPlugin, { t: 'failed' }>) {
    super(message);
    this.name = 'StartRefused';
    this.code = code;
  }
}

/**
 * One process of a plug-in, from its start to its end. It is ended as soon as it breaks a rule: too much memory, no sign
 * of life, messages that are none, too many of them, answers to nothing.
 */
export class PluginProcess {
  /** Resolves with the reason when the process is gone; never rejects. */
  readonly ended: Promise<string>;
  private readonly options: PluginProcessOptions;
  private readonly child: ChildProcess;
  private readonly channel: PluginChannel;
  private readonly calls: PluginCalls;
  private readonly output: PluginOutput;
  private readonly memory: MemoryWatch;
  private readonly pulse: NodeJS.Timeout;
  private expected: { resolve(message: FromPlugin): void; reject(cause: Error): void } | undefined;
  private reason: string | undefined;
  private closing = false;
  private lastPing = 0;
  private lastPong = 0;
  private busyBeats = 0;

  constructor(options: PluginProcessOptions) {
    const { limits } = options;
    this.options = options;
    this.output = new PluginOutput(options.onLine);
    const runtime = pluginRuntime(options);
    this.child = spawn(runtime.program, runtime.args, {
      cwd: options.folder,
      env: runtime.env,
      // 3: the channel. 4: nothing is ever said there; it closes when this process is gone, however that comes.
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      // A group of its own, so that what the plug-in starts ends with it.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    // Everything is listened to before the first message could come.
    this.ended = this.whenEnded();
    this.channel = new PluginChannel(this.child.stdio[3] as Duplex, {
      onMessage: (message) => this.take(message),
      onViolation: (what) => this.end(`it sent ${what}`),
    });
    this.child.stdio[4]?.on('error', () => {});
    this.output.read(this.child.stdout as Readable, 'info');
    this.output.read(this.child.stderr as Readable, 'warn');
    this.calls = new PluginCalls({
      instance: options.instance,
      atOnce: limits.callsAtOnce,
      send: (message) => this.channel.send(message),
    });
    this.memory = watchMemory(this.child.pid, limits.residentMb, (what) => this.end(what));
    this.pulse = setInterval(() => this.beat(), limits.hangMs / 2);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Loads the plug-in's file. Fails with `StartRefused`, or `EcmFailure` when the process ended. */
  async load(): Promise<Hello> {
    const { file, folder, raw } = this.options;
    const hello = this.expect('hello');
    this.channel.send({ t: 'load', file, folder, ...(raw && { raw }) });
    return hello as Promise<Hello>;
  }

  /** Makes the plug-in with its settings, unless something is wrong with those. Fails as {@link load}. */
  async configure(
    given: Record<string, unknown>,
    knownProblems: readonly string[],
  ): Promise<{ problems: SettingProblem[] } | { capabilities: Capabilities }> {
    const answer = this.expect('ready', 'problems');
    this.channel.send({ t: 'settings', given, known_problems: [...knownProblems] });
    const message = await answer;
    return message.t === 'problems'
      ? { problems: message.problems }
      : { capabilities: (message as Extract<FromPlugin, { t: 'ready' }>).capabilities };
  }

  /** As `PluginCalls.call`. */
  call(call: PluginCall, times: CallTimes): Promise<unknown> {
    return this.calls.call(call, times);
  }

  /** Calls that it does not end although nobody waits for them. */
  get abandonedCalls(): number {
    return this.calls.abandoned;
  }

  /** Asks the process to end, and ends it when it does not. */
  async close(): Promise<void> {
    this.closing = true;
    this.channel.send({ t: 'close' });
    const kill = setTimeout(() => this.end('it did not end when it was asked to'), CLOSE_MS);
    await this.ended;
    clearTimeout(kill);
  }

  /** Ends the process at once. */
  end(reason: string): void {
    this.reason ??= reason;
    this.channel.close();
    killGroup(this.child);
  }

  private expect(...kinds: FromPlugin['t'][]): Promise<FromPlugin> {
    const { startMs } = this.options.limits;
    return new Promise<FromPlugin>((resolve, reject) => {
      const timer = setTimeout(() => this.end(`it was not ready within ${startMs / 1000} seconds`), startMs);
      const done = () => {
        clearTimeout(timer);
        this.expected = undefined;
      };
      this.expected = {
        resolve: (message) => {
          done();
          if (message.t === 'failed') reject(new StartRefused(message));
          else if (kinds.includes(message.t)) resolve(message);
          else this.end('it sent a message out of turn');
        },
        reject: (cause) => {
          done();
          reject(cause);
        },
      };
      if (this.reason !== undefined) this.expected.reject(this.failure());
    });
  }

  private take(message: FromPlugin): void {
    switch (message.t) {
      case 'result':
        this.calls.result(message.id, message.value);
        break;
      case 'error':
        this.calls.error(message);
        break;
      case 'log':
        this.output.line(message.level, message.message);
        break;
      case 'mask':
        this.options.onMask(message.secret);
        break;
      case 'pong':
        if (message.id > this.lastPing) throw new FrameProblem('an answer to a question that nobody asked');
        this.lastPong = message.id;
        break;
      default:
        if (this.expected === undefined) throw new FrameProblem('a message out of turn');
        this.expected.resolve(message);
    }
  }

  /** Twice in the time of a hang: a sign of life is asked for, and looked for. */
  private beat(): void {
    const { hangMs, callsAtOnce } = this.options.limits;
    this.busyBeats = this.calls.abandoned >= callsAtOnce ? this.busyBeats + 1 : 0;
    if (this.busyBeats > 1) this.end('it does not end calls whose time is over');
    else if (this.lastPing - this.lastPong < 2) {
      this.lastPing += 1;
      this.channel.send({ t: 'ping', id: this.lastPing });
    } else {
      // What arrived while this process itself was held up is read before the verdict.
      setImmediate(() => {
        if (this.lastPing - this.lastPong >= 2)
          this.end(`it gave no sign of life for ${hangMs / 1000} seconds`);
      });
    }
  }

  private whenEnded(): Promise<string> {
    return new Promise((resolve) => {
      const finish = (how: string) => {
        this.reason ??= this.closing ? 'it was closed' : how;
        clearInterval(this.pulse);
        this.memory.stop();
        this.channel.close();
        // What it started and left behind.
        killGroup(this.child);
        for (const stream of this.child.stdio) stream?.destroy();
        const failure = this.failure();
        this.calls.end(failure);
        this.expected?.reject(failure);
        resolve(this.reason);
      };
      this.child.once('error', (cause) => {
        if (this.child.pid === undefined) finish(`it cannot be started: ${cause.message}`);
      });
      this.child.once('exit', (code, signal) => {
        const late = setTimeout(() => finish(this.howItEnded(code, signal)), LAST_WORDS_MS);
        this.child.once('close', () => {
          clearTimeout(late);
          finish(this.howItEnded(code, signal));
        });
      });
    });
  }

  private howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
    if (this.output.heapWasTooSmall) return `it needed more than ${this.options.limits.heapMb} MB of memory`;
    const by = signal ?? signalOf(code ?? 0);
    return by === undefined ? `it ended by itself with exit code ${code}` : `it was ended by ${by}`;
  }

  private failure(): EcmFailure {
    return new EcmFailure('plugin_failed', `The plug-in "${this.options.instance}" failed: ${this.reason}.`);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

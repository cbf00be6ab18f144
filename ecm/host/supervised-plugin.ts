import type { Capabilities, Hello, PluginCall } from '../channel/messages.ts';
import type { Health, SessionContext } from '../sdk/plugin.ts';
import type { SettingProblem } from '../sdk/settings.ts';
import { EcmFailure, type PluginInfo } from './ecm-operations.ts';
import type { HostLog } from './host-log.ts';
import {
  messageText,
  type ParsedCredential,
  parseCredential,
  parseHealth,
  WrongAnswer,
} from './plugin-answers.ts';
import { CallRefused, type CallTimes } from './plugin-calls.ts';
import type { PluginInstance } from './plugin-instance.ts';
import { PluginLog } from './plugin-log.ts';
import { PluginProcess, StartRefused } from './plugin-process.ts';
import { resolveSecrets } from './secret-settings.ts';

const LONGEST_PAUSE_MS = 60_000;
/** A process that lived this long was healthy: the next pause is short again. */
const STABLE_MS = 60_000;

/** The settings of an instance do not fit its plug-in. */
export class SettingsRefused extends Error {
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(
      problems.map(({ setting, message }) => (setting === '' ? message : `${setting} ${message}`)).join(' '),
    );
    this.name = 'SettingsRefused';
    this.problems = problems;
  }
}

interface Running {
  process: PluginProcess;
  hello: Hello;
  capabilities: Capabilities;
}

/**
 * One instance of a plug-in, kept running: a process that ends is started again after a pause that grows, until it has
 * failed too often in a row.
 */
export class SupervisedPlugin {
  readonly instance: string;
  private readonly plugin: PluginInstance;
  private readonly log: HostLog;
  private readonly changed: () => void;
  private readonly says: PluginLog;
  private running: Running | undefined;
  private starting: Promise<void> | undefined;
  private current: PluginProcess | undefined;
  private known: Pick<PluginInfo, 'name' | 'version' | 'description'> & {
    capabilities: Capabilities | undefined;
  };
  private failures = 0;
  private problem: string | undefined;
  private health: Health | undefined;
  private again: NodeJS.Timeout | undefined;
  private healthTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(plugin: PluginInstance, deps: { log: HostLog; changed: () => void }) {
    this.plugin = plugin;
    this.instance = plugin.instance;
    this.log = deps.log;
    this.says = new PluginLog(deps.log, plugin.instance);
    this.changed = deps.changed;
    this.known = { name: plugin.pluginName, version: '', description: '', capabilities: undefined };
  }

  get pid(): number | undefined {
    return this.current?.pid;
  }

  info(): PluginInfo {
    const { capabilities, ...known } = this.known;
    return {
      instance: this.instance,
      ...known,
      state: this.running !== undefined ? 'running' : this.isBroken() ? 'broken' : 'restarting',
      capabilities: {
        health: capabilities?.health ?? false,
        endpointSearch: capabilities?.endpointSearch ?? false,
        sessionStarted: capabilities?.sessionStarted ?? false,
        sessionComplete: capabilities?.sessionComplete ?? false,
      },
      health: this.running === undefined ? undefined : this.health,
      problem: this.running === undefined ? this.problem : undefined,
    };
  }

  /**
   * Starts it for the first time. Fails with {@link SettingsRefused} when its settings are wrong, and then stays as it is;
   * any other failure is told and tried again.
   */
  async start(): Promise<void> {
    try {
      await this.startOnce();
    } catch (cause) {
      if (cause instanceof SettingsRefused) throw cause;
    }
  }

  /** What it can do; all that is known of it before it runs is that it is a plug-in. */
  get capabilities(): Capabilities | undefined {
    return this.known.capabilities;
  }

  /** Asks the plug-in; while it is being started the question waits. Fails with `EcmFailure`. */
  async call(call: PluginCall, times: CallTimes): Promise<unknown> {
    const running = this.running ?? (await this.soon(times));
    try {
      return await running.process.call(call, times);
    } catch (cause) {
      if (cause instanceof CallRefused) throw this.refusal(cause, call.method);
      throw cause;
    }
  }

  /** As {@link call}; what the plug-in logs meanwhile, and later until the release, does not show the credential. */
  async fetch(session: SessionContext, credentialId: string, times: CallTimes): Promise<ParsedCredential> {
    const fetched: ParsedCredential[] = [];
    await this.says.whileFetching(session.lsid, credentialId, async () => {
      const value = await this.call({ method: 'getCredential', session, credentialId }, times);
      const given = this.believed(() => parseCredential(value));
      fetched.push(given);
      return given.credential;
    });
    return fetched[0]!;
  }

  /** From now on nothing of the credential is kept here. */
  released(lsid: string | undefined, credentialId: string): void {
    this.says.released(lsid, credentialId);
  }

  /** Takes an answer apart. Fails with `EcmFailure` when it is not what a plug-in may answer. */
  believed<T>(parse: () => T): T {
    try {
      return parse();
    } catch (cause) {
      throw cause instanceof WrongAnswer ? this.wrongAnswer(cause) : cause;
    }
  }

  private wrongAnswer(cause: WrongAnswer): EcmFailure {
    this.log.error(
      { plugin: this.instance, problem: cause.message },
      'a plug-in answered what none may answer',
    );
    return new EcmFailure('plugin_failed', `The plug-in "${this.instance}" failed: ${cause.message}.`);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.again);
    clearInterval(this.healthTimer);
    await this.current?.close();
    await this.starting?.catch(() => {});
  }

  private startOnce(): Promise<void> {
    clearTimeout(this.again);
    this.starting = this.startProcess().finally(() => {
      this.starting = undefined;
    });
    // Whoever waits for it hears of a failure; nobody has to.
    this.starting.catch(() => {});
    return this.starting;
  }

  private async startProcess(): Promise<void> {
    const startedAt = Date.now();
    let process: PluginProcess | undefined;
    try {
      process = this.newProcess();
      this.current = process;
      const running = await this.made(process);
      if (this.closed) return;
      this.running = running;
      this.problem = undefined;
      this.log.info(
        { plugin: this.instance, plugin_pid: process.pid, version: running.hello.version },
        'plug-in started',
      );
      this.watchHealth(running);
      this.changed();
      void process.ended.then((reason) => this.hasEnded(reason, startedAt));
    } catch (cause) {
      process?.end('it was not made');
      const reason = await process?.ended;
      this.current = undefined;
      if (this.closed) throw cause;
      if (cause instanceof SettingsRefused && this.known.capabilities === undefined) {
        this.problem = cause.message;
        throw cause;
      }
      this.failed(this.startFailure(cause, reason));
      throw cause;
    }
  }

  private newProcess(): PluginProcess {
    return new PluginProcess({
      instance: this.instance,
      file: this.plugin.file,
      folder: this.plugin.folder,
      limits: this.plugin.limits,
      environment: this.plugin.environment,
      onLine: (level, line, cut) => this.says.line(level, line, cut),
      onMask: (secret) => this.says.hide(secret),
    });
  }

  private async made(process: PluginProcess): Promise<Running> {
    const hello = await process.load();
    const { name, version, description } = hello;
    this.known = { ...this.known, name, version, description: messageText(description) };
    const secrets = await resolveSecrets(this.plugin, hello.secrets);
    this.says.hideSettings(secrets.texts);
    for (const warning of secrets.warnings) this.log.warn({ plugin: this.instance }, warning);
    const answer = await process.configure(
      secrets.given,
      secrets.problems.map(({ setting }) => setting),
    );
    const problems = [...secrets.problems, ...('problems' in answer ? answer.problems : [])];
    if (!('capabilities' in answer))
      throw new SettingsRefused(
        problems.map(({ setting, message }) => ({
          setting: messageText(setting),
          message: this.says.forPeople(message),
        })),
      );
    this.known.capabilities = answer.capabilities;
    return { process, hello, capabilities: answer.capabilities };
  }

  private startFailure(cause: unknown, reason: string | undefined): string {
    if (cause instanceof StartRefused && cause.code === undefined) {
      this.says.line('error', cause.message);
      return 'it cannot be started; the log of the host says why';
    }
    if (cause instanceof EcmFailure && reason !== undefined) return reason;
    return this.says.forPeople((cause as Error).message);
  }

  private hasEnded(reason: string, startedAt: number): void {
    clearInterval(this.healthTimer);
    this.running = undefined;
    this.current = undefined;
    this.health = undefined;
    if (this.closed) return;
    if (Date.now() - startedAt > STABLE_MS) this.failures = 0;
    this.failed(reason);
  }

  private failed(reason: string): void {
    const { limits } = this.plugin;
    this.failures += 1;
    this.problem = reason;
    const broken = this.isBroken();
    const pauseMs = broken
      ? limits.retryBrokenMs
      : Math.min(LONGEST_PAUSE_MS, limits.firstPauseMs * 2 ** (this.failures - 1));
    const facts = { plugin: this.instance, reason, failures: this.failures };
    if (broken) this.log.error(facts, 'a plug-in failed too often and counts as broken');
    else this.log.warn({ ...facts, again_in_ms: pauseMs }, 'a plug-in failed and is started again');
    if (pauseMs > 0) this.again = setTimeout(() => this.startOnce().catch(() => {}), pauseMs);
    this.changed();
  }

  private isBroken(): boolean {
    return this.failures >= this.plugin.limits.failuresUntilBroken;
  }

  /** Waits for a start that is under way. */
  private async soon({ limitMs, signal }: CallTimes): Promise<Running> {
    if (this.starting !== undefined && !this.closed)
      await Promise.race([this.starting.catch(() => {}), elapsed(limitMs, signal)]);
    if (this.running !== undefined) return this.running;
    const state = this.isBroken() ? 'is broken' : 'is being restarted';
    const reason = this.problem === undefined ? '' : `: ${this.problem}`;
    throw new EcmFailure('plugin_failed', `The plug-in "${this.instance}" ${state}${reason}.`);
  }

  private refusal({ code, message }: CallRefused, method: string): EcmFailure {
    if (code !== undefined) return new EcmFailure(code, this.says.forPeople(message));
    this.says.line('error', `${method}: ${message}`);
    return new EcmFailure(
      'plugin_failed',
      `The plug-in "${this.instance}" failed; the log of its host says why.`,
    );
  }

  private watchHealth(running: Running): void {
    if (!running.capabilities.health) return;
    const { healthEveryMs } = this.plugin.limits;
    const check = () => void this.checkHealth(running);
    check();
    this.healthTimer = setInterval(check, healthEveryMs);
  }

  private async checkHealth(running: Running): Promise<void> {
    const { healthMs } = this.plugin.limits;
    const health = await running.process
      .call({ method: 'checkHealth' }, { limitMs: healthMs, signal: new AbortController().signal })
      .then(parseHealth)
      .catch((cause: Error) => ({ healthy: false, detail: this.healthProblem(cause) }));
    if (this.running !== running) return;
    const shown = { healthy: health.healthy, detail: this.says.forPeople(health.detail) };
    if (shown.healthy === this.health?.healthy && shown.detail === this.health.detail) return;
    this.health = shown;
    if (!shown.healthy)
      this.log.warn({ plugin: this.instance, detail: shown.detail }, 'a plug-in is not healthy');
    this.changed();
  }

  private healthProblem(cause: Error): string {
    if (cause instanceof CallRefused) return this.refusal(cause, 'checkHealth').message;
    return cause instanceof WrongAnswer ? this.wrongAnswer(cause).message : cause.message;
  }
}

function elapsed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

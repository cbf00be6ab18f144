import { randomBytes } from 'node:crypto';
import type { Capabilities, Hello, PluginCall } from '../channel/messages.ts';
import { EcmFailure } from '../host/ecm-operations.ts';
import {
  type ParsedCredential,
  parseCredential,
  parseEndpoints,
  parseSummaries,
  WrongAnswer,
} from '../host/plugin-answers.ts';
import { CallRefused } from '../host/plugin-calls.ts';
import type { PluginInstance } from '../host/plugin-instance.ts';
import { PluginProcess, StartRefused } from '../host/plugin-process.ts';
import { SecretMask } from '../host/secret-mask.ts';
import { resolveSecrets } from '../host/secret-settings.ts';
import type { CredentialSummary, EndpointSummary, PluginErrorCode, SessionContext } from '../sdk/plugin.ts';
import type { SettingProblem } from '../sdk/settings.ts';

/** A question, or a start, that failed. */
export interface Failure {
  /** Undefined when the plug-in failed without telling people why. */
  code: PluginErrorCode | undefined;
  message: string;
  /** It is the process that failed, not the question. */
  fatal: boolean;
}

/** What came of one question. */
export type Answer = { value: unknown; error?: undefined } | { value?: undefined; error: Failure };

export interface StartedPlugin {
  process: PluginProcess;
  hello: Hello;
  capabilities: Capabilities;
}

export type StartResult = StartedPlugin | { problems: SettingProblem[] } | { failure: Failure };

/** Something of the plug-in that people read, and where it stood. */
interface Said {
  where: string;
  text: string;
}

/**
 * Where a plug-in is tested: its processes, asked by the same means as a host asks them, and a record of everything it
 * said, unmasked. Secrets that it is known to have are looked for in that record.
 */
export class Bench {
  readonly plugin: PluginInstance;
  readonly session: SessionContext;
  private readonly said: Said[] = [];
  private readonly secrets = new SecretMask();
  private readonly processes = new Set<PluginProcess>();
  private main: Promise<StartedPlugin> | undefined;
  private foundFirst: Promise<CredentialSummary[]> | undefined;

  constructor(plugin: PluginInstance, session: SessionContext) {
    this.plugin = plugin;
    this.session = session;
  }

  /** The process that most questions go to. Fails when it cannot be started. */
  started(): Promise<StartedPlugin> {
    this.main ??= this.start().then((result) => {
      if ('process' in result) return result;
      throw new BenchProblem('failure' in result ? result.failure.message : listText(result.problems));
    });
    return this.main;
  }

  /** A further process; without `settings` with those it was given. */
  async start(
    options: { settings?: Record<string, unknown>; wrongSecrets?: boolean } = {},
  ): Promise<StartResult> {
    const settings = options.settings ?? this.plugin.settings;
    const process = new PluginProcess({
      ...this.plugin,
      raw: true,
      onLine: (level, line) => this.hear(`its log (${level})`, line),
      onMask: () => {},
    });
    this.processes.add(process);
    try {
      const hello = await process.load();
      const { given, texts, problems } = await resolveSecrets({ ...this.plugin, settings }, hello.secrets);
      for (const text of texts) this.secrets.addLasting(text);
      if (options.wrongSecrets) this.replaceSecrets(given, hello.secrets);
      const answer = await process.configure(
        given,
        problems.map(({ setting }) => setting),
      );
      if ('capabilities' in answer) return { process, hello, capabilities: answer.capabilities };
      await this.drop(process);
      for (const { message } of answer.problems) this.hear('what it says of wrong settings', message);
      return { problems: [...problems, ...answer.problems] };
    } catch (cause) {
      await this.drop(process);
      if (cause instanceof StartRefused) {
        this.hear('why it did not start', cause.message);
        return { failure: { code: cause.code, message: cause.message, fatal: false } };
      }
      if (cause instanceof EcmFailure)
        return { failure: { code: undefined, message: cause.message, fatal: true } };
      throw cause;
    }
  }

  async ask(call: PluginCall, options: { of?: StartedPlugin; signal?: AbortSignal } = {}): Promise<Answer> {
    const { process } = options.of ?? (await this.started());
    try {
      const signal = options.signal ?? new AbortController().signal;
      return { value: await process.call(call, { limitMs: this.limitOf(call), signal }) };
    } catch (cause) {
      if (cause instanceof CallRefused) {
        this.hear(`a failure of ${call.method}`, cause.message);
        return { error: { code: cause.code, message: cause.message, fatal: false } };
      }
      if (!(cause instanceof EcmFailure)) throw cause;
      return { error: { code: undefined, message: cause.message, fatal: true } };
    }
  }

  /** What it finds for the session without a search, asked once. Fails with `BenchProblem`. */
  found(): Promise<CredentialSummary[]> {
    this.foundFirst ??= this.find('');
    return this.foundFirst;
  }

  /** Fails with `BenchProblem`. */
  async find(search: string, of?: StartedPlugin): Promise<CredentialSummary[]> {
    const { value, error } = await this.ask(
      { method: 'findCredentials', session: this.session, search, limit: 200 },
      of === undefined ? {} : { of },
    );
    if (error !== undefined) throw new BenchProblem(`The search failed: ${error.message}`);
    return this.listed(value);
  }

  /** As {@link find}, of systems. Without `types` of every kind. */
  async endpoints(search: string, types: readonly string[] = []): Promise<EndpointSummary[]> {
    const { session } = this;
    const { value, error } = await this.ask({ method: 'findEndpoints', session, search, limit: 50, types });
    if (error !== undefined) throw new BenchProblem(`The search for endpoints failed: ${error.message}`);
    this.hear('what it shows of an endpoint', JSON.stringify(value));
    try {
      const { items, leftOut } = parseEndpoints(value, 50);
      if (leftOut !== '') throw new BenchProblem(`Of the endpoints it found, ${leftOut}.`);
      return items;
    } catch (cause) {
      throw cause instanceof WrongAnswer ? new BenchProblem(sentence(cause.message)) : cause;
    }
  }

  /** Takes out what is no credential. Fails with `BenchProblem` when something had to be. */
  private listed(value: unknown): CredentialSummary[] {
    try {
      const { items, leftOut } = parseSummaries(value, 200);
      if (leftOut !== '') throw new BenchProblem(`Of what it found, ${leftOut}.`);
      for (const item of items) this.hear('what it shows of a credential', JSON.stringify(item));
      return items;
    } catch (cause) {
      throw cause instanceof WrongAnswer ? new BenchProblem(sentence(cause.message)) : cause;
    }
  }

  /** Fetches a credential, whose secrets are looked for from then on. Fails with `BenchProblem`. */
  async fetch(id: string): Promise<ParsedCredential> {
    const { value, error } = await this.ask({
      method: 'getCredential',
      session: this.session,
      credentialId: id,
    });
    if (error !== undefined) throw new BenchProblem(`"${id}" could not be fetched: ${error.message}`);
    try {
      const given = parseCredential(value);
      const { password, privateKey, passphrase } = given.credential;
      for (const secret of [password, privateKey, passphrase])
        if (secret !== undefined) this.secrets.addLasting(secret);
      return given;
    } catch (cause) {
      throw cause instanceof WrongAnswer ? new BenchProblem(`"${id}": ${cause.message}.`) : cause;
    }
  }

  hear(where: string, text: string): void {
    this.said.push({ where, text });
  }

  /** Where secrets stood, without them. */
  leaks(): string[] {
    return [
      ...new Set(
        this.said
          .filter(({ text }) => this.secrets.mask(text) !== text)
          .map(({ where, text }) => `A secret is in ${where}: ${this.secrets.mask(text).slice(0, 300)}`),
      ),
    ];
  }

  /** With nothing secret that is known. */
  masked(text: string): string {
    return this.secrets.mask(text);
  }

  async end(): Promise<void> {
    await Promise.all([...this.processes].map((process) => this.drop(process)));
  }

  private async drop(process: PluginProcess): Promise<void> {
    process.end('it is needed no longer');
    await process.ended;
    this.processes.delete(process);
  }

  private replaceSecrets(given: Record<string, unknown>, names: readonly string[]): void {
    for (const name of names) {
      if (given[name] === undefined) continue;
      const wrong = `wrong-${randomBytes(12).toString('hex')}`;
      this.secrets.addLasting(wrong);
      given[name] = { secret: wrong };
    }
  }

  private limitOf({ method }: PluginCall): number {
    const { findMs, getMs, releaseMs, noticeMs, healthMs } = this.plugin.limits;
    const limits: Record<PluginCall['method'], number> = {
      findCredentials: findMs,
      findEndpoints: findMs,
      getCredential: getMs,
      releaseCredential: releaseMs,
      sessionStarted: noticeMs,
      sessionComplete: noticeMs,
      checkHealth: healthMs,
    };
    return limits[method];
  }
}

/** Why a test cannot go on; its message is a finding. */
export class BenchProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BenchProblem';
  }
}

export function listText(problems: readonly SettingProblem[]): string {
  return problems
    .map(({ setting, message }) => (setting ? `setting "${setting}": ${message}` : message))
    .join(' ');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

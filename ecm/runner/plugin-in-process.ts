import { isAbsolute, resolve } from 'node:path';
import { format } from 'node:util';
import { Allowance } from '../channel/allowance.ts';
import type { FromPlugin, LogLevel, ToPlugin } from '../channel/messages.ts';
import { MAX_MESSAGE_TEXT } from '../channel/messages.ts';
import { PLUGIN_ERROR_CODES, type Plugin, type PluginDefinition, type PluginTools } from '../sdk/plugin.ts';
import type { SettingProblem, SettingsValues } from '../sdk/settings.ts';
import { checkSettings } from '../sdk/settings-check.ts';
import { pluginAnswer } from './plugin-answer.ts';
import { loadDefinition } from './plugin-file.ts';

/** How long a plug-in may take to close. */
const CLOSE_MS = 2000;
const LOG_LINES_PER_SECOND = 50;
const LOG_LINES_AT_ONCE = 200;

/** The plug-in on its own side of the channel: loaded, made, asked, closed. */
export class PluginInProcess {
  private readonly send: (message: FromPlugin) => void;
  private readonly calls = new Map<number, AbortController>();
  private definition: PluginDefinition | undefined;
  private readonly logLines = new Allowance(LOG_LINES_PER_SECOND, LOG_LINES_AT_ONCE);
  private leftOut = 0;
  private tellLeftOut: NodeJS.Timeout | undefined;
  private plugin: Plugin | undefined;
  private folder = '';
  private raw = false;
  private closing: Promise<void> | undefined;

  constructor(send: (message: FromPlugin) => void) {
    this.send = send;
  }

  /** Whatever goes wrong is told to the host; only a plug-in's own code can bring the process down. */
  take(message: ToPlugin): void {
    switch (message.t) {
      case 'load':
        this.folder = message.folder;
        this.raw = message.raw ?? false;
        void this.orFailed(() => this.load(message.file));
        break;
      case 'settings':
        void this.orFailed(() => this.create(message.given, message.known_problems));
        break;
      case 'call':
        void this.answer(message);
        break;
      case 'cancel':
        this.calls.get(message.id)?.abort();
        break;
      case 'ping':
        this.send({ t: 'pong', id: message.id });
        break;
      case 'close':
        void this.close().then(() => process.exit(0));
    }
  }

  /** Resolves when the plug-in has closed, or has had its time for it. */
  close(): Promise<void> {
    for (const call of this.calls.values()) call.abort();
    const late = new Promise<void>((done) => setTimeout(done, CLOSE_MS));
    this.closing ??= Promise.race([late, this.closePlugin()]);
    return this.closing;
  }

  private async closePlugin(): Promise<void> {
    try {
      await this.plugin?.close?.();
    } catch (cause) {
      this.log('error', `close: ${textOf(cause)}`);
    }
  }

  private async load(file: string): Promise<void> {
    this.definition = await loadDefinition(file);
    const { name, version, description, settings } = this.definition;
    const named = Object.entries(settings);
    this.send({
      t: 'hello',
      name,
      version,
      description,
      secrets: named.filter(([, { type }]) => type === 'secret').map(([setting]) => setting),
      required: named
        .filter(([, one]) => !one.optional && !('default' in one && one.default !== undefined))
        .map(([setting]) => setting),
    });
  }

  private async create(given: Record<string, unknown>, known: readonly string[]): Promise<void> {
    const { settings, check, create } = this.definition!;
    const checked = checkSettings(settings, given, {
      absolutePath: (path) => (isAbsolute(path) ? path : resolve(this.folder, path)),
    });
    let problems = checked.problems.filter(({ setting }) => !known.includes(setting));
    const values = Object.freeze(checked.values) as SettingsValues<typeof settings>;
    if (problems.length === 0 && known.length === 0 && check !== undefined)
      problems = check.call(this.definition, values).map(asProblem);
    if (problems.length > 0 || known.length > 0) {
      this.send({ t: 'problems', problems });
      return;
    }
    const plugin = await create.call(this.definition, values, this.tools());
    if (typeof plugin?.findCredentials !== 'function' || typeof plugin.getCredential !== 'function')
      throw new Error('create must return a plug-in with findCredentials and getCredential.');
    this.plugin = plugin;
    this.send({
      t: 'ready',
      capabilities: {
        release: plugin.releaseCredential !== undefined,
        endpointSearch: plugin.findEndpoints !== undefined,
        sessionStarted: plugin.sessionStarted !== undefined,
        sessionComplete: plugin.sessionComplete !== undefined,
        health: plugin.checkHealth !== undefined,
      },
    });
  }

  private async answer({ id, call }: Extract<ToPlugin, { t: 'call' }>): Promise<void> {
    const controller = new AbortController();
    this.calls.set(id, controller);
    try {
      const value = await pluginAnswer(this.plugin!, call, controller.signal, this.raw);
      this.send({ t: 'result', id, value });
    } catch (cause) {
      this.send({ t: 'error', id, code: codeOf(cause), message: messageOf(cause) });
    } finally {
      this.calls.delete(id);
    }
  }

  private async orFailed(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      this.send({ t: 'failed', code: codeOf(cause), message: messageOf(cause) });
    }
  }

  private tools(): PluginTools {
    return {
      log: {
        info: (message) => this.log('info', message),
        warn: (message) => this.log('warn', message),
        error: (message) => this.log('error', message),
      },
      mask: (secret) => this.send({ t: 'mask', secret: String(secret).slice(0, MAX_MESSAGE_TEXT) }),
    };
  }

  /** A plug-in that says too much loses lines; the host would end it for so many messages. */
  private log(level: LogLevel, message: unknown): void {
    if (!this.logLines.take(1)) {
      this.leftOut += 1;
      this.tellLeftOut ??= setTimeout(() => {
        this.send({ t: 'log', level: 'warn', message: `${this.leftOut} further lines were left out.` });
        this.leftOut = 0;
        this.tellLeftOut = undefined;
      }, 1000).unref();
      return;
    }
    const text = typeof message === 'string' ? message : format(message);
    this.send({ t: 'log', level, message: text.slice(0, MAX_MESSAGE_TEXT) });
  }
}

function asProblem({ setting, message }: SettingProblem): SettingProblem {
  return {
    setting: String(setting).slice(0, MAX_MESSAGE_TEXT),
    message: String(message).slice(0, MAX_MESSAGE_TEXT),
  };
}

/** By its name and code rather than by its class: the plug-in may have brought its own copy of the SDK. */
function codeOf(cause: unknown) {
  if (!(cause instanceof Error) || cause.name !== 'PluginError') return undefined;
  return PLUGIN_ERROR_CODES.find((code) => code === (cause as { code?: unknown }).code);
}

/** For people when it has a code, for the log with all there is to know when it has none. */
function messageOf(cause: unknown): string {
  const text = codeOf(cause) === undefined ? textOf(cause) : (cause as Error).message;
  return text.slice(0, MAX_MESSAGE_TEXT);
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? format(cause) : `thrown: ${format(cause)}`;
}

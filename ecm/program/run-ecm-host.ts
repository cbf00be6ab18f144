import type { Logger } from 'pino';
import { MOST_OPEN_QUESTIONS } from '../../agents/ecm-protocol.ts';
import { fittingFailure, replyToWire } from '../../agents/ecm-questions.ts';
import { PROGRAM_VERSION } from '../../agents/program-version.ts';
import { CloseCode } from '../../agents/protocol.ts';
import type { ConnectionEnd } from '../../agents/server-connection.ts';
import type { ServerDial } from '../../agents/server-dial.ts';
import { type BackOff, stayConnected } from '../../agents/stay-connected.ts';
import type { EcmQuestion, EcmReply } from '../../appliance/ecm/ecm-question.ts';
import type { EcmOperations } from '../host/ecm-operations.ts';
import { type EcmIdentity, EcmIdentityFile } from './ecm-identity.ts';
import { EcmServerConnection, isLasting } from './ecm-server-connection.ts';
import { answerQuestion } from './question-answers.ts';

/** Cancelled questions may still be under way, so that more than the server may ask at once can be open here. */
const MOST_UNDER_WAY = 2 * MOST_OPEN_QUESTIONS;
/** What is under way when the program is told to stop gets so long to end. */
const LAST_ANSWERS_MS = 3_000;

export interface EcmHostOptions {
  /** Holds the identity. */
  stateDir: string;
  operations: EcmOperations;
  log: Logger;
  dial?: ServerDial;
  backOff?: BackOff;
  /** How long a handshake with the server may take, milliseconds. */
  handshakeMs?: number;
}

export interface RunningEcmHost {
  /** Resolves when the server does not know its key (any longer). */
  readonly refused: Promise<ConnectionEnd>;
  /** What the server told: it asks, it lets this host wait, or there is no connection. */
  readonly place: 'asked' | 'waiting' | 'disconnected';
  /** Takes no more questions, lets those under way end (at most 3 s), closes the connection. The plug-ins stay. */
  stop(): Promise<void>;
}

/**
 * Runs an enrolled ECM host until it is stopped: one connection to the server, dialled again with growing, jittered pauses
 * over every known URL, on which the server asks and the plug-ins answer. Rejects when the state directory holds no
 * identity.
 */
export async function runEcmHost(options: EcmHostOptions): Promise<RunningEcmHost> {
  const program = new EcmProgram(options, await ecmIdentity(options.stateDir));
  program.start();
  return program;
}

/** Rejects, with a sentence for people, when this host has not been enrolled or the file is damaged. */
export async function ecmIdentity(stateDir: string): Promise<EcmIdentity> {
  const identity = await new EcmIdentityFile(stateDir).read();
  if (identity) return identity;
  throw new Error(`${stateDir} holds no identity: enrol this host first (bh ecm enrol).`);
}

class EcmProgram implements RunningEcmHost {
  readonly refused: Promise<ConnectionEnd>;
  place: RunningEcmHost['place'] = 'disconnected';
  private readonly options: EcmHostOptions;
  private readonly store: EcmIdentityFile;
  private readonly log: Logger;
  private readonly stopping = new AbortController();
  private readonly underWay = new Set<Promise<void>>();
  private identity: EcmIdentity;
  private connection: EcmServerConnection | undefined;
  private loop: Promise<void> = Promise.resolve();
  private tellRefused: (end: ConnectionEnd) => void = () => undefined;
  /** Plug-ins changed and the server has not heard of it. */
  private untold = false;

  constructor(options: EcmHostOptions, identity: EcmIdentity) {
    this.options = options;
    this.store = new EcmIdentityFile(options.stateDir);
    this.identity = identity;
    this.log = options.log.child({ ecm_host_id: identity.ecmHostId });
    this.refused = new Promise((resolve) => {
      this.tellRefused = resolve;
    });
    options.operations.onChange(() => {
      this.untold = true;
      this.tellPlugins();
    });
  }

  start(): void {
    this.loop = stayConnected({
      urls: () => this.identity.urls,
      connect: (url) => this.connectOnce(url),
      ended: (end) => {
        if (end.code !== CloseCode.notEnrolled) return;
        this.log.error({ reason: end.reason }, 'the server does not know this host: enrol it again');
        this.tellRefused(end);
      },
      isLasting,
      backOff: this.options.backOff,
      signal: this.stopping.signal,
      log: this.log,
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    const patience = new Promise<void>((resolve) => setTimeout(resolve, LAST_ANSWERS_MS).unref());
    await Promise.race([Promise.all(this.underWay), patience]);
    this.connection?.close();
    await this.loop;
  }

  private async connectOnce(url: string): Promise<ConnectionEnd & { wasConnected: boolean }> {
    let wasConnected = false;
    const cancels = new Map<number, AbortController>();
    const { operations, dial = {}, handshakeMs } = this.options;
    const placed = (place: 'asked' | 'waiting', urls: readonly string[]) => {
      wasConnected = true;
      this.place = place;
      this.tellPlugins();
      void this.learn(url, urls);
    };
    const connection = new EcmServerConnection(
      {
        url,
        identity: this.identity,
        version: PROGRAM_VERSION,
        plugins: () => {
          this.untold = false;
          return operations.plugins();
        },
        dial,
        handshakeMs,
      },
      {
        welcome: ({ urls }) => {
          this.log.info({ server: url }, 'connected: the server asks this host');
          placed('asked', urls);
        },
        waiting: ({ reason, text, urls }) => {
          this.log.warn({ server: url, reason }, `connected, but waiting: ${text}`);
          placed('waiting', urls);
        },
        request: ({ id, time_left_ms: timeLeftMs, question }) => {
          const controller = new AbortController();
          cancels.set(id, controller);
          const done = this.answer(question, timeLeftMs, controller).then((reply) => {
            cancels.delete(id);
            this.underWay.delete(done);
            connection.send({ t: 'answer', id, reply: replyToWire(reply) });
          });
          this.underWay.add(done);
        },
        cancel: (id) => cancels.get(id)?.abort(),
      },
    );
    this.connection = connection;
    if (this.stopping.signal.aborted) connection.close();
    const end = await connection.ended;
    for (const controller of cancels.values()) controller.abort();
    this.place = 'disconnected';
    this.connection = undefined;
    return { ...end, wasConnected };
  }

  /** Not between hello and its answer: the server would not listen. */
  private tellPlugins(): void {
    if (!this.untold || this.place === 'disconnected') return;
    this.untold = false;
    this.connection?.send({ t: 'plugins', plugins: this.options.operations.plugins() });
  }

  private async answer(
    question: EcmQuestion,
    timeLeftMs: number,
    controller: AbortController,
  ): Promise<EcmReply> {
    if (this.stopping.signal.aborted) return fittingFailure('unavailable', 'This credential manager stops.');
    if (this.underWay.size >= MOST_UNDER_WAY) {
      return fittingFailure('unavailable', 'This credential manager has too much to do right now.');
    }
    const late = setTimeout(() => controller.abort(), timeLeftMs);
    try {
      return await answerQuestion(this.options.operations, question, controller.signal, this.log);
    } finally {
      clearTimeout(late);
    }
  }

  /** Keeps the URLs the server told to reach the site under, this one first. */
  private async learn(url: string, told: readonly string[]): Promise<void> {
    const urls = [...new Set([url, ...told])];
    if (urls.join(' ') === this.identity.urls.join(' ')) return;
    this.identity = { ...this.identity, urls };
    try {
      await this.store.write(this.identity);
    } catch (err) {
      this.log.error({ err }, 'the URLs of the site could not be kept');
    }
  }
}

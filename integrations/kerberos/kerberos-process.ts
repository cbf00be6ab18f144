import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplianceError } from '../../appliance/errors.ts';
import type {
  KerberosQuestion,
  KerberosReply,
  NumberedQuestion,
  NumberedReply,
} from './kerberos-protocol.ts';

const MAIN = fileURLToPath(new URL('./kerberos-child.ts', import.meta.url));
/** Judging a ticket takes a millisecond or two and asks nobody else. */
const USUAL_MS = 10_000;
/** More than can be judged while anybody still waits. */
const MOST_WAITING = 500;
const IDLE_MS = 10 * 60_000;

/** All that the child gets to see of this process's environment. */
const PASSED_ON = ['PATH', 'HOME', 'TZ', 'TMPDIR', 'KRB5_CONFIG', 'KRB5_TRACE', 'KRB5RCACHENAME'];

/**
 * A child process that speaks to the Kerberos library, started when it is first needed and anew when it dies. Questions
 * wait in line. It ends with this process, and after ten minutes without a question.
 */
export class KerberosProcess {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #patienceMs: number;
  #child: ChildProcess | undefined;
  #line: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #lastId = 0;
  #idle: NodeJS.Timeout | undefined;

  /** `environment` is added to what the child sees, e.g. `KRB5_CONFIG`. */
  constructor(options: { environment?: Record<string, string>; patienceMs?: number } = {}) {
    this.#environment = options.environment ?? {};
    this.#patienceMs = options.patienceMs ?? USUAL_MS;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Fails with `unavailable` when too many wait, and when the library neither answers nor gives up. */
  async ask(question: KerberosQuestion): Promise<KerberosReply> {
    if (this.#waiting >= MOST_WAITING) {
      throw new ApplianceError('unavailable', 'Too many people sign in by Kerberos at once. Try again.');
    }
    this.#waiting += 1;
    const turn = this.#line.then(() => this.#send(question));
    this.#line = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Ends the child; a later question starts another. */
  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(impatience);
  }

  async #send(question: KerberosQuestion): Promise<KerberosReply> {
    const child = this.#running();
    const numbered: NumberedQuestion = { id: ++this.#lastId, ...question };
    let settle: (() => void) | undefined;
    try {
      return await new Promise<KerberosReply>((resolve, reject) => {
        const lost = (why: string, cause?: unknown) =>
          reject(new ApplianceError('unavailable', `Kerberos ${why}.`, { cause }));
        const onMessage = (reply: NumberedReply) => reply.id === numbered.id && resolve(reply);
        const onExit = () => lost('ended in the middle of its work');
        const onError = (cause: Error) => lost('cannot be started', cause);
        const patience = setTimeout(() => {
          child.kill('SIGKILL');
          lost('does not answer');
        }, this.#patienceMs);
        settle = () => {
          clearTimeout(patience);
          child.off('message', onMessage).off('exit', onExit).off('error', onError);
        };
        child.on('message', onMessage).on('exit', onExit).on('error', onError);
        child.send(numbered, (cause) => cause && lost('cannot be asked', cause));
      });
    } finally {
      settle?.();
    }
  }

  #running(): ChildProcess {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.stop(), IDLE_MS).unref();
    if (this.#child?.connected) return this.#child;
    const directory = mkdtempSync(join(tmpdir(), 'bridgehead-kerberos-'));
    const child = fork(MAIN, {
      env: {
        ...passedOn(),
        ...this.#environment,
        LC_ALL: 'C',
        BRIDGEHEAD_KERBEROS_DIRECTORY: directory,
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // Not those of this process: it may be debugged, or run tests.
      execArgv: ['--no-warnings'],
    });
    // Waiting for strangers' tickets keeps nothing alive.
    child.unref();
    child.channel?.unref();
    // Failures reach the question that waits; without one there is nothing to tell.
    child.on('error', () => undefined);
    child.once('exit', () => {
      rmSync(directory, { recursive: true, force: true });
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    return child;
  }
}

/** The replay cache stays on, whatever the environment says. */
function passedOn(): Record<string, string> {
  const known = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined || value.startsWith('none:') ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}

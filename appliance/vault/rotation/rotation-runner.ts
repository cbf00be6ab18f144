import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttemptEnd,
  RotationAttempt,
  type RotationAttemptDeps,
  RotationLost,
} from './rotation-attempt.ts';
import { ASK_AGAIN_SECONDS, pauseAfter } from './rotation-rule.ts';
import type { VaultRotation } from './vault-rotation.ts';

export interface RotationRunnerLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface RotationRunnerOptions extends RotationAttemptDeps {
  /** The server process whose Jumpoint connections are used. */
  nodeId: string;
  log: RotationRunnerLog;
  /** Hears of the end of every attempt. */
  ended?: (end: AttemptEnd) => void;
  /** A rotation whose worker has been silent this long is taken over. Default 45. */
  leaseSeconds?: number;
  /** How often to look for rotations. Default 1000. */
  pollMs?: number;
}

/** Each takes a sign-in or three, and the hash of a password on the host. */
const MOST_AT_ONCE = 16;

/** Works on rotations that are due, several at once, for as long as the process lives. */
export class RotationRunner {
  readonly #options: RotationRunnerOptions;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #loop: Promise<void> = Promise.resolve();

  constructor(options: RotationRunnerOptions) {
    this.#options = options;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  start(): void {
    this.#loop = this.#look();
  }

  /** Begins nothing new. What runs ends with its task on the host: see `finished`. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Resolves once nothing runs any more. Stop first. */
  async finished(): Promise<void> {
    await this.#loop;
    await Promise.all(this.#running);
  }

  async #look(): Promise<void> {
    const { pollMs = 1000, log } = this.#options;
    while (!this.#stopping.signal.aborted) {
      try {
        while (this.#running.size < MOST_AT_ONCE && (await this.#next()));
      } catch (err) {
        log.error({ err }, 'rotations cannot be looked for');
      }
      await sleep(pollMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  /** Begins with one. False when none is due, or the process stops. */
  async #next(): Promise<boolean> {
    const { stores, nodeId, leaseSeconds = 45 } = this.#options;
    // Each attempt is a holder of its own: one that was given up here must not write what the next one does.
    const holder = randomUUID();
    if (this.#stopping.signal.aborted) return false;
    const rotation = await stores.vaultRotations.claim({ holder, nodeId, leaseSeconds });
    if (rotation === undefined) return false;
    const running = this.#work(rotation, holder, leaseSeconds).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return true;
  }

  async #work(rotation: VaultRotation, holder: string, leaseSeconds: number): Promise<void> {
    const { stores, log, ended } = this.#options;
    const facts = {
      rotation_id: rotation.id,
      vault_account_id: rotation.accountId,
      attempt: rotation.attempts,
    };
    const beat = setInterval(
      () => {
        stores.vaultRotations
          .renew(rotation.id, { holder, leaseSeconds })
          .catch((err: unknown) => log.warn({ err, ...facts }, 'the lease of a rotation was not renewed'));
      },
      (leaseSeconds * 1000) / 3,
    );
    try {
      const end = await new RotationAttempt(this.#options, rotation, holder).run();
      log.info({ ...facts, end }, 'a rotation was worked on');
      ended?.(end);
    } catch (err) {
      if (err instanceof RotationLost) log.info(facts, 'a rotation was given up to another process');
      else {
        log.error({ err, ...facts }, 'a rotation was interrupted');
        await this.#setAside(rotation, holder);
      }
    } finally {
      clearInterval(beat);
    }
  }

  /** Whoever takes it next finds out how far it came. When even this fails, its lease runs out. */
  async #setAside(rotation: VaultRotation, holder: string): Promise<void> {
    const { stores, log } = this.#options;
    try {
      await stores.vaultRotations.write(rotation.id, holder, {
        state: rotation.state === 'uncertain' ? 'uncertain' : 'waiting',
        dueInSeconds: pauseAfter(rotation.attempts) ?? ASK_AGAIN_SECONDS,
        failureCode: 'interrupted',
        failure: 'The appliance could not go on; its log says why.',
      });
    } catch (err) {
      log.warn({ err, rotation_id: rotation.id }, 'a rotation could not be set aside');
    }
  }
}

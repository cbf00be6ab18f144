import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ConnectionEnd } from './server-connection.ts';

/** Shortest and longest pause before dialling again, and the one after an end that dialling soon does not help. */
export interface BackOff {
  shortest: number;
  longest: number;
  lasting: number;
}

const BACK_OFF: BackOff = { shortest: 500, longest: 30_000, lasting: 60_000 };

export interface StayConnected {
  /** Every URL the server may be reached under, best first; read anew for each attempt. */
  urls: () => readonly string[];
  /** One connection, from dialling to its end. */
  connect(url: string): Promise<ConnectionEnd & { wasConnected: boolean }>;
  /** Told of every end but the last one. */
  ended?(end: ConnectionEnd): void;
  /** Whether dialling again soon is pointless. */
  isLasting(end: ConnectionEnd): boolean;
  /** Milliseconds. */
  backOff?: BackOff | undefined;
  signal: AbortSignal;
  log: Logger;
}

/** Dials until it is stopped, with growing, jittered pauses over every known URL. Resolves after the last connection. */
export async function stayConnected(options: StayConnected): Promise<void> {
  const { signal, log } = options;
  const { shortest, longest, lasting } = options.backOff ?? BACK_OFF;
  let failures = 0;
  let turn = 0;
  while (!signal.aborted) {
    const urls = options.urls();
    const url = urls[turn % urls.length] ?? '';
    const end = await options.connect(url);
    if (signal.aborted) return;
    if (end.wasConnected) failures = 0;
    else turn++;
    options.ended?.(end);
    // Every URL gets its first try at once; the pause grows per round.
    const round = Math.floor(failures++ / urls.length);
    const pause = options.isLasting(end) ? lasting : Math.min(longest, shortest * 2 ** Math.min(round, 16));
    const jittered = pause * (0.5 + Math.random() / 2);
    log.warn(
      { server: url, code: end.code, reason: end.reason, again_in_ms: Math.round(jittered) },
      'not connected',
    );
    await sleep(jittered, undefined, { signal }).catch(() => undefined);
  }
}

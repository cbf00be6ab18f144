import { isIPv6 } from 'node:net';
import { plainAddress } from './network-list.ts';

/** From where somebody tries a password. */
export type AttemptOrigin =
  /** A browser that this person has signed in with before, or a sign-in that lives: strangers cannot use it up. */
  { kind: 'device'; id: string } | { kind: 'stranger'; address: string };

/** Wrong passwords of one person from one source, in a row. */
export interface FailureCounter {
  source: string;
  failures: number;
  /** No attempt from there is looked at until then. */
  blockedUntil: Date | undefined;
  lastFailureAt: Date;
}

export interface FailureLimits {
  attempts: number;
  minutes: number;
}

/** Everybody but known devices. */
export const EVERYWHERE = 'everywhere';

const DAY_MS = 86_400_000;
/** So many times the attempts of one network are free to all strangers together before they are slowed down. */
const FREE_ROUNDS = 10;
const LONGEST_DELAY_SECONDS = 900;
const LONGEST_DEVICE_MINUTES = 15;
const LAST_ADMINISTRATOR_MINUTES = 1;

/**
 * The counters an attempt is counted by. A device has one of its own. Strangers are counted by network and all
 * together, so that many networks do not make many guesses.
 */
export function sourcesOf(origin: AttemptOrigin): string[] {
  return origin.kind === 'device'
    ? [`device ${origin.id}`]
    : [EVERYWHERE, `network ${networkOf(origin.address)}`];
}

/** The network somebody usually owns as a whole: /24, or /64 of IPv6. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  const [head = '', tail] = plain.split('%', 1)[0]!.split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

export interface CountedAttempt {
  /** False: the attempt is not looked at. Nothing was counted then. */
  allowed: boolean;
  /** Another failure from this source is blocked from now on, until then. */
  blockedUntil: Date | undefined;
  counters: FailureCounter[];
}

/**
 * Counts an attempt as failed before its password is looked at, so that parallel guesses are counted too. After
 * `attempts` failures in a row a network is blocked for `minutes`, then for twice as long and so on up to a day. A
 * device is blocked for as long every time, at most a quarter of an hour. Strangers together are slowed down after ten
 * times as many failures, one second first and twice as long each time, up to a quarter of an hour: some hundred
 * guesses a day, from however many networks. A day without failures forgets them.
 */
export function countAttempt(
  counters: readonly FailureCounter[],
  limits: FailureLimits,
  now: Date,
  options: { lastAdministrator: boolean },
): CountedAttempt {
  const isBlocked = counters.some(({ blockedUntil }) => blockedUntil !== undefined && blockedUntil > now);
  if (isBlocked) return { allowed: false, blockedUntil: undefined, counters: [] };
  const counted = counters.map((counter) => {
    const isStale = now.getTime() - counter.lastFailureAt.getTime() > DAY_MS;
    const failures = (isStale ? 0 : counter.failures) + 1;
    const seconds = blockSeconds(counter.source, failures, limits, options.lastAdministrator);
    return {
      source: counter.source,
      failures,
      lastFailureAt: now,
      blockedUntil: seconds === 0 ? undefined : new Date(now.getTime() + seconds * 1000),
    };
  });
  return {
    allowed: true,
    blockedUntil: counted.find(({ source }) => source !== EVERYWHERE)?.blockedUntil,
    counters: counted,
  };
}

function blockSeconds(
  source: string,
  failures: number,
  { attempts, minutes }: FailureLimits,
  lastAdministrator: boolean,
): number {
  if (source === EVERYWHERE) {
    const beyond = failures - FREE_ROUNDS * attempts;
    return beyond < 0 ? 0 : Math.min(2 ** Math.min(beyond, 20), LONGEST_DELAY_SECONDS);
  }
  if (failures % attempts !== 0) return 0;
  if (source.startsWith('device ')) {
    return 60 * Math.min(minutes, lastAdministrator ? LAST_ADMINISTRATOR_MINUTES : LONGEST_DEVICE_MINUTES);
  }
  return Math.min(60 * minutes * 2 ** Math.min(failures / attempts - 1, 20), DAY_MS / 1000);
}

/** Failures by person and source, for the whole site. */
export interface SignInFailures {
  /**
   * Counts an attempt by {@link countAttempt}; in a transaction of its own, short: attempts from one source wait for
   * each other. Does the same work for a user who does not exist and counts nothing; such an attempt is not allowed.
   */
  begin(
    userId: number,
    origin: AttemptOrigin,
    limits: FailureLimits,
  ): Promise<{ allowed: boolean; blockedUntil: Date | undefined }>;
  /** The password was right: failures from there are forgotten and the attempt does not count for strangers. */
  succeeded(userId: number, origin: AttemptOrigin): Promise<void>;
  /** By source, the latest failure first. */
  of(userId: number): Promise<FailureCounter[]>;
}

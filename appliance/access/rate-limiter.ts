import type { AccessPolicySource } from './access-policy.ts';

export interface RateLease {
  /** How many calls were granted of the number asked for; the rest is refused. */
  second: number;
  hour: number;
  /** Calls of this hour that no process has leased yet. */
  hourUnleased: number;
  /** Milliseconds until the windows the counts belong to end, by database time. */
  secondEndsIn: number;
  hourEndsIn: number;
}

/** The site-wide counters. Windows are the seconds and hours of the database's clock. */
export interface RateWindows {
  /** Takes up to `second` and `hour` calls out of the current windows, never past the limits. */
  lease(
    apiAccountId: number,
    wanted: { second: number; hour: number },
    limits: { perSecond: number; perHour: number },
  ): Promise<RateLease>;
}

/** Where an account stands after a call was counted, or refused. */
export interface RateStanding {
  allowed: boolean;
  limit: number;
  /** Calls left in this hour. Leases that other processes have not used up count as used. */
  remaining: number;
  /** Seconds after which a refused call is worth repeating. */
  retryAfter: number;
}

interface Purse {
  second: number;
  hour: number;
  hourUnleased: number;
  secondEndsAt: number;
  hourEndsAt: number;
  /** The windows gave nothing: no use asking again before they end. */
  secondSpent: boolean;
  hourSpent: boolean;
  /** The limits the leases were taken under. */
  limits: { perSecond: number; perHour: number };
  refill: Promise<void> | undefined;
}

/**
 * Counts calls of API accounts against the limits of the whole site. A process leases small counts and hands them
 * out from memory, so most calls cost no round trip. With the documented limits of 20 and 15,000 a lease is 5 calls
 * of the second and 100 of the hour: that much can go unused when a process stops or traffic moves.
 */
export class RateLimiter {
  readonly #windows: RateWindows;
  readonly #policy: AccessPolicySource;
  readonly #now: () => number;
  readonly #purses = new Map<number, Purse>();

  constructor(windows: RateWindows, policy: AccessPolicySource, now: () => number = () => performance.now()) {
    this.#windows = windows;
    this.#policy = policy;
    this.#now = now;
  }

  async take(apiAccountId: number): Promise<RateStanding> {
    const purse = this.#purseOf(apiAccountId);
    for (;;) {
      this.#closeEndedWindows(purse);
      this.#dropLeasesOfOtherLimits(purse);
      if (purse.second > 0 && purse.hour > 0) {
        purse.second -= 1;
        purse.hour -= 1;
        return this.#standing(purse, true);
      }
      if ((purse.hour === 0 && purse.hourSpent) || (purse.second === 0 && purse.secondSpent)) {
        return this.#standing(purse, false);
      }
      purse.refill ??= this.#refill(apiAccountId, purse).finally(() => {
        purse.refill = undefined;
      });
      await purse.refill;
    }
  }

  #purseOf(apiAccountId: number): Purse {
    let purse = this.#purses.get(apiAccountId);
    if (purse === undefined) {
      purse = {
        second: 0,
        hour: 0,
        hourUnleased: 0,
        secondEndsAt: 0,
        hourEndsAt: 0,
        secondSpent: false,
        hourSpent: false,
        limits: this.#policy.current().apiRate,
        refill: undefined,
      };
      this.#purses.set(apiAccountId, purse);
    }
    return purse;
  }

  #closeEndedWindows(purse: Purse): void {
    const now = this.#now();
    if (now >= purse.secondEndsAt) {
      purse.second = 0;
      purse.secondSpent = false;
    }
    if (now >= purse.hourEndsAt) {
      purse.hour = 0;
      purse.hourSpent = false;
    }
  }

  /** A lowered limit holds at once, not when the lease of the higher one is used up. */
  #dropLeasesOfOtherLimits(purse: Purse): void {
    const { perSecond, perHour } = this.#policy.current().apiRate;
    if (perSecond === purse.limits.perSecond && perHour === purse.limits.perHour) return;
    purse.limits = { perSecond, perHour };
    purse.second = 0;
    purse.hour = 0;
    purse.secondSpent = false;
    purse.hourSpent = false;
  }

  async #refill(apiAccountId: number, purse: Purse): Promise<void> {
    const { perSecond, perHour } = purse.limits;
    const wanted = {
      second: purse.second > 0 ? 0 : Math.max(1, Math.floor(perSecond / 4)),
      hour: purse.hour > 0 ? 0 : Math.max(1, Math.floor(perHour / 150)),
    };
    const lease = await this.#windows.lease(apiAccountId, wanted, { perSecond, perHour });
    const now = this.#now();
    if (wanted.second > 0) {
      purse.second = lease.second;
      purse.secondSpent = lease.second === 0;
      purse.secondEndsAt = now + lease.secondEndsIn;
    }
    if (wanted.hour > 0) {
      purse.hour = lease.hour;
      purse.hourSpent = lease.hour === 0;
      purse.hourEndsAt = now + lease.hourEndsIn;
      purse.hourUnleased = lease.hourUnleased;
    }
  }

  #standing(purse: Purse, allowed: boolean): RateStanding {
    const waitMs =
      purse.hour === 0 && purse.hourSpent ? purse.hourEndsAt - this.#now() : purse.secondEndsAt - this.#now();
    return {
      allowed,
      limit: purse.limits.perHour,
      remaining: purse.hour + purse.hourUnleased,
      retryAfter: Math.max(1, Math.ceil(waitMs / 1000)),
    };
  }
}

import { describe, expect, it } from 'vitest';
import { type RateLease, RateLimiter, type RateWindows } from '../../../appliance/access/rate-limiter.ts';
import { DEFAULT_SITE_SETTINGS } from '../../../appliance/settings/site-settings.ts';
import { accessPolicyOf } from '../../../appliance/settings/site-settings-cache.ts';

const POLICY = accessPolicyOf(DEFAULT_SITE_SETTINGS);

const HOUR_MS = 3_600_000;

/** Windows of a clock that stands still until the test moves it; counts how often it was asked. */
class StandingWindows implements RateWindows {
  now = 0;
  asked = 0;
  readonly #used = new Map<string, number>();

  async lease(
    accountId: number,
    wanted: { second: number; hour: number },
    limits: { perSecond: number; perHour: number },
  ): Promise<RateLease> {
    this.asked += 1;
    const second = this.#take(
      `${accountId} second ${Math.floor(this.now / 1000)}`,
      wanted.second,
      limits.perSecond,
    );
    const hour = this.#take(
      `${accountId} hour ${Math.floor(this.now / HOUR_MS)}`,
      wanted.hour,
      limits.perHour,
    );
    return {
      second: second.granted,
      hour: hour.granted,
      hourUnleased: hour.left,
      secondEndsIn: 1000 - (this.now % 1000),
      hourEndsIn: HOUR_MS - (this.now % HOUR_MS),
    };
  }

  #take(key: string, wanted: number, limit: number): { granted: number; left: number } {
    const used = this.#used.get(key) ?? 0;
    const granted = Math.min(wanted, limit - used);
    this.#used.set(key, used + granted);
    return { granted, left: limit - used - granted };
  }
}

function limiterOn(windows: StandingWindows, apiRate = POLICY.apiRate): RateLimiter {
  return new RateLimiter(windows, { current: () => ({ ...POLICY, apiRate }) }, () => windows.now);
}

async function allowed(limiter: RateLimiter, calls: number): Promise<number> {
  const standings = await Promise.all(Array.from({ length: calls }, () => limiter.take(1)));
  return standings.filter((standing) => standing.allowed).length;
}

describe('rate limits of an API account', () => {
  it('lets twenty calls pass in a second and refuses the rest until the next one', async () => {
    const windows = new StandingWindows();
    const limiter = limiterOn(windows);
    expect(await allowed(limiter, 30)).toBe(20);
    windows.now = 999;
    expect(await allowed(limiter, 1)).toBe(0);
    windows.now = 1000;
    expect(await allowed(limiter, 30)).toBe(20);
  });

  it('asks the database once for five calls of a second, and not again for a window that is spent', async () => {
    const windows = new StandingWindows();
    const limiter = limiterOn(windows);
    await allowed(limiter, 5);
    expect(windows.asked).toBe(1);
    await allowed(limiter, 100);
    expect(windows.asked).toBe(5);
  });

  it('shares the limit between processes', async () => {
    const windows = new StandingWindows();
    const one = limiterOn(windows);
    const other = limiterOn(windows);
    expect((await allowed(one, 12)) + (await allowed(other, 12))).toBe(17);
    // The three calls left of the first process's lease are still its own.
    expect(await allowed(one, 12)).toBe(3);
  });

  it('counts the hour across its seconds and says when it is over', async () => {
    const windows = new StandingWindows();
    const limiter = limiterOn(windows, { perSecond: 20, perHour: 30 });
    expect(await allowed(limiter, 20)).toBe(20);
    windows.now = 1000;
    expect(await allowed(limiter, 20)).toBe(10);
    windows.now = 2000;
    expect(await limiter.take(1)).toEqual({ allowed: false, limit: 30, remaining: 0, retryAfter: 3598 });
    windows.now = HOUR_MS;
    expect(await limiter.take(1)).toMatchObject({ allowed: true, remaining: 29 });
  });

  it('tells how many calls of the hour remain', async () => {
    const windows = new StandingWindows();
    const limiter = limiterOn(windows);
    expect(await limiter.take(1)).toMatchObject({ limit: 15_000, remaining: 14_999 });
    expect(await limiter.take(1)).toMatchObject({ limit: 15_000, remaining: 14_998 });
  });
});

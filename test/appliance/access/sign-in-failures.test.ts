import { describe, expect, it } from 'vitest';
import {
  type AttemptOrigin,
  countAttempt,
  type FailureCounter,
  networkOf,
  sourcesOf,
} from '../../../appliance/access/sign-in-failures.ts';

const LIMITS = { attempts: 5, minutes: 10 };
const START = new Date('2030-01-01T00:00:00Z');

/** The counters of one person, and a clock. */
function account(options: { lastAdministrator?: boolean } = {}) {
  const kept = new Map<string, FailureCounter>();
  let now = START;
  return {
    pass(seconds: number) {
      now = new Date(now.getTime() + seconds * 1000);
    },
    /** Whether a wrong password from there is looked at. */
    guess(origin: AttemptOrigin): boolean {
      const counters = sourcesOf(origin).map(
        (source) => kept.get(source) ?? { source, failures: 0, lastFailureAt: now, blockedUntil: undefined },
      );
      const counted = countAttempt(counters, LIMITS, now, { lastAdministrator: false, ...options });
      for (const counter of counted.counters) kept.set(counter.source, counter);
      return counted.allowed;
    },
    /** How many wrong passwords are looked at within so many hours of trying every second. */
    guessesIn(hours: number, origins: (second: number) => AttemptOrigin): number {
      let looked = 0;
      for (let second = 0; second < hours * 3600; second++) {
        if (this.guess(origins(second))) looked++;
        this.pass(1);
      }
      return looked;
    },
  };
}

const from = (address: string): AttemptOrigin => ({ kind: 'stranger', address });
const laptop: AttemptOrigin = { kind: 'device', id: 'laptop' };

describe('failed sign-ins', () => {
  it('block a network after five, for ten minutes, then for twice as long', () => {
    const { guess, pass } = account();
    for (let n = 0; n < 5; n++) expect(guess(from('192.0.2.7'))).toBe(true);
    expect(guess(from('192.0.2.200'))).toBe(false);
    pass(601);
    for (let n = 0; n < 5; n++) expect(guess(from('192.0.2.7'))).toBe(true);
    pass(601);
    expect(guess(from('192.0.2.7'))).toBe(false);
    pass(600);
    expect(guess(from('192.0.2.7'))).toBe(true);
  });

  it('of one network keep out neither another network nor a device that is known', () => {
    const strangers = account();
    strangers.guessesIn(24, () => from('192.0.2.7'));
    expect(strangers.guess(from('198.51.100.1'))).toBe(true);
    expect(strangers.guess(laptop)).toBe(true);
  });

  it('from very many networks slow down strangers alone, to some hundred guesses a day', () => {
    const crowd = account();
    const looked = crowd.guessesIn(24, (n) => from(`10.${(n >> 8) & 255}.${n & 255}.1`));
    expect(looked).toBeGreaterThan(100);
    expect(looked).toBeLessThan(250);
    expect(crowd.guess(laptop)).toBe(true);
  });

  it('on a known device block it alone, for as long every time, at most a quarter of an hour', () => {
    const { guess, pass } = account();
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 5; n++) expect(guess(laptop)).toBe(true);
      expect(guess(laptop)).toBe(false);
      expect(guess({ kind: 'device', id: 'desk' })).toBe(true);
      expect(guess(from('192.0.2.7'))).toBe(true);
      pass(601);
    }
  });

  it('of the last local administrator block a known device for a minute', () => {
    const { guess, pass } = account({ lastAdministrator: true });
    for (let n = 0; n < 5; n++) guess(laptop);
    expect(guess(laptop)).toBe(false);
    pass(61);
    expect(guess(laptop)).toBe(true);
  });

  it('are forgotten after a day without any', () => {
    const { guess, pass } = account();
    for (let n = 0; n < 4; n++) guess(from('192.0.2.7'));
    pass(86_401);
    for (let n = 0; n < 5; n++) expect(guess(from('192.0.2.7'))).toBe(true);
  });
});

it.each([
  ['192.0.2.77', '192.0.2.0/24'],
  ['::ffff:192.0.2.77', '192.0.2.0/24'],
  ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
  ['2001:0db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

import { isIPv6 } from 'node:net';
import { ApplianceError } from '../errors.ts';
import { plainAddress } from './network-list.ts';
import { networkOf } from './sign-in-failures.ts';

/** So many different addresses are remembered at most; then everything is forgotten at once. */
const MOST_ADDRESSES = 10_000;

/**
 * Slows down whoever tries many user names or secrets from one address: after `failures` in a minute the address is
 * turned away until the minute is over, before any work is done for it. It stands beside the lockouts of users and
 * accounts, which hold for the whole site; a budget is kept by each process for itself. Of IPv6 the /64 counts: it
 * belongs to one caller, who has any number of addresses in it.
 */
export class FailureBudget {
  readonly #failures: number;
  readonly #now: () => number;
  #minute = 0;
  readonly #spent = new Map<string, number>();

  constructor(failures: number, now: () => number = Date.now) {
    this.#failures = failures;
    this.#now = now;
  }

  /** Counts an attempt before it is looked at. Fails with `rate_limited` (fact `retry_after`, seconds). */
  begin(address: string): void {
    this.#beginMinute();
    const source = sourceOf(address);
    const spent = this.#spent.get(source) ?? 0;
    if (spent >= this.#failures) {
      throw new ApplianceError(
        'rate_limited',
        'Too many failed attempts from this address. Try again in a minute.',
        {
          facts: { retry_after: 60 - Math.floor((this.#now() % 60_000) / 1000) },
        },
      );
    }
    if (this.#spent.size >= MOST_ADDRESSES) this.#spent.clear();
    this.#spent.set(source, spent + 1);
  }

  /** The attempt was no failure after all. */
  refund(address: string): void {
    const source = sourceOf(address);
    const spent = this.#spent.get(source) ?? 0;
    if (spent > 0) this.#spent.set(source, spent - 1);
  }

  #beginMinute(): void {
    const minute = Math.floor(this.#now() / 60_000);
    if (minute === this.#minute) return;
    this.#minute = minute;
    this.#spent.clear();
  }
}

function sourceOf(address: string): string {
  return isIPv6(plainAddress(address)) ? networkOf(address) : address;
}

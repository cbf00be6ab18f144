import { expect, it } from 'vitest';
import { FailureBudget } from '../../../appliance/access/failure-budget.ts';

it('turns an address away after so many failures in a minute, and no other address', () => {
  let now = 90_000;
  const budget = new FailureBudget(3, () => now);
  for (let failure = 0; failure < 3; failure += 1) budget.begin('192.0.2.1');
  expect(() => budget.begin('192.0.2.1')).toThrow(
    expect.objectContaining({ code: 'rate_limited', facts: { retry_after: 30 } }),
  );
  budget.begin('192.0.2.2');
  now = 120_000;
  budget.begin('192.0.2.1');
});

it('does not count what succeeded', () => {
  const budget = new FailureBudget(1, () => 0);
  for (let success = 0; success < 5; success += 1) {
    budget.begin('192.0.2.1');
    budget.refund('192.0.2.1');
  }
});

it('takes all addresses of one IPv6 network for one caller', () => {
  const budget = new FailureBudget(2, () => 0);
  budget.begin('2001:db8:1:2::1');
  budget.begin('2001:db8:1:2:ffff::2');
  expect(() => budget.begin('2001:db8:1:2::3')).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  budget.begin('2001:db8:1:3::1');
  budget.refund('2001:db8:1:2:abcd::9');
  budget.begin('2001:db8:1:2::3');
});

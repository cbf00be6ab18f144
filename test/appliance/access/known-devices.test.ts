import { expect, it } from 'vitest';
import { KnownDevices } from '../../../appliance/access/known-devices.ts';

const DAY = 86_400_000;
let now = new Date('2030-01-01T12:00:00Z');
const clock = { now: () => now };
const devices = new KnownDevices({ key: Buffer.alloc(32, 1), clock });

it('knows a browser for the person who signed in with it, and keeps its name', () => {
  const cookie = devices.remember(undefined, 7);
  const id = devices.idFor(cookie, 7);
  expect(id).toMatch(/^[A-Za-z0-9]{22}$/);
  expect(devices.idFor(cookie, 8)).toBeUndefined();
  expect(devices.idFor(devices.remember(cookie, 7), 7)).toBe(id);
});

it('keeps several people of one browser apart, the last five', () => {
  let cookie: string | undefined;
  for (const user of [1, 2, 3, 4, 5, 6]) cookie = devices.remember(cookie, user);
  expect(devices.idFor(cookie, 1)).toBeUndefined();
  const ids = [2, 3, 4, 5, 6].map((user) => devices.idFor(cookie, user));
  expect(new Set(ids).size).toBe(5);
  expect(ids).not.toContain(undefined);
});

it('believes nothing that it did not sign', () => {
  const cookie = devices.remember(undefined, 7);
  const other = new KnownDevices({ key: Buffer.alloc(32, 2), clock });
  for (const forged of [
    cookie.replace(/^7/, '1'),
    `${cookie.slice(0, -2)}xx`,
    other.remember(undefined, 7),
    '7.AAAAAAAAAAAAAAAAAAAAAA.1.AAAA',
    '~~~~',
    'x'.repeat(5000),
  ]) {
    expect(devices.idFor(forged, 7), forged.slice(0, 80)).toBeUndefined();
    expect(devices.idFor(forged, 1)).toBeUndefined();
  }
});

it('forgets a browser after a year without a sign-in', () => {
  const cookie = devices.remember(undefined, 7);
  now = new Date(now.getTime() + 365 * DAY);
  expect(devices.idFor(cookie, 7)).toBeDefined();
  now = new Date(now.getTime() + DAY);
  expect(devices.idFor(cookie, 7)).toBeUndefined();
});

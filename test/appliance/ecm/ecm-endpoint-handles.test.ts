import { expect, it } from 'vitest';
import { EcmEndpointHandles, ENDPOINT_HANDLE_HOURS } from '../../../appliance/ecm/ecm-endpoint-handles.ts';
import { newSiteKeyBytes, siteKey } from '../../../appliance/site-key.ts';

const key = siteKey(newSiteKeyBytes());
const NOW = new Date('2026-05-04T08:00:00Z');
const SYSTEM = { id: 'store:e1', type: 'shell_jump', hostname: 'web-1.example.com', port: 2222 };
const asked = { userId: 7, hostname: 'WEB-1.example.com', port: 2222 };
const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);

it('names the system on every process of a site, for a day at work', () => {
  const handle = new EcmEndpointHandles(key).issue(7, SYSTEM, NOW);
  const elsewhere = new EcmEndpointHandles(key);
  expect(elsewhere.verified(handle, asked, later(ENDPOINT_HANDLE_HOURS - 0.01))).toEqual(SYSTEM);
  // The port is not known yet while a credential is being chosen.
  expect(elsewhere.verified(handle, { ...asked, port: undefined }, NOW)).toEqual(SYSTEM);
  expect(() => elsewhere.verified(handle, asked, later(ENDPOINT_HANDLE_HOURS))).toThrow(
    'Search for it again',
  );
});

it('is of no use for anybody else, any other system, or another site', () => {
  const handles = new EcmEndpointHandles(key);
  const handle = handles.issue(7, SYSTEM, NOW);
  const [version, payload = '', signature] = handle.split('.');
  const changed = Buffer.from(
    Buffer.from(payload, 'base64url').toString().replace('web-1', 'web-2'),
  ).toString('base64url');
  for (const text of [
    '',
    'x',
    `${version}.${changed}.${signature}`,
    `ep2.${payload}.${signature}`,
    `${handle}.x`,
  ])
    expect(() => handles.verified(text, asked, NOW), text).toThrow('no system that was listed');
  const otherSite = new EcmEndpointHandles(siteKey(newSiteKeyBytes()));
  expect(() => otherSite.verified(handle, asked, NOW)).toThrow('no system that was listed');
  for (const change of [{ userId: 8 }, { hostname: 'web-2.example.com' }, { port: 22 }])
    expect(() => handles.verified(handle, { ...asked, ...change }, NOW), JSON.stringify(change)).toThrow();
});

import { describe, expect, it } from 'vitest';
import { type PortalIdentity, PortalIdentityTokens } from '../../../appliance/portals/portal-identity.ts';
import { newSiteKeyBytes, siteKey } from '../../../appliance/site-key.ts';

const tokens = new PortalIdentityTokens(siteKey(newSiteKeyBytes()));
const now = new Date('2026-05-04T10:00:00Z');
const identity: PortalIdentity = {
  portalId: 3,
  providerId: 8,
  externalId: 'c-77',
  name: 'Grüße, Ana',
  emailAddress: 'ana@example.test',
  customFields: { customer_number: '77' },
};
const here = { portalId: 3, providerId: 8 };
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

describe('an identity for a portal', () => {
  it('comes out as it went in, for five minutes', () => {
    const token = tokens.issue(identity, now);
    expect(token).toMatch(/^[A-Za-z0-9._-]+$/);
    expect(tokens.verify(token, here, later(299))).toEqual(identity);
    expect(tokens.verify(token, here, later(300))).toBeUndefined();
  });
  it('is of one portal and one provider', () => {
    const token = tokens.issue(identity, now);
    expect(tokens.verify(token, { ...here, portalId: 4 }, now)).toBeUndefined();
    expect(tokens.verify(token, { ...here, providerId: 9 }, now)).toBeUndefined();
  });
  it('cannot be changed, cut or signed by another site', () => {
    const [version, payload, signature] = tokens.issue(identity, now).split('.') as [string, string, string];
    const changed = Buffer.from(payload, 'base64url').toString().replace('c-77', 'c-78');
    const forged = Buffer.from(changed).toString('base64url');
    for (const token of [
      `${version}.${forged}.${signature}`,
      `${version}.${payload}.`,
      `${version}.${payload}`,
      `pi2.${payload}.${signature}`,
      `${version}.${payload}.${signature}.x`,
      '',
      '..',
      new PortalIdentityTokens(siteKey(newSiteKeyBytes())).issue(identity, now),
    ]) {
      expect(tokens.verify(token, here, now)).toBeUndefined();
    }
  });
  it('fits in a cookie; fields that do not are left out', () => {
    const customFields = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, 'x'.repeat(800)]));
    const token = tokens.issue({ ...identity, customFields }, now);
    expect(token.length).toBeLessThan(4000);
    expect(Object.keys(tokens.verify(token, here, now)!.customFields)).toEqual(['f0', 'f1', 'f2']);
  });
});

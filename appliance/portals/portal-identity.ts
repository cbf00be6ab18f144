import { createHmac } from 'node:crypto';
import { sameSecret } from '../secrets.ts';
import type { SiteKey } from '../site-key.ts';

/** How long somebody has to get from their identity provider to the form of a portal. */
export const PORTAL_IDENTITY_MINUTES = 5;

/** A customer whom a security provider has vouched for, as a portal takes them over. */
export interface PortalIdentity {
  portalId: number;
  providerId: number;
  /** What the provider knows the person by. */
  externalId: string;
  /** Filled into the portal's form and locked. */
  name: string;
  emailAddress: string | undefined;
  /** By the code names of custom fields; filled and locked as well. */
  customFields: Readonly<Record<string, string>>;
}

const VERSION = 'pi1';

/** A cookie holds 4 kB with its name; what is longer is cut away field by field, the last first. */
const LONGEST_TOKEN = 3800;

/**
 * Hands an identity from the sign-in to the portal by way of the browser: readable by it, changed by nobody. The value is
 * bound to one portal and one provider and is good for a few minutes.
 */
export class PortalIdentityTokens {
  readonly #key: Buffer;

  constructor(siteKey: SiteKey) {
    this.#key = siteKey.derive('portal identity');
  }

  issue(identity: PortalIdentity, now: Date): string {
    const until = Math.floor(now.getTime() / 1000) + PORTAL_IDENTITY_MINUTES * 60;
    const fields = Object.entries(identity.customFields);
    for (;;) {
      const kept = { ...identity, customFields: Object.fromEntries(fields), until };
      const payload = Buffer.from(JSON.stringify(kept)).toString('base64url');
      const token = `${VERSION}.${payload}.${this.#signature(payload).toString('base64url')}`;
      if (token.length <= LONGEST_TOKEN || fields.pop() === undefined) return token;
    }
  }

  /** Undefined for a value that was not issued here, was changed, is over, or is meant for another portal or provider. */
  verify(
    token: string,
    expected: { portalId: number; providerId: number },
    now: Date,
  ): PortalIdentity | undefined {
    const [version, payload = '', signature = '', ...more] = token.split('.');
    if (version !== VERSION || more.length > 0) return undefined;
    if (!sameSecret(Buffer.from(signature, 'base64url'), this.#signature(payload))) return undefined;
    const { until, ...identity } = JSON.parse(
      Buffer.from(payload, 'base64url').toString(),
    ) as PortalIdentity & {
      until: number;
    };
    const fits = identity.portalId === expected.portalId && identity.providerId === expected.providerId;
    return fits && now.getTime() < until * 1000 ? identity : undefined;
  }

  #signature(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(`${VERSION}.${payload}`).digest();
  }
}

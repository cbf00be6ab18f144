import type { CredentialSummary, SessionContext } from '../sdk/plugin.ts';

const LIFE = 15 * 60_000;
const MOST = 500;

export interface Offers {
  /** Notes what was found for somebody at one system, and answers it. */
  made(session: SessionContext, found: CredentialSummary[]): CredentialSummary[];
  /** Whether this was found for them there within the last quarter of an hour. */
  include(session: SessionContext, credentialId: string): boolean;
  /** The same, with what was told of it. */
  find(session: SessionContext, credentialId: string): CredentialSummary | undefined;
}

/**
 * What was offered to whom. Of a large store only a part is ever listed, so that whether a credential may be given out
 * is known from the search that found it.
 */
export function recentOffers(now: () => number = Date.now): Offers {
  const offers = new Map<string, { found: Map<string, CredentialSummary>; until: number }>();
  const find = (session: SessionContext, credentialId: string) => {
    const known = offers.get(keyOf(session));
    return known !== undefined && known.until > now() ? known.found.get(credentialId) : undefined;
  };
  return {
    made(session, found) {
      const key = keyOf(session);
      const known = offers.get(key);
      const before =
        known !== undefined && known.until > now() && known.found.size < MOST ? known.found : new Map();
      const all = new Map([...before, ...found.map((one) => [one.id, one] as const)]);
      offers.delete(key);
      offers.set(key, { found: all, until: now() + LIFE });
      const [oldest] = offers.keys();
      if (offers.size > MOST && oldest !== undefined) offers.delete(oldest);
      return found;
    },
    include: (session, credentialId) => find(session, credentialId) !== undefined,
    find,
  };
}

/** Everything by which a store may have chosen; the session itself does not exist yet when one chooses. */
function keyOf({ user, jumpItem, endpointId }: SessionContext): string {
  return JSON.stringify([user.id, user.username, jumpItem, endpointId]);
}

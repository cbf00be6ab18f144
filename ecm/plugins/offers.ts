import type { CredentialSummary, SessionContext } from '../sdk/plugin.ts';

const LIFE = 15 * 60_000;
const MOST = 500;

export interface Offers {
  /** Notes what was found for somebody at one system, and answers it. */
  made(session: SessionContext, found: CredentialSummary[]): CredentialSummary[];
  /** Whether this was found for them there within the last quarter of an hour. */
  include(session: SessionContext, credentialId: string): boolean;
}

/**
 * What was offered to whom. Of a large store only a part is ever listed, so that whether a credential may be given out
 * is known from the search that found it.
 */
export function recentOffers(now: () => number = Date.now): Offers {
  const offers = new Map<string, { ids: Set<string>; until: number }>();
  return {
    made(session, found) {
      const key = keyOf(session);
      const known = offers.get(key);
      const ids = known !== undefined && known.until > now() && known.ids.size < MOST ? known.ids : [];
      offers.delete(key);
      offers.set(key, { ids: new Set([...ids, ...found.map(({ id }) => id)]), until: now() + LIFE });
      const [oldest] = offers.keys();
      if (offers.size > MOST && oldest !== undefined) offers.delete(oldest);
      return found;
    },
    include(session, credentialId) {
      const known = offers.get(keyOf(session));
      return known !== undefined && known.until > now() && known.ids.has(credentialId);
    },
  };
}

/** Everything by which a store may have chosen; the session itself does not exist yet when one chooses. */
function keyOf({ user, jumpItem }: SessionContext): string {
  return JSON.stringify([user.id, user.username, jumpItem]);
}

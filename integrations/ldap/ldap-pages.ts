import type { LdapAnswer, LdapQuery } from './ldap-connection.ts';
import { LdapFailure } from './ldap-failure.ts';
import { type LdapSession, searched } from './ldap-session.ts';

/** Active Directory gives no more at once. */
const PAGE = 500;

export interface PageLimits {
  signal?: AbortSignal | undefined;
  /** Milliseconds for all pages together. */
  patience?: number;
}

/** Every page of an answer. An empty page with a cookie is not the last one. */
export async function* allPages(
  session: LdapSession,
  query: LdapQuery,
  { signal, patience = Number.POSITIVE_INFINITY }: PageLimits = {},
): AsyncGenerator<LdapAnswer> {
  const started = performance.now();
  let cookie: Buffer | undefined;
  do {
    signal?.throwIfAborted();
    if (performance.now() - started > patience) {
      throw new LdapFailure(
        'search',
        'paged_search_timeout',
        `Reading everybody took longer than ${Math.round(patience / 1000)} s.`,
        'Raise the time-out of paged searches, or make the search base or the query narrower.',
      );
    }
    const answer = await searched(session, { ...query, pageSize: PAGE, ...(cookie && { cookie }) });
    yield answer;
    cookie = answer.cookie;
  } while (cookie !== undefined);
}

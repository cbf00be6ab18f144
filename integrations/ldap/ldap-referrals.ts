import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import type { LdapEntry, LdapQuery } from './ldap-connection.ts';
import { type LdapAccess, type LdapSession, openSession, searched } from './ldap-session.ts';
import type { LdapServer, LdapSettings } from './ldap-settings.ts';

/** An entry and the server it was found at, where its password is to be checked. */
export interface FoundEntry {
  entry: LdapEntry;
  server: LdapServer;
}

const DEEPEST = 3;
const MOST_REFERENCES = 20;

/** Where a reference leads; undefined when it is no LDAP URL (RFC 4516). */
export function parsedReference(
  url: string,
): { host: string; port: number | undefined; base: string } | undefined {
  const found = /^ldaps?:\/\/(\[[^\]]+\]|[^/:?]*)(?::(\d{1,5}))?(?:\/([^?]*))?(?:\?.*)?$/i.exec(url);
  if (found === null) return undefined;
  try {
    return {
      host: found[1]!.replace(/^\[|\]$/g, ''),
      port: found[2] === undefined ? undefined : Number(found[2]),
      base: decodeURIComponent(found[3] ?? ''),
    };
  } catch {
    return undefined;
  }
}

/**
 * The server of the provider that a reference means. Others are never asked: a directory could otherwise send the
 * password of the provider wherever it likes. Encryption and port are those of the provider, whatever the URL says.
 */
export function serverFor(
  url: string,
  { servers }: LdapSettings,
): { server: LdapServer; base: string } | undefined {
  const reference = parsedReference(url);
  if (reference === undefined) return undefined;
  const named = servers.filter(({ host }) => host.toLowerCase() === reference.host.toLowerCase());
  const server =
    named.find(({ port }) => port === reference.port) ?? (named.length === 1 ? named[0] : undefined);
  return server && { server, base: reference.base };
}

/**
 * A search that goes on at the other servers of the provider that the answer points to; pointers to strangers are
 * noted in the trace. Pages are not asked for.
 */
export async function searchedEverywhere(
  access: LdapAccess,
  session: LdapSession,
  query: LdapQuery,
  trace: ProviderTrace,
): Promise<{ found: FoundEntry[]; cut: boolean }> {
  const answer = await searched(session, query);
  const found = answer.entries.map((entry) => ({ entry, server: session.server }));
  if (found.length >= (query.limit ?? Number.POSITIVE_INFINITY)) return { found, cut: answer.cut };
  const followed = new Set([placeKey(session.server, query.base)]);
  for await (const { entries, server } of followedPages(access, answer.references, query, trace, followed)) {
    found.push(...entries.map((entry) => ({ entry, server })));
  }
  return { found, cut: answer.cut };
}

/** The answers of the servers that the references point to. With a page size in the query, page by page. */
export async function* followedPages(
  access: LdapAccess,
  references: readonly string[],
  query: LdapQuery,
  trace: ProviderTrace,
  followed: Set<string>,
  depth = 1,
): AsyncGenerator<{ entries: LdapEntry[]; server: LdapServer }> {
  for (const url of references) {
    const target = serverFor(url, access.settings);
    if (target === undefined) {
      trace.noted(
        'referral',
        `The directory points to ${shortened(url)}, which is not among the servers of this provider. It was not asked.`,
        'Entries kept there are not seen. If they matter, add that server to the further servers of the provider.',
      );
      continue;
    }
    const base = target.base === '' ? query.base : target.base;
    const key = placeKey(target.server, base);
    if (followed.has(key)) continue;
    if (depth > DEEPEST || followed.size > MOST_REFERENCES) {
      trace.noted('referral', `The directory points on and on; ${shortened(url)} was not followed any more.`);
      continue;
    }
    followed.add(key);
    const session = await openSession(access, target.server);
    try {
      trace.noted('referral', `The search went on at ${target.server.host} below “${base}”.`);
      const { cookie: _, ...first } = query;
      let next: LdapQuery | undefined = { ...first, base };
      const further: string[] = [];
      while (next !== undefined) {
        const answer = await searched(session, next);
        further.push(...answer.references);
        yield { entries: answer.entries, server: target.server };
        next = answer.cookie && { ...next, cookie: answer.cookie };
      }
      yield* followedPages(access, further, query, trace, followed, depth + 1);
    } finally {
      session.connection.close();
    }
  }
}

export function placeKey({ host, port }: LdapServer, base: string): string {
  return `${host}:${port}/${base}`.toLowerCase();
}

function shortened(url: string): string {
  return url.length > 200 ? `${url.slice(0, 200)}…` : url;
}

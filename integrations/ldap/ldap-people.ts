import type { DirectoryPerson } from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import type { LdapEntry } from './ldap-connection.ts';
import { userFilter } from './ldap-filters.ts';
import { LdapGroupGraph } from './ldap-group-graph.ts';
import { allValues } from './ldap-groups.ts';
import { allPages } from './ldap-pages.ts';
import { mapped, personAttributes } from './ldap-person.ts';
import type { LdapPool } from './ldap-pool.ts';
import { followedPages, placeKey } from './ldap-referrals.ts';
import type { LdapAccess, LdapSession } from './ldap-session.ts';
import type { LdapSettings } from './ldap-settings.ts';

/** A page of a large directory takes longer than a question of a sign-in. */
const PATIENCE_MS = 60_000;

/**
 * Everybody the provider lets sign in, page by page, without photos: those are taken over at sign-in. Fails with
 * `LdapFailure`; entries without user name or unique id are noted in the trace with their number.
 */
export async function* peopleOf(
  access: LdapAccess,
  pool: LdapPool,
  trace: ProviderTrace,
  now: () => Date,
  signal: AbortSignal | undefined,
): AsyncGenerator<DirectoryPerson[]> {
  const { settings } = access;
  const session = await pool.firstSession(access, Math.max(settings.networkMs, PATIENCE_MS));
  const stop = () => session.connection.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const limits = { signal, patience: settings.pagedMs };
    const graph = settings.groupLookup ? await LdapGroupGraph.read(session, settings, limits) : undefined;
    if (graph !== undefined) trace.passed('groups', `Read ${graph.size} groups.`);
    const query = {
      base: settings.base,
      scope: 'sub' as const,
      filter: userFilter(settings, undefined, session.activeDirectory),
      attributes: personAttributes(settings, { photo: false, activeDirectory: session.activeDirectory }),
    };
    const skipped = new Skipped();
    const references: string[] = [];
    for await (const answer of allPages(session, query, limits)) {
      references.push(...answer.references);
      yield await peopleIn(answer.entries, session, settings, graph, now(), skipped);
    }
    const followed = new Set([placeKey(session.server, query.base)]);
    const paged = { ...query, pageSize: 500 };
    for await (const { entries } of followedPages(access, references, paged, trace, followed)) {
      signal?.throwIfAborted();
      yield await peopleIn(entries, session, settings, graph, now(), skipped);
    }
    skipped.tell(trace);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    session.connection.close();
  }
}

async function peopleIn(
  entries: readonly LdapEntry[],
  session: LdapSession,
  settings: LdapSettings,
  graph: LdapGroupGraph | undefined,
  now: Date,
  skipped: Skipped,
): Promise<DirectoryPerson[]> {
  const people: DirectoryPerson[] = [];
  for (const entry of entries) {
    const answer = mapped(entry, settings, now);
    if ('missing' in answer) {
      skipped.add(entry.dn);
      continue;
    }
    people.push(
      graph === undefined
        ? answer.person
        : { ...answer.person, groups: await grouped(entry, session, settings, graph) },
    );
  }
  return people;
}

async function grouped(
  entry: LdapEntry,
  session: LdapSession,
  settings: LdapSettings,
  graph: LdapGroupGraph,
): Promise<string[]> {
  const named = new Map<string, readonly string[]>();
  for (const one of settings.relationships) {
    if (one.kind === 'names') named.set(one.attribute, await allValues(session, entry, one.attribute));
  }
  return graph.groupsOf(entry, named);
}

class Skipped {
  #count = 0;
  #first = '';

  add(dn: string): void {
    if (this.#count === 0) this.#first = dn;
    this.#count += 1;
  }

  tell(trace: ProviderTrace): void {
    if (this.#count === 0) return;
    trace.noted(
      'attributes',
      `${this.#count} entries have no user name or no unique id and were left out, the first ${this.#first}.`,
      'Choose attributes that every user has, or a query that finds users alone.',
    );
  }
}

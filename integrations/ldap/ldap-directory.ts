import type { Filter } from 'ldapts';
import type {
  Directory,
  DirectoryName,
  DirectoryPerson,
  PasswordAnswer,
  PasswordCredentials,
  PasswordProvider,
  ProviderSource,
} from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import { ApplianceError } from '../../appliance/errors.ts';
import { LdapFailure } from './ldap-failure.ts';
import { groupsNamed, idFilter, peopleNamed, userFilter } from './ldap-filters.ts';
import { groupsOf } from './ldap-groups.ts';
import { peopleOf } from './ldap-people.ts';
import { mapped, personAttributes, textOf } from './ldap-person.ts';
import { LdapPool } from './ldap-pool.ts';
import { type FoundEntry, searchedEverywhere } from './ldap-referrals.ts';
import { bindFailure, refusalOf } from './ldap-result-failures.ts';
import { accessOf, type LdapAccess, type LdapSession, readEntry, searched } from './ldap-session.ts';
import { type LdapSettings, ldapSettings } from './ldap-settings.ts';

const LONGEST_USERNAME = 256;

/** LDAP directories and Active Directory (RFC 4511). `close` ends the connections it keeps between sign-ins. */
export class LdapDirectory implements PasswordProvider, Directory {
  readonly #pool: LdapPool;
  readonly #now: () => Date;

  constructor(deps: { now?: () => Date; pool?: LdapPool } = {}) {
    this.#now = deps.now ?? (() => new Date());
    this.#pool = deps.pool ?? new LdapPool();
  }

  async checkPassword(
    source: ProviderSource,
    { username, password }: PasswordCredentials,
    trace: ProviderTrace,
  ): Promise<PasswordAnswer> {
    const settings = ldapSettings(source.provider);
    if (source.provider.settings['user_authentication'] === false) return { outcome: 'unknown' };
    if (source.provider.settings['auth_provider'] === false) return { outcome: 'unknown' };
    // A directory takes a name without a password for an anonymous caller and says yes (RFC 4513, 5.1.2).
    if (password === '') return { outcome: 'refused', reason: 'empty password' };
    if (username.trim() === '' || username.length > LONGEST_USERNAME || username.includes('\0')) {
      return { outcome: 'unknown' };
    }
    return await this.#explained(source, trace, async (access) => {
      const found = await this.#find(source, access, settings, username, trace);
      if (found === undefined) return { outcome: 'unknown' };
      if (found === 'ambiguous') return { outcome: 'refused', reason: 'several people have this user name' };
      const refusal = await this.#bindAs(source, access, found, password, trace);
      const answer = mapped(found.entry, settings, this.#now());
      if (refusal !== undefined) {
        const externalId = 'person' in answer ? answer.person.externalId : undefined;
        return { outcome: 'refused', reason: refusal, externalId };
      }
      if ('missing' in answer) {
        trace.failed('attributes', missingText(answer.missing, settings), MISSING_ADVICE);
        return { outcome: 'refused', reason: missingText(answer.missing, settings) };
      }
      const { disabled: _, disabledReason, ...identity } = answer.person;
      if (disabledReason !== undefined) {
        trace.failed('account', `The directory says: ${disabledReason}.`);
        return { outcome: 'refused', reason: disabledReason };
      }
      const groups = await this.#groups(source, access, settings, found, trace);
      return { outcome: 'accepted', identity: { ...identity, groups } };
    });
  }

  async findPerson(
    source: ProviderSource,
    key: { username: string } | { distinguishedName: string } | { externalId: string },
    trace: ProviderTrace,
  ): Promise<DirectoryPerson | undefined> {
    const settings = ldapSettings(source.provider);
    return await this.#explained(source, trace, async (access) => {
      const found = await this.#locate(source, access, settings, key, trace);
      if (found === undefined || found === 'ambiguous') return undefined;
      const answer = mapped(found.entry, settings, this.#now());
      if ('missing' in answer) {
        trace.failed('attributes', missingText(answer.missing, settings), MISSING_ADVICE);
        return undefined;
      }
      const groups = await this.#groups(source, access, settings, found, trace);
      return { ...answer.person, groups };
    });
  }

  async *people(
    source: ProviderSource,
    trace: ProviderTrace,
    signal?: AbortSignal,
  ): AsyncGenerator<readonly DirectoryPerson[]> {
    try {
      const access = await accessOf(source, ldapSettings(source.provider));
      yield* peopleOf(access, this.#pool, trace, this.#now, signal);
    } catch (error) {
      throw translated(error, source, trace);
    }
  }

  async search(
    source: ProviderSource,
    { text, kind, limit }: { text: string; kind?: 'user' | 'group' | undefined; limit: number },
  ): Promise<DirectoryName[]> {
    const settings = ldapSettings(source.provider);
    if (text.includes('\0')) return [];
    return await this.#explained(source, undefined, (access) =>
      this.#pool.searching(poolKey(source), access, async (session) => {
        const names: DirectoryName[] = [];
        if (kind !== 'group') {
          const filter = peopleNamed(settings, text, session.activeDirectory);
          const attributes = [...settings.displayName, settings.username, 'cn'];
          names.push(...(await named(session, 'user', settings.base, filter, attributes, limit)));
        }
        if (kind !== 'user') {
          const attributes = [...settings.groupNames, 'cn'];
          names.push(
            ...(await named(
              session,
              'group',
              settings.groupBase,
              groupsNamed(settings, text),
              attributes,
              limit,
            )),
          );
        }
        return names.sort((a, b) => a.name.localeCompare(b.name)).slice(0, limit);
      }),
    );
  }

  close(): void {
    this.#pool.close();
  }

  async #locate(
    source: ProviderSource,
    access: LdapAccess,
    settings: LdapSettings,
    key: { username: string } | { distinguishedName: string } | { externalId: string },
    trace: ProviderTrace,
  ): Promise<FoundEntry | 'ambiguous' | undefined> {
    if ('username' in key) return await this.#find(source, access, settings, key.username, trace);
    return await this.#pool.searching(poolKey(source), access, async (session) => {
      const attributes = personAttributes(settings, {
        photo: true,
        activeDirectory: session.activeDirectory,
      });
      if ('distinguishedName' in key) {
        const entry = await readEntry(session, key.distinguishedName, attributes);
        return entry && { entry, server: session.server };
      }
      const filter = idFilter(settings, key.externalId);
      const query = { base: settings.base, scope: 'sub' as const, filter, attributes, limit: 2 };
      return oneOf((await searchedEverywhere(access, session, query, trace)).found);
    });
  }

  async #find(
    source: ProviderSource,
    access: LdapAccess,
    settings: LdapSettings,
    username: string,
    trace: ProviderTrace,
  ): Promise<FoundEntry | 'ambiguous' | undefined> {
    return await this.#pool.searching(poolKey(source), access, async (session) => {
      const filter = userFilter(settings, username, session.activeDirectory);
      const attributes = personAttributes(settings, {
        photo: true,
        activeDirectory: session.activeDirectory,
      });
      const query = { base: settings.base, scope: 'sub' as const, filter, attributes, limit: 2 };
      const found = oneOf((await searchedEverywhere(access, session, query, trace)).found);
      if (found === 'ambiguous')
        trace.failed('find_user', 'Several entries have this user name.', AMBIGUOUS_ADVICE);
      else if (found === undefined) trace.noted('find_user', 'The directory has nobody of this user name.');
      else trace.passed('find_user', `Found ${found.entry.dn}.`);
      return found;
    });
  }

  /** Why the directory refuses the password; undefined: it takes it. */
  async #bindAs(
    source: ProviderSource,
    access: LdapAccess,
    { entry, server }: FoundEntry,
    password: string,
    trace: ProviderTrace,
  ): Promise<string | undefined> {
    return await this.#pool.checking(poolKey(source), access, server, async (connection) => {
      try {
        await connection.bind(entry.dn, password);
        trace.passed('user_bind', 'The directory accepts the password.');
        return undefined;
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal === undefined) throw bindFailure(error, entry.dn);
        trace.failed('user_bind', `The directory refuses the password: ${refusal.reason}.`, refusal.advice);
        return refusal.reason;
      }
    });
  }

  /** Undefined: the provider does not look up groups. */
  async #groups(
    source: ProviderSource,
    access: LdapAccess,
    settings: LdapSettings,
    { entry }: FoundEntry,
    trace: ProviderTrace,
  ): Promise<string[] | undefined> {
    if (!settings.groupLookup) return undefined;
    return await this.#pool.searching(poolKey(source), access, (session) =>
      groupsOf(session, settings, entry, trace),
    );
  }

  async #explained<T>(
    source: ProviderSource,
    trace: ProviderTrace | undefined,
    work: (access: LdapAccess) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(await accessOf(source, ldapSettings(source.provider)));
    } catch (error) {
      throw translated(error, source, trace);
    }
  }
}

export const AMBIGUOUS_ADVICE =
  'A user name has to be unique below the search base. Make the search base narrower or the query more exact.';
export const MISSING_ADVICE =
  'Choose an attribute that every user has (Active Directory: objectGUID and sAMAccountName; OpenLDAP: entryUUID and uid), and let the searching account read it.';

export function missingText(missing: 'unique_id' | 'username', settings: LdapSettings): string {
  const names = missing === 'unique_id' ? settings.uniqueId.join(', ') : settings.username;
  return `the entry has no attribute ${names || '(none is set)'}, which the setting ${missing} asks for`;
}

async function named(
  session: LdapSession,
  kind: 'user' | 'group',
  base: string,
  filter: Filter,
  attributes: readonly string[],
  limit: number,
): Promise<DirectoryName[]> {
  const { entries } = await searched(session, { base, scope: 'sub', filter, attributes, limit });
  return entries.map((entry) => ({
    kind,
    distinguishedName: entry.dn,
    name:
      attributes.map((attribute) => textOf(entry, attribute)).find((text) => text !== undefined) ?? entry.dn,
  }));
}

function oneOf(found: readonly FoundEntry[]): FoundEntry | 'ambiguous' | undefined {
  return found.length > 1 ? 'ambiguous' : found[0];
}

/** Connections made with other settings are never used for these. */
function poolKey({ provider }: ProviderSource): string {
  return `${provider.id}:${provider.revision}`;
}

function translated(error: unknown, { provider }: ProviderSource, trace: ProviderTrace | undefined): unknown {
  if (!(error instanceof LdapFailure)) return error;
  trace?.failed(error.stage, error.message, error.advice);
  return new ApplianceError(
    'unavailable',
    `The directory “${provider.name}” cannot be asked: ${error.message}`,
    {
      cause: error,
    },
  );
}

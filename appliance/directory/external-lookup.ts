import { ApplianceError } from '../errors.ts';
import type { DirectoryPerson, ProviderIdentity } from './identity-provider.ts';
import type { ProviderRegistry } from './provider-registry.ts';
import type { ProviderTrace } from './provider-trace.ts';
import type { SecurityProvider } from './security-provider.ts';

export type LookedUp =
  | { kind: 'complete'; identity: ProviderIdentity }
  /** `reason` is for the audit log. */
  | { kind: 'disabled'; reason: string };

/**
 * Asks the LDAP providers named in `external_lookup` for what Kerberos and RADIUS do not know of a person: groups, names,
 * e-mail address, photo. Rights hang on groups, so a directory that does not answer stops the sign-in.
 */
export class ExternalLookup {
  readonly #registry: () => Pick<ProviderRegistry, 'adapters' | 'find' | 'sourceOf'>;

  /** A function, since the registry holds the adapters that look up here. */
  constructor(registry: () => Pick<ProviderRegistry, 'adapters' | 'find' | 'sourceOf'>) {
    this.#registry = registry;
  }

  /**
   * `usernames`: what the person may be called there, the likeliest first. Fails with `unavailable` when a directory
   * does not answer. Somebody no directory knows keeps no groups of it.
   */
  async complete(
    provider: SecurityProvider,
    identity: ProviderIdentity,
    usernames: readonly string[],
    trace: ProviderTrace,
  ): Promise<LookedUp> {
    const ids = (provider.settings.external_lookup ?? []) as readonly number[];
    if (ids.length === 0) return { kind: 'complete', identity };
    const lookedUp: { providerId: number; names: string[] }[] = [];
    let first: DirectoryPerson | undefined;
    for (const id of ids) {
      const person = await this.#find(id, usernames, trace);
      if (person?.disabled) return { kind: 'disabled', reason: 'disabled in the directory' };
      first ??= person;
      lookedUp.push({ providerId: id, names: person === undefined ? [] : namesOf(person) });
    }
    const { username, externalId } = identity;
    return { kind: 'complete', identity: { ...identity, ...of(first), username, externalId, lookedUp } };
  }

  async #find(
    id: number,
    usernames: readonly string[],
    trace: ProviderTrace,
  ): Promise<DirectoryPerson | undefined> {
    const registry = this.#registry();
    const directory = await registry.find(id);
    const adapter = registry.adapters.directory[directory.type];
    if (adapter === undefined || !directory.enabled) {
      trace.noted('lookup', `${directory.name} is disabled and was not asked for groups.`);
      return undefined;
    }
    try {
      for (const username of usernames) {
        const person = await adapter.findPerson(registry.sourceOf(directory), { username }, trace);
        if (person === undefined) continue;
        const count = person.groups?.length ?? 0;
        trace.passed('lookup', `${directory.name} knows ${username} and ${count} of their groups.`);
        return person;
      }
    } catch (error) {
      if (error instanceof ApplianceError && error.code === 'unavailable') {
        trace.failed(
          'lookup',
          `${directory.name}, where groups are looked up, cannot be asked: ${error.message}`,
          `Test the security provider ${directory.name} by itself.`,
        );
      }
      throw error;
    }
    trace.noted(
      'lookup',
      `${directory.name} does not know ${usernames.join(' or ')}.`,
      'The attribute of the user name of that provider has to hold this name.',
    );
    return undefined;
  }
}

/** Members of group policies name groups, and people by their place. */
function namesOf(person: DirectoryPerson): string[] {
  const { distinguishedName, groups = [] } = person;
  return [...(distinguishedName ? [distinguishedName] : []), ...groups];
}

/** What a directory adds; its groups are told by provider instead. */
function of(person: DirectoryPerson | undefined): Partial<ProviderIdentity> {
  if (person === undefined) return {};
  const { displayName, emailAddress, distinguishedName, photo, attributes } = person;
  return { displayName, emailAddress, distinguishedName, photo, attributes };
}

import { requireConfiguration, requireSecurityConfiguration } from '../access/configuration-rights.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { DirectoryName, DirectoryPerson } from './identity-provider.ts';
import type { ProviderRegistry } from './provider-registry.ts';
import { type ProviderStep, ProviderTrace } from './provider-trace.ts';

/** A group policy and what puts the person into it. */
export interface FollowingPolicy {
  id: number;
  name: string;
  /** Distinguished name or group, `user` for the account itself, `default` for the policy of everybody of the provider. */
  because: string;
}

export interface DirectoryAccount {
  id: number;
  username: string;
  enabled: boolean;
}

/** What the appliance makes of people of a directory. */
export interface DirectoryOutcomes {
  /** In the order of the policies. */
  policiesOf(
    providerId: number,
    person: { userId: number | undefined; distinguishedName: string; groups: readonly string[] },
  ): Promise<FollowingPolicy[]>;
  accountOf(providerId: number, externalId: string, username: string): Promise<DirectoryAccount | undefined>;
}

export interface TracedPerson {
  steps: readonly ProviderStep[];
  person: DirectoryPerson | undefined;
  account: DirectoryAccount | undefined;
  policies: FollowingPolicy[];
}

/** Looks into directories for administrators: one person in every detail, names to choose from. */
export class DirectoryLookupService {
  readonly #registry: ProviderRegistry;
  readonly #outcomes: DirectoryOutcomes;

  constructor(deps: { registry: ProviderRegistry; outcomes: DirectoryOutcomes }) {
    this.#registry = deps.registry;
    this.#outcomes = deps.outcomes;
  }

  /** Changes nothing. A directory that cannot be asked is told by a failed step. */
  async trace(
    actor: Actor,
    providerId: number,
    key: { username: string } | { distinguishedName: string },
  ): Promise<TracedPerson> {
    requireSecurityConfiguration(actor);
    const { directory, source } = await this.#directoryOf(providerId);
    const trace = new ProviderTrace();
    const person = await directory.findPerson(source, key, trace).catch((error) => {
      if (error instanceof ApplianceError && trace.failure !== undefined) return undefined;
      throw error;
    });
    if (person === undefined) return { steps: trace.steps, person, account: undefined, policies: [] };
    const account = await this.#outcomes.accountOf(providerId, person.externalId, person.username);
    const policies = await this.#outcomes.policiesOf(providerId, {
      userId: account?.id,
      distinguishedName: person.distinguishedName ?? '',
      groups: person.groups ?? [],
    });
    if (person.disabledReason !== undefined)
      trace.noted('account', `The directory says: ${person.disabledReason}.`);
    if (account?.enabled === false) trace.noted('account', 'The account here is disabled.');
    if (account === undefined) trace.noted('account', 'There is no account here yet.');
    if (policies.length > 0) {
      trace.passed('group_policies', `Group policies: ${policies.map(({ name }) => name).join(', ')}.`);
    } else {
      trace.failed(
        'group_policies',
        'No group policy names this person or one of their groups, so they cannot sign in.',
        'Make the person or one of the groups below a member of a group policy, or give the provider a default policy.',
      );
    }
    return { steps: trace.steps, person, account, policies };
  }

  /** Fails with `unavailable` when the directory cannot be asked. */
  async names(
    actor: Actor,
    providerId: number,
    query: { text: string; kind?: 'user' | 'group' | undefined; limit: number },
  ): Promise<DirectoryName[]> {
    requireConfiguration(actor);
    const { directory, source } = await this.#directoryOf(providerId);
    return await directory.search(source, query);
  }

  async #directoryOf(providerId: number) {
    const provider = await this.#registry.find(providerId);
    const directory = this.#registry.adapters.directory[provider.type];
    if (directory === undefined) throw new ApplianceError('invalid', 'This provider is no directory.');
    return { directory, source: this.#registry.sourceOf(provider) };
  }
}

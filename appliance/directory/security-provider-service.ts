import { requireConfiguration, requireSecurityConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { refuseWhileUsed } from '../uses.ts';
import type { SealedSecrets, SecretOwner } from '../vault/keys/sealed-secrets.ts';
import { requireAdministratorForAdministrators } from './administrator-guard.ts';
import { serverOf } from './directory-server.ts';
import { definesAdministrators } from './group-policy-settings.ts';
import { groupNamingOf } from './scim-provider.ts';
import { LOCAL_PROVIDER_ID, type SecurityProvider, type SecurityProviderType } from './security-provider.ts';
import type { ProviderSecretName } from './security-provider-kinds.ts';
import {
  changedProviderSettings,
  type ProviderSecretChanges,
  type ProviderSettingChanges,
} from './security-provider-settings.ts';

export interface SecurityProviderChanges {
  name?: string | undefined;
  enabled?: boolean | undefined;
  /** The place in the order, 0 is the first; the others move. */
  priority?: number | undefined;
  /** Id of a group policy, 0 for none. */
  defaultPolicy?: number | undefined;
  /** Settings and secrets of the type, by wire name. */
  settings: ProviderSettingChanges;
}

export type NewSecurityProvider = SecurityProviderChanges & { type: SecurityProviderType; name: string };

/** A provider and which of its secrets are set. */
export interface ShownProvider extends SecurityProvider {
  secrets: ReadonlySet<string>;
  /** Why nobody can sign in by it on this host, and what to install; undefined when nothing is missing. */
  hostProblem?: string | undefined;
}

/** Security providers: they guard the site, so only whoever configures its security changes them. */
export class SecurityProviderService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #secrets: SealedSecrets;
  readonly #credentialEvents: CredentialEvents;
  readonly #hostProblem: (type: SecurityProviderType) => Promise<string | undefined>;

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    secrets: SealedSecrets;
    credentialEvents: CredentialEvents;
    /** What the host lacks for a type. Default: nothing. */
    hostProblem?: (type: SecurityProviderType) => Promise<string | undefined>;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#secrets = deps.secrets;
    this.#credentialEvents = deps.credentialEvents;
    this.#hostProblem = deps.hostProblem ?? (async () => undefined);
  }

  async list(
    actor: Actor,
    filter: { withGroupLookupOnly: boolean },
    page: PageRequest,
  ): Promise<Page<SecurityProvider>> {
    requireConfiguration(actor);
    return await this.#stores.securityProviders.find(filter, page);
  }

  async show(actor: Actor, id: number): Promise<ShownProvider> {
    requireConfiguration(actor);
    const provider = (await this.#stores.securityProviders.findById(id)) ?? noSuchProvider(id);
    return { ...(await shown(this.#stores, provider)), hostProblem: await this.#hostProblem(provider.type) };
  }

  async create(actor: Actor, input: NewSecurityProvider): Promise<ShownProvider> {
    requireSecurityConfiguration(actor);
    const { type, name } = input;
    if (type === 'local') throw invalidField('type', 'There is one local provider, and it is always there.');
    const { settings, secrets } = changedProviderSettings(type, undefined, withUsualPort(input));
    const created = await this.#unitOfWork.inTransaction(async (stores) => {
      const { securityProviders, auditLog } = stores;
      const others = await securityProviders.lockAll();
      requireGroupProviders(settings.external_lookup, others);
      requireSignInProvider(settings.sign_in_provider, others);
      await guardDefaultPolicy(stores, actor, [input.defaultPolicy]);
      const provider = await securityProviders.insert({
        type,
        name,
        enabled: input.enabled ?? true,
        priority: others.length,
        defaultPolicyId: input.defaultPolicy || null,
        settings,
      });
      const priority = await reorder(stores, [...others, provider], provider.id, input.priority);
      const told = await this.#writeSecrets(stores, provider.id, secrets);
      const after = { ...provider, priority };
      await auditLog.record({
        type: 'security_provider.created',
        actor,
        object: audited(after),
        after: { ...auditState(after), ...told },
      });
      return await shown(stores, after);
    });
    if (created.defaultPolicyId !== null) this.#tellRights();
    return created;
  }

  /**
   * `available_groups` of a SAML provider alone takes no more than the Configuration API permission, as published;
   * everything else needs the security configuration permission.
   */
  async update(
    actor: Actor,
    id: number,
    changes: SecurityProviderChanges,
    ifRevision?: WantedRevisions,
  ): Promise<ShownProvider> {
    requireConfiguration(actor);
    let ended: { credentialId: string }[] = [];
    const provider = await this.#unitOfWork.inTransaction(async (stores) => {
      const { securityProviders, auditLog } = stores;
      const all = await securityProviders.lockAll();
      const before = all.find((one) => one.id === id) ?? noSuchProvider(id);
      requireRevision(before, ifRevision);
      const { after, secrets } = changed(before, changes, all);
      await refuseToCarrySecrets(stores, before, after, secrets);
      if (!isAboutGroupsAlone(before, after, changes) || Object.keys(secrets).length > 0) {
        requireSecurityConfiguration(actor);
      }
      if (before.defaultPolicyId !== after.defaultPolicyId) {
        await guardDefaultPolicy(stores, actor, [before.defaultPolicyId, after.defaultPolicyId]);
      }
      if (before.settings.group_lookup === true && after.settings.group_lookup === false) {
        const uses = await securityProviders.usesOf(id);
        refuseWhileUsed('The group lookup of this provider', providersAmong(uses), 'group_lookup');
      }
      after.priority = await reorder(stores, all, id, changes.priority);
      const told = await this.#writeSecrets(stores, id, secrets);
      const change = auditChange(flat(before), flat(after));
      if (change === undefined && Object.keys(told).length === 0) return await shown(stores, before);
      const revision = await securityProviders.update(after);
      // A provider that is not trusted any more takes along whom it vouched for.
      ended = before.enabled && !after.enabled ? await stores.userCredentials.endAllOfProvider(id) : [];
      if (after.type === 'scim' && groupNamingOf(before) !== groupNamingOf(after)) {
        await stores.scimGroups.renameAll(id, groupNamingOf(after));
      }
      await auditLog.record({
        type: 'security_provider.updated',
        actor,
        object: audited(after),
        before: change?.before ?? {},
        after: { ...change?.after, ...told },
      });
      return await shown(stores, { ...after, revision });
    });
    for (const { credentialId } of ended) {
      this.#credentialEvents.publish({ kind: 'credential_ended', credentialId });
    }
    if (changes.defaultPolicy !== undefined || provider.type === 'scim') this.#tellRights();
    return provider;
  }

  /** Fails with `invalid` for the local one and, naming the uses, while there are any. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireSecurityConfiguration(actor);
    await this.#unitOfWork.inTransaction(async (stores) => {
      const { securityProviders, sealedSecrets, auditLog } = stores;
      const all = await securityProviders.lockAll();
      const provider = all.find((one) => one.id === id) ?? noSuchProvider(id);
      requireRevision(provider, ifRevision);
      if (id === LOCAL_PROVIDER_ID) {
        throw new ApplianceError('invalid', 'The local provider cannot be deleted.');
      }
      refuseWhileUsed('This security provider', await securityProviders.usesOf(id));
      await securityProviders.delete(id);
      await sealedSecrets.deleteAllOf(ownerOf(id));
      const others = all.filter((one) => one.id !== id);
      for (const [priority, other] of others.entries()) {
        if (other.priority !== priority) await securityProviders.setPriority(other.id, priority);
      }
      await auditLog.record({
        type: 'security_provider.deleted',
        actor,
        object: audited(provider),
        before: auditState(provider),
      });
    });
  }

  #tellRights(): void {
    this.#credentialEvents.publish({ kind: 'everyone_rights_changed' });
  }

  /** What an audit row says of them: that they were set, never what they are. */
  async #writeSecrets(
    { sealedSecrets }: Stores,
    id: number,
    changes: ProviderSecretChanges,
  ): Promise<Record<string, string>> {
    const told: Record<string, string> = {};
    for (const [name, text] of Object.entries(changes) as [ProviderSecretName, string | null][]) {
      const change = await this.#secrets.write(sealedSecrets, { ...ownerOf(id), name }, text);
      if (change !== undefined) told[name] = change;
    }
    return told;
  }
}

/** A policy that says who is an administrator says so of every user of the provider. */
async function guardDefaultPolicy(
  { groupPolicies }: Stores,
  actor: Actor,
  ids: readonly (number | null | undefined)[],
): Promise<void> {
  for (const id of ids) {
    const policy = id ? await groupPolicies.lockById(id) : undefined;
    if (policy !== undefined && definesAdministrators(policy)) requireAdministratorForAdministrators(actor);
  }
}

/** What names the servers that a secret is shown to. */
const SECRET_GOES_TO: Partial<Record<ProviderSecretName, readonly string[]>> = {
  bind_password: ['hostname', 'alternate_servers'],
  shared_secret: ['hostname', 'alternate_servers'],
  client_secret: ['issuer'],
};

/** Hosts by name, whatever their order and ports. */
function secretGoesTo(names: readonly string[], { settings }: SecurityProvider): Set<string> {
  const named = names.flatMap((name) => settings[name] ?? []).map(String);
  return new Set(named.map((server) => (serverOf(server, 1)?.host ?? server).toLowerCase()));
}

/**
 * A secret goes to the server it was meant for and no other: whoever could name another one would read it there. Fails
 * with `invalid`.
 */
async function refuseToCarrySecrets(
  { sealedSecrets }: Stores,
  before: SecurityProvider,
  after: SecurityProvider,
  given: ProviderSecretChanges,
): Promise<void> {
  const kept = (await sealedSecrets.namesOf(ownerOf(before.id))) as ProviderSecretName[];
  for (const name of kept) {
    const settings = SECRET_GOES_TO[name];
    if (settings === undefined || given[name] !== undefined) continue;
    const known = secretGoesTo(settings, before);
    if ([...secretGoesTo(settings, after)].every((server) => known.has(server))) continue;
    throw invalidField(
      name,
      `The provider is another server now: give its ${name}, or null for none. The present one is not sent there.`,
    );
  }
}

/** Servers listen for LDAPS elsewhere than for LDAP. */
function withUsualPort({ type, settings }: NewSecurityProvider): ProviderSettingChanges {
  const usual = type === 'ldap' && settings.encryption === 1 && settings.port === undefined;
  return usual ? { ...settings, port: 636 } : settings;
}

/** Puts one provider at its place and numbers all from 0. Answers the place it got. */
async function reorder(
  { securityProviders }: Stores,
  all: readonly SecurityProvider[],
  id: number,
  wanted: number | undefined,
): Promise<number> {
  const moved = all.find((one) => one.id === id)!;
  const order = all.filter((one) => one.id !== id);
  order.splice(wanted ?? all.indexOf(moved), 0, moved);
  for (const [priority, provider] of order.entries()) {
    if (provider.priority !== priority) await securityProviders.setPriority(provider.id, priority);
  }
  return order.indexOf(moved);
}

function requireGroupProviders(ids: unknown, all: readonly SecurityProvider[]): void {
  for (const id of Array.isArray(ids) ? ids : []) {
    const provider = all.find((one) => one.id === id);
    if (provider?.type === 'ldap' && provider.settings.group_lookup === true) continue;
    throw invalidField('external_lookup', `There is no LDAP provider with id ${id} that looks up groups.`);
  }
}

/** Who is provisioned by SCIM signs in elsewhere. */
function requireSignInProvider(id: unknown, all: readonly SecurityProvider[]): void {
  if (id === undefined || id === 0) return;
  const type = all.find((one) => one.id === id)?.type;
  if (type === 'ldap' || type === 'saml' || type === 'oidc' || type === 'kerberos' || type === 'radius')
    return;
  throw invalidField(
    'sign_in_provider',
    `There is no provider with id ${id} that signs provisioned people in.`,
  );
}

/** The provider after a change, but for its place in the order. */
function changed(
  before: SecurityProvider,
  changes: SecurityProviderChanges,
  all: readonly SecurityProvider[],
) {
  if (before.id === LOCAL_PROVIDER_ID && changes.enabled === false) {
    throw invalidField('enabled', 'The local provider cannot be disabled: administrators sign in by it.');
  }
  const { settings, secrets } = changedProviderSettings(before.type, before.settings, changes.settings);
  requireGroupProviders(settings.external_lookup, all);
  requireSignInProvider(settings.sign_in_provider, all);
  const after: SecurityProvider = {
    ...before,
    name: changes.name ?? before.name,
    enabled: changes.enabled ?? before.enabled,
    defaultPolicyId:
      changes.defaultPolicy === undefined ? before.defaultPolicyId : changes.defaultPolicy || null,
    settings,
  };
  return { after, secrets };
}

/** Clients send the whole object back with other groups in it, so what counts is what changes. */
function isAboutGroupsAlone(
  before: SecurityProvider,
  after: SecurityProvider,
  { priority = before.priority }: SecurityProviderChanges,
): boolean {
  const change = Object.keys(auditChange(flat(before), flat(after))?.after ?? {});
  return priority === before.priority && change.every((name) => name === 'available_groups');
}

function providersAmong(uses: Awaited<ReturnType<Stores['securityProviders']['usesOf']>>) {
  return uses.filter(({ type }) => type === 'security_provider');
}

async function shown({ sealedSecrets }: Stores, provider: SecurityProvider): Promise<ShownProvider> {
  return { ...provider, secrets: new Set(await sealedSecrets.namesOf(ownerOf(provider.id))) };
}

/** Settings beside the rest, so that an audit row names those that changed. */
function flat({ settings, ...provider }: SecurityProvider): object {
  return { ...provider, ...settings };
}

function ownerOf(id: number): SecretOwner {
  return { ownerType: 'security_provider', ownerId: id };
}

function audited(provider: SecurityProvider): { type: string; id: number; name: string } {
  return { type: 'security_provider', id: provider.id, name: provider.name };
}

function noSuchProvider(id: number): never {
  throw new ApplianceError('not_found', `There is no security provider with id ${id}.`);
}

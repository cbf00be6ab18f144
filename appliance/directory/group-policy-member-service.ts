import { requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import type { Actor } from '../actor.ts';
import { auditState } from '../audit/audit-state.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { requireAdministratorForAdministrators } from './administrator-guard.ts';
import type { GroupPolicy, GroupPolicyMember } from './group-policy.ts';
import { GROUP_POLICY } from './group-policy-service.ts';
import { definesAdministrators } from './group-policy-settings.ts';
import type { SecurityProvider, SecurityProviderType } from './security-provider.ts';

export interface NewGroupPolicyMember {
  /** Left out: that of the user. */
  securityProviderId?: number | undefined;
  userId?: number | undefined;
  distinguishedName?: string | undefined;
  groupName?: string | undefined;
}

/** By what the members of each type of provider are named; a type that is missing has none. */
const NAMED_BY: Partial<Record<SecurityProviderType, readonly (keyof typeof FIELDS)[]>> = {
  local: ['userId'],
  ldap: ['userId', 'distinguishedName'],
  radius: ['userId'],
  kerberos: ['userId'],
  saml: ['userId', 'groupName'],
  oidc: ['userId', 'groupName'],
  scim: ['userId', 'groupName'],
};
const FIELDS = {
  userId: 'user_id',
  distinguishedName: 'distinguished_name',
  groupName: 'group_name',
} as const;

/** Who belongs to a group policy. Of one that says who is an administrator, administrators alone may say so. */
export class GroupPolicyMemberService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  async list(actor: Actor, policyId: number, page: PageRequest): Promise<Page<GroupPolicyMember>> {
    requireConfiguration(actor);
    if ((await this.#stores.groupPolicies.findById(policyId)) === undefined) GROUP_POLICY.missing(policyId);
    return await this.#stores.groupPolicyMembers.find(policyId, page);
  }

  async show(actor: Actor, policyId: number, memberId: number): Promise<GroupPolicyMember> {
    requireConfiguration(actor);
    return (await this.#stores.groupPolicyMembers.findOne(policyId, memberId)) ?? noSuchMember();
  }

  /** Fails with `invalid` for what the type of the provider cannot name. */
  async add(actor: Actor, policyId: number, input: NewGroupPolicyMember): Promise<GroupPolicyMember> {
    requireConfiguration(actor);
    const member = await this.#unitOfWork.inTransaction(async (stores) => {
      const policy = await lockedForMembers(stores, actor, policyId);
      const added = await stores.groupPolicyMembers.insert(policyId, await memberOf(stores, input));
      await stores.auditLog.record({
        type: 'group_policy.member_added',
        actor,
        object: GROUP_POLICY.audited(policy),
        after: auditState(added),
      });
      return added;
    });
    this.#tell(member);
    return member;
  }

  async remove(actor: Actor, policyId: number, memberId: number): Promise<void> {
    requireConfiguration(actor);
    const member = await this.#unitOfWork.inTransaction(async (stores) => {
      const policy = await lockedForMembers(stores, actor, policyId);
      const removed = (await stores.groupPolicyMembers.findOne(policyId, memberId)) ?? noSuchMember();
      await stores.groupPolicyMembers.delete(policyId, memberId);
      await stores.auditLog.record({
        type: 'group_policy.member_removed',
        actor,
        object: GROUP_POLICY.audited(policy),
        before: auditState(removed),
      });
      return removed;
    });
    this.#tell(member);
  }

  /** Whom a group of a directory means is known to the directory alone. */
  #tell({ userId }: GroupPolicyMember): void {
    this.#credentialEvents.publish(
      userId === null ? { kind: 'everyone_rights_changed' } : { kind: 'user_rights_changed', userId },
    );
  }
}

/** The policy, held, by somebody who may say who its members are. */
export async function lockedForMembers(
  { groupPolicies }: Stores,
  actor: Actor,
  policyId: number,
): Promise<GroupPolicy> {
  const policy = await GROUP_POLICY.lock(groupPolicies, policyId);
  if (definesAdministrators(policy)) requireAdministratorForAdministrators(actor);
  return policy;
}

async function memberOf(
  { users, securityProviders }: Stores,
  input: NewGroupPolicyMember,
): Promise<Omit<GroupPolicyMember, 'id'>> {
  const user = input.userId === undefined ? undefined : await users.findById(input.userId);
  if (input.userId !== undefined && user === undefined) {
    throw invalidField('user_id', 'There is no user with this id.');
  }
  const providerId = input.securityProviderId ?? user?.securityProviderId;
  if (providerId === undefined) {
    throw invalidField('security_provider_id', 'Name the security provider of the member.');
  }
  const provider = await securityProviders.findById(providerId);
  if (provider === undefined) {
    throw invalidField('security_provider_id', 'There is no security provider with this id.');
  }
  requireOneName(provider, input);
  if (user !== undefined && user.securityProviderId !== providerId) {
    throw invalidField('user_id', 'This user is not one of this security provider.');
  }
  return {
    securityProviderId: providerId,
    userId: input.userId ?? null,
    distinguishedName: input.distinguishedName ?? null,
    groupName: input.groupName ?? null,
  };
}

function requireOneName({ name, type }: SecurityProvider, input: NewGroupPolicyMember): void {
  const possible = NAMED_BY[type];
  if (possible === undefined) {
    throw invalidField('security_provider_id', `The users of “${name}” do not sign in to this site.`);
  }
  const given = (Object.keys(FIELDS) as (keyof typeof FIELDS)[]).filter((key) => input[key] !== undefined);
  const wrong = given.find((key) => !possible.includes(key));
  const fields = possible.map((key) => FIELDS[key]).join(' or ');
  if (wrong !== undefined) {
    throw invalidField(FIELDS[wrong], `A member of the provider “${name}” is named by ${fields}.`);
  }
  if (given.length !== 1) {
    throw invalidField(
      FIELDS[given[1] ?? possible[0]!],
      `Name the member by ${possible.length > 1 ? 'exactly one of ' : ''}${fields}.`,
    );
  }
}

function noSuchMember(): never {
  throw new ApplianceError('not_found', 'This group policy has no member with this id.');
}

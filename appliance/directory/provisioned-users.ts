import type { SystemActor } from '../actor.ts';
import type { Stores } from '../stores.ts';
import type { ProviderIdentity } from './identity-provider.ts';
import type { SecurityProvider } from './security-provider.ts';

const PROVISIONING: SystemActor = { kind: 'system', name: 'sign-in' };

/** A person of a security provider other than the local one, as the provider describes them. */
export interface ProvisionedUser {
  id: number;
  /** Null for accounts that have not been matched with anybody of the provider yet. */
  externalId: string | null;
  username: string;
  publicDisplayName: string;
  privateDisplayName: string;
  emailAddress: string;
  distinguishedName: string;
  enabled: boolean;
  /** A directory provisions the account by SCIM and names this provider as the one that signs it in. */
  isKeptElsewhere?: boolean;
}

export type ProvisionedProfile = Omit<ProvisionedUser, 'id' | 'enabled' | 'isKeptElsewhere'>;

/** Writes fail with `conflict` for a user name that another account has. */
export interface ProvisionedUsers {
  /**
   * The account of somebody the provider vouches for, held until the transaction ends: by external id, or an account of
   * the same provider with that user name that was not matched with anybody yet. Never one of another provider, but for
   * accounts that a provisioning provider keeps for this one to sign in.
   */
  lockFor(providerId: number, identity: ProviderIdentity): Promise<ProvisionedUser | undefined>;
  /** From now on the provider's person of that id, and nobody else of the provider, is the kept account. */
  bindSignIn(id: number, providerId: number, externalId: string): Promise<void>;
  insert(providerId: number, profile: ProvisionedProfile): Promise<number>;
  update(id: number, profile: ProvisionedProfile): Promise<void>;
  /** Whose account has that user name, in any provider. */
  holderOf(username: string): Promise<number | undefined>;
  /** In lower case. Tells whether anything changed. */
  replaceGroups(id: number, providerId: number, groups: readonly string[]): Promise<boolean>;
  /** As {@link replaceGroups}, for every provider but the person's own. */
  replaceLookedUp(
    id: number,
    providerId: number,
    lookedUp: NonNullable<ProviderIdentity['lookedUp']>,
  ): Promise<boolean>;
  /** Whether a group policy names the person, one of the groups (looked up ones too), or everybody of the provider. */
  isInGroupPolicy(providerId: number, identity: ProviderIdentity): Promise<boolean>;
  /** The same for an account that is there. */
  accountIsInGroupPolicy(id: number): Promise<boolean>;
  putPhoto(id: number, mediaType: string, content: Uint8Array): Promise<void>;
  photoOf(id: number): Promise<{ mediaType: string; content: Uint8Array } | undefined>;
}

export type Provisioned =
  | { kind: 'account'; userId: number; created: boolean; groupsChanged: boolean }
  /** `reason` is for the audit log. */
  | { kind: 'refused'; reason: string; userId?: number; groupsChanged?: boolean };

const LARGEST_PHOTO = 1_048_576;

/**
 * The account of somebody a provider vouches for, made or brought up to date. Call it in a transaction. People of a
 * provider whom no group policy names get no account: a provider says who somebody is, an administrator who may come in.
 */
export async function provision(
  stores: Stores,
  provider: SecurityProvider,
  identity: ProviderIdentity,
): Promise<Provisioned> {
  const problem = identityProblem(identity);
  if (problem !== undefined) return { kind: 'refused', reason: problem };
  const { provisionedUsers } = stores;
  const account = await provisionedUsers.lockFor(provider.id, identity);
  if (account === undefined) return await createAccount(stores, provider, identity);
  if (!account.enabled) return { kind: 'refused', reason: 'disabled', userId: account.id };
  if (account.isKeptElsewhere) return await signInKept(stores, account.id, provider, identity);
  const nameHolder = await provisionedUsers.holderOf(identity.username);
  const nameIsFree = nameHolder === undefined || nameHolder === account.id;
  const profile = changedProfile(account, provider, identity, nameIsFree);
  if (differs(account, profile)) {
    await provisionedUsers.update(account.id, profile);
    await stores.auditLog.record({
      type: 'user.updated',
      actor: PROVISIONING,
      object: { type: 'user', id: account.id, name: profile.username },
      before: ofProfile(account),
      after: { ...ofProfile(profile), provider: provider.name },
    });
  }
  const groupsChanged = await noteGroupsAndPhoto(stores, account.id, provider, identity);
  if (!(await provisionedUsers.accountIsInGroupPolicy(account.id))) {
    return { kind: 'refused', reason: NO_POLICY, userId: account.id, groupsChanged };
  }
  return { kind: 'account', userId: account.id, created: false, groupsChanged };
}

/** Names, address and groups are a matter of the directory that keeps the account; the picture is not. */
async function signInKept(
  stores: Stores,
  userId: number,
  provider: SecurityProvider,
  identity: ProviderIdentity,
): Promise<Provisioned> {
  const { provisionedUsers } = stores;
  await provisionedUsers.bindSignIn(userId, provider.id, identity.externalId);
  await noteGroupsAndPhoto(stores, userId, provider, { ...identity, groups: undefined });
  if (await provisionedUsers.accountIsInGroupPolicy(userId)) {
    return { kind: 'account', userId, created: false, groupsChanged: false };
  }
  return { kind: 'refused', reason: NO_POLICY, userId };
}

const NO_POLICY = 'no group policy names this person or one of their groups';

async function createAccount(
  stores: Stores,
  provider: SecurityProvider,
  identity: ProviderIdentity,
): Promise<Provisioned> {
  const { provisionedUsers, auditLog } = stores;
  if (!(await provisionedUsers.isInGroupPolicy(provider.id, identity))) {
    return { kind: 'refused', reason: NO_POLICY };
  }
  if ((await provisionedUsers.holderOf(identity.username)) !== undefined) {
    return { kind: 'refused', reason: 'the user name belongs to an account of another provider' };
  }
  const displayName = identity.displayName || identity.username;
  const profile: ProvisionedProfile = {
    externalId: identity.externalId,
    username: identity.username,
    publicDisplayName: shortened(displayName),
    privateDisplayName: shortened(displayName),
    emailAddress: identity.emailAddress ?? '',
    distinguishedName: identity.distinguishedName ?? '',
  };
  const userId = await provisionedUsers.insert(provider.id, profile);
  await auditLog.record({
    type: 'user.created',
    actor: PROVISIONING,
    object: { type: 'user', id: userId, name: profile.username },
    after: { ...ofProfile(profile), provider: provider.name },
  });
  await noteGroupsAndPhoto(stores, userId, provider, identity);
  return { kind: 'account', userId, created: true, groupsChanged: false };
}

async function noteGroupsAndPhoto(
  { provisionedUsers }: Stores,
  userId: number,
  provider: SecurityProvider,
  { groups, lookedUp, photo }: ProviderIdentity,
): Promise<boolean> {
  const mediaType = photo && mediaTypeOf(photo);
  if (photo !== undefined && mediaType !== undefined && photo.length <= LARGEST_PHOTO) {
    await provisionedUsers.putPhoto(userId, mediaType, photo);
  }
  const own = groups !== undefined && (await provisionedUsers.replaceGroups(userId, provider.id, groups));
  const others =
    lookedUp !== undefined && (await provisionedUsers.replaceLookedUp(userId, provider.id, lookedUp));
  return own || others;
}

/** What the account says after the provider has spoken. Names the provider does not give, or may not keep in step, stay. */
export function changedProfile(
  account: ProvisionedUser,
  provider: SecurityProvider,
  identity: ProviderIdentity,
  nameIsFree: boolean,
): ProvisionedProfile {
  const keepsNames = provider.settings.sync_display_name === false || !identity.displayName;
  const displayName = keepsNames ? undefined : shortened(identity.displayName!);
  return {
    externalId: identity.externalId,
    username: nameIsFree ? identity.username : account.username,
    publicDisplayName: displayName ?? account.publicDisplayName,
    privateDisplayName: displayName ?? account.privateDisplayName,
    emailAddress: identity.emailAddress || account.emailAddress,
    distinguishedName: identity.distinguishedName ?? account.distinguishedName,
  };
}

function identityProblem({ externalId, username, emailAddress }: ProviderIdentity): string | undefined {
  if (externalId === '' || externalId.length > 512) return 'the provider gave no usable unique id';
  if (username === '' || username.length > 64) return 'the provider gave no user name of 1 to 64 characters';
  if (`${externalId}${username}${emailAddress ?? ''}`.includes('\0'))
    return 'the provider gave a NUL character';
  return undefined;
}

function differs(account: ProvisionedUser, profile: ProvisionedProfile): boolean {
  return (Object.keys(profile) as (keyof ProvisionedProfile)[]).some(
    (name) => profile[name] !== account[name],
  );
}

/** What audit rows tell of a profile. */
function ofProfile(profile: ProvisionedProfile): object {
  const { externalId, username, publicDisplayName, emailAddress, distinguishedName } = profile;
  return { externalId, username, displayName: publicDisplayName, emailAddress, distinguishedName };
}

function shortened(name: string): string {
  return [...name].slice(0, 64).join('');
}

/** By its first bytes; what is no picture is not kept. */
export function mediaTypeOf(photo: Uint8Array): string | undefined {
  const start = Buffer.from(photo.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (start.startsWith('GIF8')) return 'image/gif';
  return start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP' ? 'image/webp' : undefined;
}

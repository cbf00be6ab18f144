import type { CredentialEvents } from '../access/credential-events.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import { ApplianceError } from '../errors.ts';
import type { Page } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { isObject, type ScimDocument } from './scim-document.ts';
import { scimProblem } from './scim-problem.ts';
import { profileOf, requireScim, scimProviderOf } from './scim-provider.ts';
import { ENTERPRISE_SCHEMA } from './scim-schema.ts';
import type { ScimQuery, ScimReference, ScimUser, ScimUserContent } from './scim-user.ts';
import { LOCAL_PROVIDER_ID, type SecurityProvider } from './security-provider.ts';

export interface ShownScimUser extends ScimUser {
  groups: readonly ScimReference[];
}

const LONGEST_NAME = 255;
const LONGEST_EXTERNAL_ID = 512;

/**
 * The people that a directory provisions by SCIM. It reaches the accounts of its own provider alone: local accounts and
 * those of other providers do not exist for it, and no change makes anybody an administrator.
 */
export class ScimUserService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  async list(actor: Actor, query: ScimQuery, withGroups = true): Promise<Page<ShownScimUser>> {
    requireScim(actor);
    const provider = await scimProviderOf(this.#stores);
    const { items, total } = await this.#stores.scimUsers.find(provider.id, query);
    return { items: await shown(this.#stores, items, withGroups), total };
  }

  async show(actor: Actor, id: string): Promise<ShownScimUser> {
    requireScim(actor);
    const provider = await scimProviderOf(this.#stores);
    const user = (await this.#stores.scimUsers.findById(provider.id, id)) ?? noSuchUser(id);
    return (await shown(this.#stores, [user]))[0]!;
  }

  /** Fails with `conflict` when the user name or the unique id is taken, by whichever account of the site. */
  async create(actor: Actor, document: ScimDocument, id?: string): Promise<ShownScimUser> {
    requireScim(actor);
    return await this.#unitOfWork.inTransaction(async (stores) => {
      const provider = await scimProviderOf(stores);
      const content = contentOf(document, true);
      const profile = profileOf(provider, document);
      await refuseTakenName(stores, provider, profile.username);
      const user = await stores.scimUsers.insert(provider.id, content, profile, id);
      await stores.auditLog.record({
        type: 'user.created',
        actor,
        object: audited(user),
        after: { ...auditState(flat(user)), provider: provider.name },
      });
      return { ...user, groups: [] };
    });
  }

  /** PUT: what the document leaves out is taken away, but for `active`, which stays as it is. */
  async replace(
    actor: Actor,
    id: string,
    document: ScimDocument,
    ifRevision?: WantedRevisions,
  ): Promise<ShownScimUser> {
    return await this.change(actor, id, () => document, ifRevision);
  }

  /**
   * Changes what `change` makes of the document, under the lock of the account. A change of nothing writes nothing. A
   * person who ceases to be active is signed out everywhere. Fails with `forbidden` when nobody could administer the
   * site any more.
   */
  async change(
    actor: Actor,
    id: string,
    change: (document: ScimDocument) => ScimDocument,
    ifRevision?: WantedRevisions,
  ): Promise<ShownScimUser> {
    requireScim(actor);
    const { user, signedOut } = await this.#unitOfWork.inTransaction(async (stores) => {
      const provider = await scimProviderOf(stores);
      const before = (await stores.scimUsers.lockById(provider.id, id)) ?? noSuchUser(id);
      requireRevision(before, ifRevision);
      const document = change(documentOf(before));
      const content = contentOf(document, before.active);
      const difference = auditChange(flat(before), flat({ ...before, ...content }));
      if (difference === undefined) return { user: (await shown(stores, [before]))[0]!, signedOut: false };
      if (before.active && !content.active) await refuseLastAdministrator(stores, before);
      const profile = profileOf(provider, document);
      if (profile.username.toLowerCase() !== before.username.toLowerCase()) {
        await refuseTakenName(stores, provider, profile.username);
      }
      const after = await stores.scimUsers.update(before.userId, content, profile);
      await stores.auditLog.record({ type: 'user.updated', actor, object: audited(after), ...difference });
      const signedOut = before.active && !after.active;
      if (signedOut) await stores.userCredentials.endAllOf(after.userId);
      return { user: (await shown(stores, [after]))[0]!, signedOut };
    });
    if (signedOut) this.#credentialEvents.publish({ kind: 'user_credentials_ended', userId: user.userId });
    return user;
  }

  /** The account goes with memberships, sign-ins and personal Jump Items. */
  async delete(actor: Actor, id: string, ifRevision?: WantedRevisions): Promise<void> {
    requireScim(actor);
    const userId = await this.#unitOfWork.inTransaction(async (stores) => {
      const provider = await scimProviderOf(stores);
      const user = (await stores.scimUsers.lockById(provider.id, id)) ?? noSuchUser(id);
      requireRevision(user, ifRevision);
      if (user.active) await refuseLastAdministrator(stores, user);
      const personalItems = await stores.users.delete(user.userId);
      await stores.auditLog.record({
        type: 'user.deleted',
        actor,
        object: audited(user),
        before: { ...auditState(flat(user)), personal_jump_items: personalItems },
      });
      return user.userId;
    });
    this.#credentialEvents.publish({ kind: 'user_credentials_ended', userId });
  }
}

/** The resource as a document, which PATCH works on. */
function documentOf(user: ScimUser): ScimDocument {
  const { userName, externalId, active, attributes } = user;
  return { ...attributes, userName, active, ...(externalId !== null && { externalId }) };
}

function contentOf(document: ScimDocument, activeBefore: boolean): ScimUserContent {
  const { userName, externalId, active, ...attributes } = document;
  if (typeof userName !== 'string') throw scimProblem('invalidValue', 'userName is needed.');
  if (userName.length > LONGEST_NAME) {
    throw scimProblem('invalidValue', `userName has at most ${LONGEST_NAME} characters.`);
  }
  if (typeof externalId === 'string' && externalId.length > LONGEST_EXTERNAL_ID) {
    throw scimProblem('invalidValue', `externalId has at most ${LONGEST_EXTERNAL_ID} characters.`);
  }
  return {
    userName,
    externalId: typeof externalId === 'string' ? externalId : null,
    active: typeof active === 'boolean' ? active : activeBefore,
    attributes,
  };
}

async function shown(
  { scimUsers }: Stores,
  users: readonly ScimUser[],
  withGroups = true,
): Promise<ShownScimUser[]> {
  const groups = withGroups ? await scimUsers.groupsOf(users.map(({ userId }) => userId)) : undefined;
  return users.map((user) => ({ ...user, groups: groups?.get(user.userId) ?? [] }));
}

/** Says which account has the name, so that whoever reads the directory's log knows what to do. */
async function refuseTakenName(
  { scimUsers }: Stores,
  provider: SecurityProvider,
  username: string,
): Promise<void> {
  const holder = await scimUsers.nameHolder(username);
  if (holder === undefined) return;
  const whose =
    holder.providerId === provider.id
      ? 'another person of this directory'
      : holder.providerId === LOCAL_PROVIDER_ID
        ? 'a local account, which SCIM does not take over: an administrator renames or deletes it'
        : `an account of the security provider “${holder.provider}”: an administrator deletes it first`;
  throw new ApplianceError('conflict', `The user name ${username} belongs to ${whose}.`, {
    facts: { scimType: 'uniqueness' },
  });
}

async function refuseLastAdministrator({ users }: Stores, user: ScimUser): Promise<void> {
  if (!user.administrator) return;
  const administrators = await users.lockEnabledAdministrators();
  if (administrators.some((id) => id !== user.userId)) return;
  throw new ApplianceError(
    'forbidden',
    'This is the last enabled administrator: nobody could administer the site any more.',
  );
}

/** What audit rows tell of a person. */
function flat({ userName, externalId, active, attributes }: ScimUserContent): object {
  const { [ENTERPRISE_SCHEMA]: enterprise, ...core } = attributes;
  return ordered({ ...core, enterprise, userName, externalId, active }) as object;
}

/** Members of objects in one order, so that the same content is no change, whatever way it is written. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isObject(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, ordered(value[name])]));
}

function audited(user: ScimUser): { type: string; id: number; name: string } {
  return { type: 'user', id: user.userId, name: user.username };
}

function noSuchUser(id: string): never {
  throw new ApplianceError('not_found', `There is no user with the id ${id} in this directory.`);
}

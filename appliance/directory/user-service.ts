import { isAdministrator, requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import type { PasswordHasher } from '../access/password-hasher.ts';
import { passwordProblems } from '../access/password-policy.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import { randomToken } from '../secrets.ts';
import type { SiteSettingsSource } from '../settings/site-settings.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { NEW_USER_SETTINGS, type User, type UserFilter, type UserNames, type UserSettings } from './user.ts';
import { requireChoiceOfUsers, type UserName, type UserNameQuery } from './user-name.ts';

/** Without a password nobody can sign in until an administrator sets one. */
export type NewUser = Pick<UserSettings, UserNames> &
  Changes<Omit<UserSettings, UserNames>> & { password?: string | undefined };
export type UserChanges = Changes<UserSettings> & {
  password?: string | undefined;
  /** 0 unlocks the account; other numbers are refused. */
  failedLogins?: number | undefined;
};

/** Local users. */
export class UserService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #passwords: PasswordHasher;
  readonly #settings: SiteSettingsSource;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: {
    stores: Stores;
    unitOfWork: UnitOfWork;
    passwords: PasswordHasher;
    settings: SiteSettingsSource;
    credentialEvents: CredentialEvents;
  }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#passwords = deps.passwords;
    this.#settings = deps.settings;
    this.#credentialEvents = deps.credentialEvents;
  }

  async list(actor: Actor, filter: UserFilter, page: PageRequest): Promise<Page<User>> {
    requireConfiguration(actor);
    return await this.#stores.users.find(filter, page);
  }

  /** Names alone, for choosing among people; also for those who hold a right whose pages do. */
  async names(actor: Actor, query: UserNameQuery): Promise<UserName[]> {
    requireChoiceOfUsers(actor);
    return await this.#stores.users.names(query);
  }

  async show(actor: Actor, id: number): Promise<User> {
    requireConfiguration(actor);
    return (await this.#stores.users.findById(id)) ?? noSuchUser(id);
  }

  async create(actor: Actor, { password, ...input }: NewUser): Promise<User> {
    requireConfiguration(actor);
    const draft: UserSettings = {
      ...NEW_USER_SETTINGS,
      ...named(input),
      username: input.username,
      publicDisplayName: input.publicDisplayName,
      privateDisplayName: input.privateDisplayName,
    };
    if (draft.administrator) requireAdministratorForAdministrators(actor);
    checkSettings(draft);
    if (password !== undefined) this.#checkPassword(password, draft.username);
    const passwordHash = await this.#passwords.hash(password ?? randomToken());
    return await this.#unitOfWork.inTransaction(async ({ users, auditLog }) => {
      const user = await users.insert(draft, passwordHash);
      await auditLog.record({
        type: 'user.created',
        actor,
        object: audited(user),
        after: { ...auditState(draft), password: password === undefined ? 'random' : 'set' },
      });
      return user;
    });
  }

  /**
   * Fails with `invalid` when an API account changes an administrator, or when nobody could administer the site any
   * more. Disabling somebody and setting a password end that person's sign-ins.
   */
  async update(
    actor: Actor,
    id: number,
    { password, failedLogins, ...changes }: UserChanges,
    ifRevision?: WantedRevisions,
  ): Promise<User> {
    requireConfiguration(actor);
    const current = (await this.#stores.users.findById(id)) ?? noSuchUser(id);
    if (password !== undefined) this.#checkPassword(password, changes.username ?? current.username);
    if (failedLogins !== undefined && failedLogins !== 0 && failedLogins !== current.failedLogins) {
      throw invalidField(
        'failed_logins',
        'The count of failed sign-ins can only be set to 0, which unlocks.',
      );
    }
    const passwordHash = password === undefined ? undefined : await this.#passwords.hash(password);
    const keptCredential = actor.kind === 'user' && actor.userId === id ? actor.credentialId : undefined;

    const { user, signedOut } = await this.#unitOfWork.inTransaction(async (stores) => {
      const { users, userLogins, userCredentials, auditLog } = stores;
      const administrators = await users.lockEnabledAdministrators();
      const before = (await users.lockById(id)) ?? noSuchUser(id);
      requireRevision(before, ifRevision);
      const after: User = { ...before, ...named(changes), ...(failedLogins === 0 && { failedLogins: 0 }) };
      if (before.administrator || after.administrator) requireAdministratorForAdministrators(actor);
      requireAnotherAdministrator(before, after, administrators);
      checkSettings(after);

      const change = auditChange(before, after);
      const revised = change !== undefined || passwordHash !== undefined;
      const revision = revised ? await users.update(after) : before.revision;
      if (change !== undefined) {
        await auditLog.record({ type: 'user.updated', actor, object: audited(after), ...change });
      }
      if (failedLogins === 0) await users.unlock(id);
      if (passwordHash !== undefined) {
        await userLogins.setPassword(id, passwordHash, after.mustChangePassword);
        await auditLog.record({ type: 'user.password_set', actor, object: audited(after) });
      }
      const signedOut = passwordHash !== undefined || (before.enabled && !after.enabled);
      if (signedOut) await userCredentials.endAllOf(id, after.enabled ? keptCredential : undefined);
      return { user: { ...after, revision }, signedOut };
    });
    this.#credentialEvents.publish({ kind: 'user_rights_changed', userId: id });
    if (signedOut) {
      this.#credentialEvents.publish({
        kind: 'user_credentials_ended',
        userId: id,
        ...(user.enabled && keptCredential !== undefined && { exceptCredentialId: keptCredential }),
      });
    }
    return user;
  }

  /** Fails with `invalid` for administrators. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async ({ users, auditLog }) => {
      const user = (await users.lockById(id)) ?? noSuchUser(id);
      requireRevision(user, ifRevision);
      if (user.administrator) {
        throw new ApplianceError('invalid', 'Only users without administrator rights can be deleted.');
      }
      const personalItems = await users.delete(id);
      await auditLog.record({
        type: 'user.deleted',
        actor,
        object: audited(user),
        before: { ...auditState(user), personal_jump_items: personalItems },
      });
    });
    this.#credentialEvents.publish({ kind: 'user_credentials_ended', userId: id });
  }

  #checkPassword(password: string, username: string): void {
    const problems = passwordProblems(password, username, this.#settings.current().password_minimum_length);
    if (problems.length > 0) {
      throw new ApplianceError('invalid', problems[0]!, { fields: { password: problems } });
    }
  }
}

/** The text is the one user connectors look for: they take it as final and do not try again. */
function requireAdministratorForAdministrators(actor: Actor): void {
  if (actor.kind === 'system' || isAdministrator(actor)) return;
  throw new ApplianceError('invalid', 'This API cannot update administrators.');
}

function requireAnotherAdministrator(before: User, after: User, enabledAdministrators: number[]): void {
  const was = before.administrator && before.enabled;
  const is = after.administrator && after.enabled;
  if (!was || is || enabledAdministrators.some((id) => id !== before.id)) return;
  throw invalidField(
    after.administrator ? 'enabled' : 'perm_admin',
    'This is the last enabled administrator: nobody could administer the site any more.',
  );
}

function checkSettings({ username, emailAddress }: UserSettings): void {
  if (username.trim() !== username || /\p{Cc}/u.test(username)) {
    throw invalidField(
      'username',
      'A user name cannot start or end with a blank or hold control characters.',
    );
  }
  if (emailAddress !== '' && !/^[^\s@]+@[^\s@]+$/.test(emailAddress)) {
    throw invalidField('email_address', 'This is not an e-mail address.');
  }
}

function audited(user: Pick<User, 'id' | 'username'>): { type: string; id: number; name: string } {
  return { type: 'user', id: user.id, name: user.username };
}

function noSuchUser(id: number): never {
  throw new ApplianceError('not_found', `There is no user with id ${id}.`);
}

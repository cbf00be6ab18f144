import { mayConfigure, mayConfigureSecurity, requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import type { PolicyLayer } from '../access/effective-settings.ts';
import type { PasswordHasher } from '../access/password-hasher.ts';
import { type PasswordOwner, passwordProblems } from '../access/password-policy.ts';
import type { SecondFactorSummary } from '../access/second-factor.ts';
import type { UserSettingWishes } from '../access/user-setting-values.ts';
import type { UserSettingName, UserSettingValues } from '../access/user-settings.ts';
import type { Actor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import { type Changes, named } from '../changes.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Page, PageRequest } from '../paging.ts';
import { requireRevision, type WantedRevisions } from '../revision.ts';
import { randomToken } from '../secrets.ts';
import type { SiteSettingsSource } from '../settings/site-settings.ts';
import { passwordRulesOf } from '../settings/site-settings-cache.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import { requireAdministratorForAdministrators } from './administrator-guard.ts';
import { LOCAL_PROVIDER_ID } from './security-provider.ts';
import {
  NEW_USER_SETTINGS,
  type ShownUser,
  type User,
  type UserFilter,
  type UserNames,
  type UserSettings,
} from './user.ts';
import { refuseDirectoryOwned, requireUserCredentialRight } from './user-change-rules.ts';
import { requireChoiceOfUsers, type UserName, type UserNameQuery } from './user-name.ts';
import { changedByShownValues, changedOwnValues, effectiveOf } from './user-setting-changes.ts';

type UserFields = Omit<UserSettings, 'administrator' | 'settings'>;

/** Settings in the fields that show what holds for the person. */
interface SettingFields {
  values?: UserSettingWishes | undefined;
  /** The same under their names of the sister product. */
  aliases?: UserSettingWishes | undefined;
}

/** Without a password nobody can sign in until an administrator sets one. */
export type NewUser = Pick<UserFields, UserNames> &
  Changes<Omit<UserFields, UserNames>> &
  SettingFields & { password?: string | undefined };
export type UserChanges = Changes<UserFields> &
  SettingFields & {
    password?: string | undefined;
    /** 0 unlocks the account; other numbers are refused. */
    failedLogins?: number | undefined;
    /** Own values as such; null takes one away. */
    ownValues?: { [Name in UserSettingName]?: UserSettingValues[Name] | null | undefined } | undefined;
  };

/** Lets a person set passwords and unlock accounts, and nothing else. */
const RIGHT = 'perm_set_passwords';

/** The people who sign in. Own values of settings are kept; what is shown is what holds with the group policies. */
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

  /** What holds for the people of a page is found out by one question, however many they are. */
  async list(actor: Actor, filter: UserFilter, page: PageRequest): Promise<Page<ShownUser>> {
    requireConfiguration(actor, RIGHT);
    const { items, total } = await this.#stores.users.find(filter, page);
    const ids = items.map(({ id }) => id);
    const [layers, factors] = await Promise.all([
      this.#stores.userPolicies.layersOf(ids),
      this.#stores.secondFactors.summaries(ids),
    ]);
    return {
      items: items.map((user) => ({
        ...user,
        effective: effectiveOf(user, layers.get(user.id) ?? []),
        factors: factors.get(user.id) ?? NO_FACTORS,
      })),
      total,
    };
  }

  /** Names alone, for choosing among people; also for those who hold a right whose pages do. */
  async names(actor: Actor, query: UserNameQuery): Promise<UserName[]> {
    requireChoiceOfUsers(actor);
    return await this.#stores.users.names(query);
  }

  async show(actor: Actor, id: number): Promise<ShownUser> {
    requireConfiguration(actor, RIGHT);
    const user = (await this.#stores.users.findById(id)) ?? noSuchUser(id);
    return {
      ...user,
      effective: effectiveOf(user, await layersOf(this.#stores, id)),
      factors: await factorsOf(this.#stores, id),
    };
  }

  async create(actor: Actor, { password, values, aliases, ...input }: NewUser): Promise<ShownUser> {
    requireConfiguration(actor);
    if (password !== undefined)
      this.#checkPassword(password, { emailAddress: input.emailAddress ?? '', username: input.username });
    const passwordHash = await this.#passwords.hash(password ?? randomToken());
    const fields: UserSettings = {
      ...NEW_USER_SETTINGS,
      ...named(input),
      username: input.username,
      publicDisplayName: input.publicDisplayName,
      privateDisplayName: input.privateDisplayName,
    };
    checkSettings(fields);
    return await this.#unitOfWork.inTransaction(async ({ users, userPolicies, auditLog }) => {
      const policies = await userPolicies.layersOfNewUser(LOCAL_PROVIDER_ID);
      const draft = changedByShownValues(fields, policies, values ?? {}, aliases ?? {});
      const effective = effectiveOf(draft, policies);
      if (draft.administrator || effective.perm_admin) requireAdministratorForAdministrators(actor);
      if (password !== undefined && input.passwordExpiration === undefined) {
        draft.passwordExpiration = expirationOf(this.#settings.current().password_expiration_days);
      }
      const user = await users.insert(draft, passwordHash);
      await auditLog.record({
        type: 'user.created',
        actor,
        object: audited(user),
        after: { ...auditState(flat(draft)), password: password === undefined ? 'random' : 'set' },
      });
      return { ...user, effective, factors: NO_FACTORS };
    });
  }

  /**
   * Fails with `invalid` when an API account changes an administrator, for what a directory or a group policy decides,
   * or when nobody could administer the site any more. Disabling somebody and setting a password end that person's
   * sign-ins. People with the right to set passwords do that and unlock, for whoever holds no right they lack.
   */
  async update(
    actor: Actor,
    id: number,
    wanted: UserChanges,
    ifRevision?: WantedRevisions,
  ): Promise<ShownUser> {
    requireConfiguration(actor, RIGHT);
    const { password, failedLogins, values, aliases, ownValues, ...fields } = wanted;
    const current = (await this.#stores.users.findById(id)) ?? noSuchUser(id);
    if (password !== undefined) this.#checkPassword(password, { ...current, ...named(fields) });
    if (failedLogins !== undefined && failedLogins !== 0 && failedLogins !== current.failedLogins) {
      throw invalidField(
        'failed_logins',
        'The count of failed sign-ins can only be set to 0, which unlocks.',
      );
    }
    const passwordHash = password === undefined ? undefined : await this.#passwords.hash(password);
    const keptCredential = actor.kind === 'user' && actor.userId === id ? actor.credentialId : undefined;

    const { user, signedOut } = await this.#unitOfWork.inTransaction(async (stores) => {
      const { users, userLogins, userCredentials, securityProviders, auditLog } = stores;
      const administrators = await users.lockEnabledAdministrators();
      const before = (await users.lockById(id)) ?? noSuchUser(id);
      requireRevision(before, ifRevision);
      const policies = await layersOf(stores, id);
      const was = effectiveOf(before, policies);
      if (!mayConfigure(actor)) await requireUserCredentialRight(stores, actor, before, was, wanted);
      // Without a place of its own the id is shown: sending it back does not make it one.
      if (before.displayNumber === null && fields.displayNumber === id) fields.displayNumber = undefined;
      const shown = changedByShownValues(
        { ...before, ...named(fields) },
        policies,
        values ?? {},
        aliases ?? {},
      );
      const after: User = {
        ...changedOwnValues(shown, ownValues ?? {}),
        ...(failedLogins === 0 && { failedLogins: 0 }),
      };
      const effective = effectiveOf(after, policies);
      if (was.perm_admin || effective.perm_admin || before.administrator || after.administrator) {
        requireAdministratorForAdministrators(actor);
      }
      requireAnotherAdministrator(before, after, administrators);
      checkSettings(after);
      if (before.securityProviderId !== LOCAL_PROVIDER_ID) {
        const provider = await securityProviders.findById(before.securityProviderId);
        refuseDirectoryOwned(provider, before, after, password !== undefined);
      }

      const change = auditChange(flat(before), flat(after));
      const revised = change !== undefined || passwordHash !== undefined;
      const revision = revised ? await users.update(after) : before.revision;
      if (change !== undefined) {
        await auditLog.record({ type: 'user.updated', actor, object: audited(after), ...change });
      }
      if (failedLogins === 0) await users.unlock(id);
      // Whoever sets passwords as well would otherwise have any number of guesses at the code.
      if (failedLogins === 0 && mayConfigureSecurity(actor)) await users.unlockSecondFactor(id);
      if (passwordHash !== undefined) {
        await userLogins.setPassword(id, passwordHash, {
          mustChange: after.mustChangePassword,
          expirationDays:
            fields.passwordExpiration === undefined ? this.#settings.current().password_expiration_days : 0,
        });
        await auditLog.record({ type: 'user.password_set', actor, object: audited(after) });
      }
      const signedOut = passwordHash !== undefined || (before.enabled && !after.enabled);
      if (signedOut) await userCredentials.endAllOf(id, after.enabled ? keptCredential : undefined);
      const factors = await factorsOf(stores, id);
      return { user: { ...after, effective, factors, revision }, signedOut };
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

  /** Fails with `invalid` for administrators, whatever makes them that. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor);
    await this.#unitOfWork.inTransaction(async (stores) => {
      const { users, auditLog } = stores;
      const user = (await users.lockById(id)) ?? noSuchUser(id);
      requireRevision(user, ifRevision);
      if (user.administrator || effectiveOf(user, await layersOf(stores, id)).perm_admin) {
        throw new ApplianceError('invalid', 'Only users without administrator rights can be deleted.');
      }
      const personalItems = await users.delete(id);
      await auditLog.record({
        type: 'user.deleted',
        actor,
        object: audited(user),
        before: { ...auditState(flat(user)), personal_jump_items: personalItems },
      });
    });
    this.#credentialEvents.publish({ kind: 'user_credentials_ended', userId: id });
  }

  #checkPassword(password: string, owner: PasswordOwner): void {
    const problems = passwordProblems(password, owner, passwordRulesOf(this.#settings.current()));
    if (problems.length > 0) {
      throw new ApplianceError('invalid', problems[0]!, { fields: { password: problems } });
    }
  }
}

/** Of a password that is set now; null for never. */
function expirationOf(days: number): Date | null {
  return days === 0 ? null : new Date(Date.now() + days * 86_400_000);
}

function requireAnotherAdministrator(before: User, after: User, enabledAdministrators: number[]): void {
  const was = before.administrator && before.enabled;
  const is = after.administrator && after.enabled;
  if (!was || is || enabledAdministrators.some((id) => id !== before.id)) return;
  throw invalidField(
    after.administrator ? 'enabled' : 'perm_admin',
    'This is the last enabled local administrator: nobody could administer the site any more when a directory is out of reach.',
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

async function layersOf({ userPolicies }: Stores, id: number): Promise<PolicyLayer[]> {
  return (await userPolicies.layersOf([id])).get(id) ?? [];
}

const NO_FACTORS: SecondFactorSummary = { enabled: false, passkeys: 0, passkeyLastUsedAt: null };

async function factorsOf(
  { secondFactors }: Pick<Stores, 'secondFactors'>,
  id: number,
): Promise<SecondFactorSummary> {
  return (await secondFactors.summaries([id])).get(id) ?? NO_FACTORS;
}

/** Settings beside the rest, so that an audit row names those that changed. */
function flat<Fields extends Pick<UserSettings, 'administrator' | 'settings'>>({
  settings,
  administrator,
  ...user
}: Fields): object {
  return { ...user, perm_admin: administrator, ...settings };
}

export function audited(user: Pick<User, 'id' | 'username'>): { type: string; id: number; name: string } {
  return { type: 'user', id: user.id, name: user.username };
}

export function noSuchUser(id: number): never {
  throw new ApplianceError('not_found', `There is no user with id ${id}.`);
}

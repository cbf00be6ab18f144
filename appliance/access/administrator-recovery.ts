import type { SystemActor } from '../actor.ts';
import { auditChange, auditState } from '../audit/audit-state.ts';
import { LOCAL_PROVIDER_ID } from '../directory/security-provider.ts';
import { NEW_USER_SETTINGS, type User, type UserSettings } from '../directory/user.ts';
import { ApplianceError } from '../errors.ts';
import { randomToken } from '../secrets.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { CredentialEvents } from './credential-events.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { removeSecondFactors } from './second-factor-service.ts';

const PASSWORD_LENGTH = 20;

export interface RecoveredAdministrator {
  username: string;
  /** To be shown once; it has to be changed at the first sign-in. */
  password: string;
  /** There was no such user before. */
  created: boolean;
}

/**
 * Makes somebody an administrator who can sign in, whatever state the account is in: enabled, unlocked, with a new
 * password, without the sign-ins and second factors it had, and from any network. For a person with a shell on the
 * host, who has every right there anyway.
 * Fails with `not_found` when nobody has that name, unless `create` says to make a new administrator of it, and with
 * `conflict` for accounts of a directory: no password of ours signs them in.
 */
export async function recoverAdministrator(
  deps: { unitOfWork: UnitOfWork; passwords: PasswordHasher; events: CredentialEvents },
  username: string,
  actor: SystemActor,
  { create = false } = {},
): Promise<RecoveredAdministrator> {
  const password = randomToken(PASSWORD_LENGTH);
  const passwordHash = await deps.passwords.hash(password);
  const recovered = await deps.unitOfWork.inTransaction(async (stores) => {
    const { users, userLogins, userCredentials, auditLog } = stores;
    const login = await userLogins.findByUsername(username);
    const before = login && (await users.lockById(login.id));
    if (before === undefined && !create) {
      throw new ApplianceError('not_found', `There is no user "${username}".`);
    }
    if (before !== undefined && before.securityProviderId !== LOCAL_PROVIDER_ID) {
      throw new ApplianceError(
        'conflict',
        `"${before.username}" comes from a security provider, which alone knows the password.`,
      );
    }
    const user = before ?? (await users.insert(newAdministrator(username), passwordHash));
    const after: User = { ...user, enabled: true, administrator: true, mustChangePassword: true };
    if (before !== undefined) await users.update(after);
    await users.unlock(user.id);
    await users.restrictNetworks(user.id, undefined);
    const opened = await openNetworks(stores);
    await userLogins.setPassword(user.id, passwordHash, { mustChange: true, expirationDays: 0 });
    await userCredentials.endAllOf(user.id);
    await removeSecondFactors(stores, user, actor);
    await auditLog.record({
      type: before === undefined ? 'user.created' : 'user.recovered',
      actor,
      object: { type: 'user', id: user.id, name: user.username },
      ...(before === undefined
        ? { after: auditState(after) }
        : auditChange(before, { ...after, failedLogins: 0 })),
    });
    if (opened) {
      await auditLog.record({
        type: 'site_setting.updated',
        actor,
        object: { type: 'site_setting', id: '' },
        after: { administrator_network_restriction: 'none' },
      });
    }
    return { id: user.id, username: user.username, created: before === undefined };
  });
  deps.events.publish({ kind: 'user_credentials_ended', userId: recovered.id });
  return { username: recovered.username, password, created: recovered.created };
}

/** A network restriction that shuts every administrator out is lifted. Answers whether there was one. */
async function openNetworks({ siteSettings }: Stores): Promise<boolean> {
  await siteSettings.lockRevision();
  const { administrator_network_restriction: mode = 'none' } = await siteSettings.findAll();
  if (mode === 'none') return false;
  await siteSettings.reset('administrator_network_restriction');
  await siteSettings.raiseRevision();
  return true;
}

function newAdministrator(username: string): UserSettings {
  return {
    ...NEW_USER_SETTINGS,
    username,
    publicDisplayName: username,
    privateDisplayName: username,
    administrator: true,
    mustChangePassword: true,
  };
}

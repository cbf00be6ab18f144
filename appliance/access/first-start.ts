import { API_PERMISSIONS, type ApiPermission, type CommandLevel, type SystemActor } from '../actor.ts';
import { hashSecret, randomToken } from '../secrets.ts';
import type { UnitOfWork } from '../stores.ts';
import type { PasswordHasher } from './password-hasher.ts';

const FIRST_START: SystemActor = { kind: 'system', name: 'first start' };
const GENERATED_PASSWORD_LENGTH = 20;

/** What an empty site is given before anybody can sign in. */
export interface FirstInhabitants {
  /** True in one transaction of the site's life: nobody exists yet. Other processes wait for that transaction. */
  siteIsEmpty(): Promise<boolean>;
  createAdministrator(user: {
    username: string;
    displayName: string;
    passwordHash: string;
    mustChangePassword: boolean;
  }): Promise<number>;
  createApiAccount(account: {
    name: string;
    clientId: string;
    secretHash: Buffer;
    commandLevel: CommandLevel;
    permissions: readonly ApiPermission[];
  }): Promise<number>;
}

export interface FirstStartSettings {
  adminPassword: string | undefined;
  apiClient: { id: string; secret: string } | undefined;
}

/**
 * On the very first start creates user `admin` (id 1) and, when the settings name one, an API account with every
 * permission; later starts change nothing. Returns the password when it was generated here: it is printed once and
 * has to be changed at the first sign-in, while a password from the settings was chosen by its owner.
 */
export async function populateEmptySite(
  { unitOfWork, passwords }: { unitOfWork: UnitOfWork; passwords: PasswordHasher },
  settings: FirstStartSettings,
): Promise<{ generatedAdminPassword: string | undefined }> {
  return unitOfWork.inTransaction(async ({ firstInhabitants, auditLog }) => {
    if (!(await firstInhabitants.siteIsEmpty())) return { generatedAdminPassword: undefined };

    const generatedAdminPassword =
      settings.adminPassword === undefined ? randomToken(GENERATED_PASSWORD_LENGTH) : undefined;
    const userId = await firstInhabitants.createAdministrator({
      username: 'admin',
      displayName: 'Administrator',
      passwordHash: await passwords.hash(settings.adminPassword ?? generatedAdminPassword!),
      mustChangePassword: generatedAdminPassword !== undefined,
    });
    await auditLog.record({
      type: 'user.created',
      actor: FIRST_START,
      object: { type: 'user', id: userId, name: 'admin' },
    });

    if (settings.apiClient !== undefined) {
      const name = 'First API account';
      const id = await firstInhabitants.createApiAccount({
        name,
        clientId: settings.apiClient.id,
        secretHash: hashSecret(settings.apiClient.secret),
        commandLevel: 'full_access',
        permissions: API_PERMISSIONS,
      });
      await auditLog.record({
        type: 'api_account.created',
        actor: FIRST_START,
        object: { type: 'api_account', id, name },
      });
    }
    return { generatedAdminPassword };
  });
}

import { hasRight } from '../access/configuration-rights.ts';
import { accessOf } from '../access/person-access.ts';
import type { UserSettingValues } from '../access/user-settings.ts';
import type { Actor } from '../actor.ts';
import { ApplianceError, invalidField } from '../errors.ts';
import type { Stores } from '../stores.ts';
import { reachBeyond } from './reach-beyond.ts';
import type { SecurityProvider } from './security-provider.ts';
import type { User } from './user.ts';
import { effectiveOf, rightsBeyond } from './user-setting-changes.ts';

/** What people with the right to set passwords may change of somebody. */
const CREDENTIAL_FIELDS: readonly string[] = ['password', 'failedLogins', 'mustChangePassword'];

/**
 * Whoever sets a password can sign in with it, so nobody may set that of a person who may do more. Fails with
 * `forbidden`, also for any other field and for one's own account: whoever knows the present password changes it.
 */
export async function requireUserCredentialRight(
  { users, userPolicies, accessFacts }: Stores,
  actor: Actor,
  user: User,
  rightsOfUser: UserSettingValues,
  changes: object,
): Promise<void> {
  if (actor.kind !== 'user' || !hasRight(actor, 'perm_set_passwords')) {
    throw new ApplianceError('forbidden', 'This needs the right to set passwords (perm_set_passwords).');
  }
  const other = Object.entries(changes).find(
    ([name, value]) => value !== undefined && !CREDENTIAL_FIELDS.includes(name) && !isEmpty(value),
  );
  if (other !== undefined) {
    throw new ApplianceError(
      'forbidden',
      'The right to set passwords covers password, password_reset_next_login and failed_logins; the rest needs an administrator.',
    );
  }
  if (user.id === actor.userId) {
    throw new ApplianceError('forbidden', 'Change your own password with the present one.');
  }
  if (user.administrator || rightsOfUser.perm_admin) {
    throw new ApplianceError('forbidden', 'Only administrators set passwords of administrators.');
  }
  const setter = await users.findById(actor.userId);
  if (setter === undefined) throw new ApplianceError('forbidden', 'Your account is gone.');
  const layers = await userPolicies.layersOf([actor.userId]);
  const beyond: string[] = rightsBeyond(rightsOfUser, effectiveOf(setter, layers.get(actor.userId) ?? []));
  // Nobody's personal items are asked about: whose they are is a matter of teams and roles.
  const [theirs, own] = [
    await accessFacts.find(user.id, { ownerUserIds: [] }),
    await accessFacts.find(actor.userId, { ownerUserIds: [] }),
  ];
  if (theirs !== undefined && own !== undefined) beyond.push(...reachBeyond(accessOf(theirs), accessOf(own)));
  if (beyond.length > 0) {
    throw new ApplianceError(
      'forbidden',
      `This user holds ${beyond.length} ${beyond.length === 1 ? 'right' : 'rights'} that you lack (${beyond.slice(0, 3).join(', ')}${beyond.length > 3 ? ', …' : ''}). Ask an administrator to set the password.`,
    );
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** What a directory says about a person cannot be changed here. Fails with `invalid` naming the field. */
export function refuseDirectoryOwned(
  provider: SecurityProvider | undefined,
  before: User,
  after: User,
  passwordGiven: boolean,
): void {
  const owner =
    provider === undefined ? 'another security provider' : `the security provider “${provider.name}”`;
  const refuse = (field: string) => {
    throw invalidField(field, `This user comes from ${owner}, which decides this.`);
  };
  if (passwordGiven) refuse('password');
  if (after.username !== before.username) refuse('username');
  if (after.mustChangePassword && !before.mustChangePassword) refuse('password_reset_next_login');
  if (after.passwordExpiration?.getTime() !== before.passwordExpiration?.getTime())
    refuse('password_expiration');
  // Where the directory does not keep names in step, they are kept here.
  if (provider?.settings['sync_display_name'] === false) return;
  if (after.publicDisplayName !== before.publicDisplayName) refuse('public_display_name');
  if (after.privateDisplayName !== before.privateDisplayName) refuse('private_display_name');
  if (after.emailAddress !== before.emailAddress) refuse('email_address');
}

import type { ProviderTest } from '../../appliance/directory/identity-provider.ts';
import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import type { LdapEntry } from './ldap-connection.ts';
import { AMBIGUOUS_ADVICE, MISSING_ADVICE, missingText } from './ldap-directory.ts';
import { LdapFailure } from './ldap-failure.ts';
import { userFilter } from './ldap-filters.ts';
import { groupsOf } from './ldap-groups.ts';
import { mapped, octetsOf, personAttributes } from './ldap-person.ts';
import { type FoundEntry, searchedEverywhere } from './ldap-referrals.ts';
import { bindFailure, refusalOf } from './ldap-result-failures.ts';
import { type LdapAccess, type LdapSession, openConnection } from './ldap-session.ts';
import type { LdapSettings } from './ldap-settings.ts';

/** One person as a sign-in would see them: found, password, attributes, groups. Fails with `LdapFailure`. */
export async function testPerson(
  access: LdapAccess,
  session: LdapSession,
  { username = '', password }: ProviderTest,
  trace: ProviderTrace,
  now: Date,
): Promise<void> {
  const { settings } = access;
  const found = await located(access, session, username, trace);
  if (found === undefined) return;
  trace.passed('find_user', `Found ${found.entry.dn}.`);
  await checkPassword(access, found, password, trace);
  checkAttributes(found.entry, settings, trace, now);
  if (!settings.groupLookup) return;
  const groups = await groupsOf(session, settings, found.entry, trace);
  if (groups.length > 0) {
    const shown = groups.slice(0, 20).join('; ');
    trace.noted('groups', groups.length > 20 ? `${shown}; and ${groups.length - 20} more` : shown);
  }
}

async function located(
  access: LdapAccess,
  session: LdapSession,
  username: string,
  trace: ProviderTrace,
): Promise<FoundEntry | undefined> {
  const { settings } = access;
  const { activeDirectory } = session;
  const query = {
    base: settings.base,
    scope: 'sub' as const,
    filter: userFilter(settings, username, activeDirectory),
    attributes: personAttributes(settings, { photo: true, activeDirectory }),
    limit: 2,
  };
  const { found } = await searchedEverywhere(access, session, query, trace);
  if (found.length > 1) {
    trace.failed('find_user', `Several entries have the user name “${username}”.`, AMBIGUOUS_ADVICE);
    return undefined;
  }
  if (found.length === 0) {
    trace.failed(
      'find_user',
      `Nobody below “${settings.base}” has the user name “${username}” in the attribute ${settings.username}.`,
      'Check the spelling, the search base, the object classes, and which attribute holds user names (uid, sAMAccountName or userPrincipalName). The searching account must be allowed to see the entry.',
    );
    return undefined;
  }
  return found[0];
}

async function checkPassword(
  { settings }: LdapAccess,
  { entry, server }: FoundEntry,
  password: string | undefined,
  trace: ProviderTrace,
): Promise<void> {
  if (password === undefined || password === '') {
    trace.noted('user_bind', 'No password was given, so none was tried.');
    return;
  }
  const connection = await openConnection(server, settings);
  try {
    await connection.bind(entry.dn, password);
    trace.passed('user_bind', 'The directory accepts the password.');
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw bindFailure(error, entry.dn);
    trace.failed('user_bind', `The directory refuses the password: ${refusal.reason}.`, refusal.advice);
  } finally {
    connection.close();
  }
}

function checkAttributes(entry: LdapEntry, settings: LdapSettings, trace: ProviderTrace, now: Date): void {
  const answer = mapped(entry, settings, now);
  if ('missing' in answer) {
    const text = missingText(answer.missing, settings);
    throw new LdapFailure(
      'attributes',
      `missing_${answer.missing}`,
      `${text[0]!.toUpperCase()}${text.slice(1)}.`,
      MISSING_ADVICE,
    );
  }
  const { externalId, username, displayName, emailAddress, photo, disabledReason } = answer.person;
  trace.passed(
    'attributes',
    `User name ${username}, unique id ${externalId}, display name ${displayName ?? 'none'}, e-mail address ${emailAddress ?? 'none'}, ${photo === undefined ? 'no photo' : `a photo of ${photo.length} bytes`}.`,
  );
  for (const [setting, names] of [
    ['display_name', settings.displayName],
    ['email', settings.email],
  ] as const) {
    if (names.length === 0 || names.some((name) => octetsOf(entry, name) !== undefined)) continue;
    trace.noted(
      'attributes',
      `The entry has no attribute ${names.join(', ')}, which the setting ${setting} asks for.`,
      'The user name is shown instead of a display name, and mail cannot be sent without an address. Choose another attribute, or fill it in the directory.',
    );
  }
  if (disabledReason !== undefined) {
    trace.failed(
      'account',
      `The directory says: ${disabledReason}.`,
      'Put the account right in the directory.',
    );
  }
}

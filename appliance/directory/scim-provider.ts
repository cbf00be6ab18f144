import type { Actor, ApiAccountActor } from '../actor.ts';
import { ApplianceError } from '../errors.ts';
import type { Stores } from '../stores.ts';
import type { ScimDocument } from './scim-document.ts';
import { isObject } from './scim-document.ts';
import { parseScimPath } from './scim-filter.ts';
import type { ScimGroupNaming } from './scim-group.ts';
import { valueMatches } from './scim-match.ts';
import { findTarget } from './scim-path.ts';
import { scimProblem } from './scim-problem.ts';
import type { ScimProfile } from './scim-user.ts';
import type { SecurityProvider } from './security-provider.ts';

/** Fails with `forbidden`. */
export function requireScim(actor: Actor): ApiAccountActor {
  if (actor.kind === 'api_account' && actor.permissions.has('perm_scim')) return actor;
  throw new ApplianceError('forbidden', 'This needs an API account with the SCIM permission (perm_scim).');
}

/**
 * The provider whose people and groups a directory keeps: the enabled one of the type SCIM or, of several, the first in
 * the order of priority. Fails with `forbidden` when there is none.
 */
export async function scimProviderOf({ securityProviders }: Stores): Promise<SecurityProvider> {
  const provider = (await securityProviders.enabledForSignIn()).find(({ type }) => type === 'scim');
  if (provider !== undefined) return provider;
  throw new ApplianceError(
    'forbidden',
    'There is no enabled security provider of the type SCIM. An administrator makes one under Security providers.',
  );
}

export function groupNamingOf({ settings }: SecurityProvider): ScimGroupNaming {
  return settings.scim_group_query_id as ScimGroupNaming;
}

const LONGEST_USERNAME = 64;

/** What the account of a resource is called, by the attributes that the provider's settings name. */
export function profileOf({ settings }: SecurityProvider, document: ScimDocument): ScimProfile {
  const username = (textAt(document, settings.user_name) ?? '').trim();
  const from = settings.user_name;
  if (username === '') throw scimProblem('invalidValue', `${from} is needed: it becomes the user name.`);
  if (username.length > LONGEST_USERNAME) {
    throw scimProblem('invalidValue', `${from} is a user name of at most ${LONGEST_USERNAME} characters.`);
  }
  if (/\p{Cc}/u.test(username)) throw scimProblem('invalidValue', `${from} holds control characters.`);
  const email = textAt(document, settings.email) ?? '';
  return {
    username,
    displayName: shortened(textAt(document, settings.display_name) ?? nameOf(document) ?? username),
    emailAddress: /^[^\s@]+@[^\s@]+$/.test(email) ? email : '',
    uniqueId: textAt(document, settings.unique_id_attribute_name)?.slice(0, 512) ?? null,
  };
}

/**
 * The text at a path of a setting. Of several values the primary one is meant, or else that for work, or else the
 * first. Undefined when there is none, or no such attribute.
 */
function textAt(document: ScimDocument, setting: unknown): string | undefined {
  const { path, filter, subAttribute } = parseScimPath(String(setting));
  const target = findTarget('User', subAttribute === undefined ? path : `${path}.${subAttribute}`);
  if (target === undefined) return undefined;
  const holder = target.extension === undefined ? document : document[target.extension];
  const value = isObject(holder) ? holder[target.attribute.name] : undefined;
  if (!Array.isArray(value)) return textOf(value, target.subAttribute?.name ?? 'value');
  const entries = value
    .filter(isObject)
    .filter((entry) => filter === undefined || valueMatches(target.attribute, entry, filter));
  const entry =
    entries.find(({ primary }) => primary === true) ??
    entries.find(({ type }) => type === 'work') ??
    entries[0];
  return textOf(entry, target.subAttribute?.name ?? 'value');
}

function textOf(value: unknown, part: string): string | undefined {
  const text = isObject(value) ? value[part] : value;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

function nameOf(document: ScimDocument): string | undefined {
  const { formatted, givenName, familyName } = isObject(document.name) ? document.name : {};
  const parts = [givenName, familyName].filter((part) => typeof part === 'string');
  return typeof formatted === 'string' ? formatted : parts.length > 0 ? parts.join(' ') : undefined;
}

function shortened(name: string): string {
  return [...name].slice(0, 64).join('');
}

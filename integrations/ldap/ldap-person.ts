import type { DirectoryPerson } from '../../appliance/directory/identity-provider.ts';
import type { LdapEntry } from './ldap-connection.ts';
import { idOf } from './ldap-ids.ts';
import type { LdapSettings } from './ldap-settings.ts';

/** Attributes that tell whether an account may be used; servers leave out those they do not have. */
const ACCOUNT_STATE = [
  'userAccountControl',
  'msDS-User-Account-Control-Computed',
  'accountExpires',
  'lockoutTime',
  'pwdAccountLockedTime',
  'pwdEndTime',
  'nsAccountLock',
  'loginDisabled',
  'shadowExpire',
];
const ACTIVE_DIRECTORY_ONLY = ['primaryGroupID', 'objectSid'];

/** What has to be read of a person; `photo` only where it is wanted, since photos are large. */
export function personAttributes(
  settings: LdapSettings,
  options: { photo: boolean; activeDirectory: boolean },
): string[] {
  const { relationships, groupLookup } = settings;
  const grouped = groupLookup
    ? relationships.map((one) => (one.kind === 'names' ? one.attribute : one.personAttribute))
    : [];
  const wanted = [
    settings.username,
    ...settings.uniqueId,
    ...settings.displayName,
    ...settings.email,
    ...(options.photo ? settings.photo : []),
    ...grouped.filter((name) => name.toLowerCase() !== 'dn'),
    ...ACCOUNT_STATE,
    ...(options.activeDirectory ? ACTIVE_DIRECTORY_ONLY : []),
  ];
  return [...new Map(wanted.map((name) => [name.toLowerCase(), name])).values()];
}

export type Mapped =
  | { person: Omit<DirectoryPerson, 'groups'> }
  /** The setting that names attributes of which the entry has none. */
  | { missing: 'unique_id' | 'username' };

export function mapped(entry: LdapEntry, settings: LdapSettings, now: Date): Mapped {
  const idAttribute = settings.uniqueId.find((name) => octetsOf(entry, name) !== undefined);
  const username = textOf(entry, settings.username);
  if (idAttribute === undefined) return { missing: 'unique_id' };
  if (username === undefined) return { missing: 'username' };
  const reason = disabledReason(entry, now);
  return {
    person: {
      externalId: idOf(idAttribute, octetsOf(entry, idAttribute)!),
      username,
      displayName: firstText(entry, settings.displayName),
      emailAddress: firstText(entry, settings.email),
      distinguishedName: entry.dn,
      photo: settings.photo.map((name) => octetsOf(entry, name)).find((value) => value !== undefined),
      // Whoever guesses passwords can lock an account for a while; that must not end what its owner does here.
      disabled: reason !== undefined && reason !== LOCKED,
      disabledReason: reason,
    },
  };
}

export function octetsOf(entry: LdapEntry, attribute: string): Buffer | undefined {
  return entry.attributes.get(attribute.toLowerCase())?.find((value) => value.length > 0);
}

export function textOf(entry: LdapEntry, attribute: string): string | undefined {
  return octetsOf(entry, attribute)?.toString('utf8').trim() || undefined;
}

export function textsOf(entry: LdapEntry, attribute: string): string[] {
  return (entry.attributes.get(attribute.toLowerCase()) ?? []).map((value) => value.toString('utf8'));
}

function firstText(entry: LdapEntry, attributes: readonly string[]): string | undefined {
  for (const attribute of attributes) {
    const text = textOf(entry, attribute);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** After wrong passwords, until time or an administrator lifts it. */
const LOCKED = 'the account is locked';
/** `pwdAccountLockedTime` of accounts that an administrator has locked for good. */
const FOR_GOOD = '000001010000Z';
const ACCOUNT_DISABLED = 0x2;
const LOCKED_OUT = 0x10;
/** What `accountExpires` says of accounts that never do. */
const NEVER = new Set(['0', '9223372036854775807']);
const DAY_MS = 86_400_000;

/** Why the account may not be used there; undefined when it may. */
export function disabledReason(entry: LdapEntry, now: Date): string | undefined {
  const text = (name: string) => textOf(entry, name);
  const control = Number(text('userAccountControl') ?? 0);
  if ((control & ACCOUNT_DISABLED) !== 0) return 'the account is disabled';
  const expires = text('accountExpires');
  if (expires !== undefined && !NEVER.has(expires) && fromFileTime(expires) <= now.getTime()) {
    return 'the account has expired';
  }
  const computed = text('msDS-User-Account-Control-Computed');
  const lockedOut =
    computed === undefined ? Number(text('lockoutTime') ?? 0) > 0 : (Number(computed) & LOCKED_OUT) !== 0;
  const lockedAt = text('pwdAccountLockedTime');
  if (lockedAt === FOR_GOOD) return 'the account is locked for good';
  if (lockedOut || lockedAt !== undefined) return LOCKED;
  const until = fromGeneralizedTime(text('pwdEndTime'));
  if (until !== undefined && until <= now.getTime()) return 'the account has expired';
  if (isTrue(text('nsAccountLock')) || isTrue(text('loginDisabled'))) return 'the account is disabled';
  const day = Number(text('shadowExpire') ?? -1);
  return day > 0 && day * DAY_MS <= now.getTime() ? 'the account has expired' : undefined;
}

/** Tenths of microseconds since 1601. */
function fromFileTime(text: string): number {
  return /^\d{1,19}$/.test(text)
    ? Number(BigInt(text) / 10_000n) - 11_644_473_600_000
    : Number.POSITIVE_INFINITY;
}

function fromGeneralizedTime(text: string | undefined): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?:[.,]\d+)?Z$/.exec(text ?? '');
  if (found === null) return undefined;
  const [year = 0, month = 1, ...rest] = found.slice(1).map((part) => Number(part ?? 0));
  return Date.UTC(year, month - 1, ...rest);
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(true|1)$/i.test(text);
}

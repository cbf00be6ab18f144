import {
  AndFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  FilterParser,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from 'ldapts';
import { LdapFailure } from './ldap-failure.ts';
import { binaryOfId } from './ldap-ids.ts';
import type { LdapSettings } from './ldap-settings.ts';

/** Stands for the user name in `user_query`. */
const PLACEHOLDER = '{username}';
/** Matches an attribute of distinguished names through any number of entries in between (MS-ADTS 3.1.1.3.4.4.3). */
const IN_CHAIN = '1.2.840.113556.1.4.1941';

/*
 * What people type and what directories answer gets into filters only as values of filter objects, never as text that
 * is read as a filter.
 */

/**
 * People who sign in with this user name; undefined is everybody. Without a placeholder, an attribute of the user name
 * that is asked to be present is compared instead, and where there is none the comparison is added.
 */
export function userFilter(
  settings: LdapSettings,
  username: string | undefined,
  activeDirectory: boolean,
): Filter {
  const people = classesFilter(settings.objectClasses);
  const real = activeDirectory ? [new NotFilter({ filter: equals('objectClass', 'computer') })] : [];
  if (settings.userQuery === '') {
    return all([...people, ...real, nameFilter(settings.username, username)]);
  }
  const query = parsedFilter(settings.userQuery, 'user_query');
  const filled = filledIn(query, settings.username.toLowerCase(), username);
  if (filled.used) return all([filled.filter, ...real]);
  return all([query, ...real, nameFilter(settings.username, username)]);
}

function nameFilter(attribute: string, username: string | undefined): Filter {
  if (username === undefined) return new PresenceFilter({ attribute });
  const named = equals(attribute, username);
  // Active Directory lets people in by either name.
  const principal = attribute.toLowerCase() === 'samaccountname' && username.includes('@');
  return principal ? new OrFilter({ filters: [named, equals('userPrincipalName', username)] }) : named;
}

/** The person with an id as {@link idOf} of ldap-ids.ts tells it. */
export function idFilter(settings: LdapSettings, id: string): Filter {
  const filters = settings.uniqueId.flatMap((attribute) => {
    const binary = binaryOfId(attribute, id);
    return binary === undefined ? [equals(attribute, id)] : [equals(attribute, binary)];
  });
  return all([...classesFilter(settings.objectClasses), any(filters)]);
}

/** People whose names hold the text, or begin with it. */
export function peopleNamed(settings: LdapSettings, text: string, activeDirectory: boolean): Filter {
  const browse = settings.browseQuery === '' ? [] : [parsedFilter(settings.browseQuery, 'browse_query')];
  const real = activeDirectory ? [new NotFilter({ filter: equals('objectClass', 'computer') })] : [];
  const names = [settings.username, ...settings.displayName, ...settings.email, 'cn'];
  return all([
    ...classesFilter(settings.objectClasses),
    ...browse,
    ...real,
    containing(names, text, settings.searchesAnywhere),
  ]);
}

export function groupsNamed(settings: LdapSettings, text: string): Filter {
  const names = settings.groupNames.length > 0 ? settings.groupNames : ['cn'];
  return all([everyGroup(settings), containing(names, text, settings.searchesAnywhere)]);
}

export function everyGroup(settings: LdapSettings): Filter {
  const queries = settings.groupQueries.map((query) => parsedFilter(query, 'group_schema_browse_query'));
  return all([...classesFilter(settings.groupClasses), ...(queries.length > 0 ? [any(queries)] : [])]);
}

/** Groups that hold one of the values in the attribute. */
export function groupsHolding(settings: LdapSettings, attribute: string, values: readonly string[]): Filter {
  return all([...classesFilter(settings.groupClasses), any(values.map((value) => equals(attribute, value)))]);
}

/** Groups of Active Directory that hold the person (unless empty) directly or through others, and those with one of the ids. */
export function groupsInChain(dn: string, securityIds: readonly Buffer[]): Filter {
  const chain = dn === '' ? [] : [new ExtensibleFilter({ matchType: 'member', rule: IN_CHAIN, value: dn })];
  return any([...chain, ...securityIds.map((id) => equals('objectSid', id))]);
}

export function present(attribute: string): Filter {
  return new PresenceFilter({ attribute });
}

/** Fails with `LdapFailure` naming the setting for text that is no filter of RFC 4515. */
export function parsedFilter(text: string, setting: string): Filter {
  try {
    requireBalance(text);
    return FilterParser.parseString(text);
  } catch (cause) {
    throw new LdapFailure(
      'settings',
      'filter_syntax',
      `${setting} is no LDAP filter: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'A filter looks like (&(objectClass=person)(uid={username})): every bracket that opens has to close, and every condition needs brackets of its own.',
      { cause },
    );
  }
}

/** Brackets within values are escaped, so those that are left come in pairs; the parser forgives the last one. */
function requireBalance(text: string): void {
  let open = 0;
  for (const character of text) {
    if (character === '(') open += 1;
    if (character === ')') open -= 1;
    if (open < 0) break;
  }
  if (open !== 0)
    throw new Error(open > 0 ? 'a bracket is not closed' : 'a bracket is closed that was never opened');
}

function filledIn(
  filter: Filter,
  nameAttribute: string,
  username: string | undefined,
): { filter: Filter; used: boolean } {
  if (filter instanceof AndFilter || filter instanceof OrFilter) {
    const parts = filter.filters.map((part) => filledIn(part, nameAttribute, username));
    const filters = parts.map((part) => part.filter);
    const made = filter instanceof AndFilter ? new AndFilter({ filters }) : new OrFilter({ filters });
    return { filter: made, used: parts.some(({ used }) => used) };
  }
  if (filter instanceof NotFilter) {
    const part = filledIn(filter.filter, nameAttribute, username);
    return { filter: new NotFilter({ filter: part.filter }), used: part.used };
  }
  if (filter instanceof PresenceFilter && filter.attribute.toLowerCase() === nameAttribute) {
    return { filter: username === undefined ? filter : equals(filter.attribute, username), used: true };
  }
  if (filter instanceof EqualityFilter && String(filter.value).includes(PLACEHOLDER)) {
    const [before = '', ...after] = String(filter.value).split(PLACEHOLDER);
    const filled = new EqualityFilter({
      attribute: filter.attribute,
      value: [before, ...after].join(username ?? ''),
    });
    const wild = new SubstringFilter({
      attribute: filter.attribute,
      initial: before,
      final: after.at(-1) ?? '',
    });
    const open = before === '' && after.at(-1) === '' ? present(filter.attribute) : wild;
    return { filter: username === undefined ? open : filled, used: true };
  }
  return { filter, used: false };
}

function classesFilter(classes: readonly string[]): Filter[] {
  return classes.length === 0 ? [] : [any(classes.map((name) => equals('objectClass', name)))];
}

function containing(attributes: readonly string[], text: string, anywhere: boolean): Filter {
  const distinct = [...new Map(attributes.map((name) => [name.toLowerCase(), name])).values()];
  if (text === '') return any(distinct.map(present));
  const place = anywhere ? { any: [text] } : { initial: text };
  return any(distinct.map((attribute) => new SubstringFilter({ attribute, ...place })));
}

function equals(attribute: string, value: string | Buffer): Filter {
  // The declared type knows text alone; octets are written as they are.
  return new EqualityFilter({ attribute, value: value as string });
}

function all(filters: readonly Filter[]): Filter {
  return filters.length === 1 ? filters[0]! : new AndFilter({ filters: [...filters] });
}

function any(filters: readonly Filter[]): Filter {
  return filters.length === 1 ? filters[0]! : new OrFilter({ filters: [...filters] });
}

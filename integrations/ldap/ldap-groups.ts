import type { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import type { LdapEntry } from './ldap-connection.ts';
import { groupsHolding, groupsInChain } from './ldap-filters.ts';
import { sidOctets, sidText } from './ldap-ids.ts';
import { allPages } from './ldap-pages.ts';
import { octetsOf, textOf, textsOf } from './ldap-person.ts';
import { type LdapSession, readEntry } from './ldap-session.ts';
import type { GroupRelationship, LdapSettings } from './ldap-settings.ts';

/** Nobody is in more groups than that; it bounds what a directory that runs in circles can cost. */
const MOST_GROUPS = 5000;
/** Values in one filter. */
const AT_ONCE = 50;
const TOKEN_GROUPS = 'tokenGroups';

type Names = Extract<GroupRelationship, { kind: 'names' }>;
type Holds = Extract<GroupRelationship, { kind: 'holds' }>;

/** Distinguished names of every group of a person, by the relationships of the settings. */
export async function groupsOf(
  session: LdapSession,
  settings: LdapSettings,
  entry: LdapEntry,
  trace: ProviderTrace,
): Promise<string[]> {
  const groups = new Collected();
  for (const relationship of settings.relationships) {
    if (relationship.kind === 'names') groups.add(await namedGroups(session, entry, relationship));
    else groups.add(await holdingGroups(session, settings, relationship, valuesOf(entry, relationship)));
  }
  const direct = groups.names.length;
  if (session.activeDirectory) groups.add(await activeDirectoryGroups(session, settings, entry));
  else if (settings.recursive) await addParents(session, settings, groups);
  const nested = groups.names.length - direct;
  trace.passed(
    'groups',
    groups.names.length === 0
      ? 'The person is in no group.'
      : `${groups.names.length === 1 ? '1 group' : `${groups.names.length} groups`}, ${nested} of them through other groups.`,
  );
  return groups.names;
}

/** Distinguished names, each once whatever its case, in the spelling that came first. */
class Collected {
  readonly #names = new Map<string, string>();

  get names(): string[] {
    return [...this.#names.values()];
  }

  /** Answers those that are new. */
  add(names: readonly string[]): string[] {
    const before = this.#names.size;
    for (const name of names) {
      const key = name.toLowerCase();
      if (!this.#names.has(key) && this.#names.size < MOST_GROUPS) this.#names.set(key, name);
    }
    return [...this.#names.values()].slice(before);
  }
}

async function namedGroups(session: LdapSession, entry: LdapEntry, { attribute }: Names): Promise<string[]> {
  return await allValues(session, entry, attribute);
}

/** Active Directory gives long lists in parts (MS-ADTS 3.1.1.3.1.3.3): the rest is asked for. */
export async function allValues(
  session: LdapSession,
  entry: LdapEntry,
  attribute: string,
): Promise<string[]> {
  const whole = textsOf(entry, attribute);
  if (whole.length > 0) return whole;
  const values: string[] = [];
  let part = rangeOf(entry, attribute);
  while (part !== undefined) {
    values.push(...part.values);
    if (part.end === '*' || values.length > 100 * MOST_GROUPS) break;
    const rest = `${attribute};range=${Number(part.end) + 1}-*`;
    const next = await readEntry(session, entry.dn, [rest]);
    part = next && rangeOf(next, attribute);
  }
  return values;
}

function rangeOf(entry: LdapEntry, attribute: string): { values: string[]; end: string } | undefined {
  const start = `${attribute.toLowerCase()};range=`;
  for (const [name, values] of entry.attributes) {
    if (!name.startsWith(start)) continue;
    return { values: values.map((value) => value.toString('utf8')), end: name.split('-').at(-1) ?? '*' };
  }
  return undefined;
}

function valuesOf(entry: LdapEntry, { personAttribute }: Holds): string[] {
  return personAttribute.toLowerCase() === 'dn' ? [entry.dn] : textsOf(entry, personAttribute);
}

async function holdingGroups(
  session: LdapSession,
  settings: LdapSettings,
  { groupAttribute }: Holds,
  values: readonly string[],
): Promise<string[]> {
  const names: string[] = [];
  for (let start = 0; start < values.length; start += AT_ONCE) {
    const filter = groupsHolding(settings, groupAttribute, values.slice(start, start + AT_ONCE));
    for await (const page of allPages(session, {
      base: settings.groupBase,
      scope: 'sub',
      filter,
      attributes: ['1.1'],
    })) {
      names.push(...page.entries.map(({ dn }) => dn));
    }
  }
  return names;
}

/** Level by level, so that circles end: only groups not seen before are asked for theirs. */
async function addParents(session: LdapSession, settings: LdapSettings, groups: Collected): Promise<void> {
  let fresh = groups.names;
  while (fresh.length > 0) {
    const parents: string[] = [];
    for (const relationship of settings.relationships) {
      if (relationship.kind === 'names') {
        for (const dn of fresh) {
          const group = await readEntry(session, dn, [relationship.attribute]);
          if (group !== undefined) parents.push(...(await namedGroups(session, group, relationship)));
        }
      } else if (relationship.personAttribute.toLowerCase() === 'dn') {
        parents.push(...(await holdingGroups(session, settings, relationship, fresh)));
      }
    }
    fresh = groups.add(parents);
  }
}

/**
 * Two questions instead of one for each group: `tokenGroups` has the ids of every security group, the primary one
 * included, and the matching rule goes through distribution groups as well. Without `recursive_groups` only the primary
 * group is added, which `memberOf` leaves out.
 */
async function activeDirectoryGroups(
  session: LdapSession,
  settings: LdapSettings,
  entry: LdapEntry,
): Promise<string[]> {
  const ids = settings.recursive
    ? ((await readEntry(session, entry.dn, [TOKEN_GROUPS]))?.attributes.get(TOKEN_GROUPS.toLowerCase()) ?? [])
    : [primaryGroup(entry)].filter((id) => id !== undefined);
  if (ids.length === 0 && !settings.recursive) return [];
  const names: string[] = [];
  for (let start = 0; start === 0 || start < ids.length; start += AT_ONCE) {
    const some = ids.slice(start, start + AT_ONCE);
    // The person is asked about once; an id that no group has stands for nobody.
    const filter = groupsInChain(settings.recursive && start === 0 ? entry.dn : '', some);
    const query = { base: settings.groupBase, scope: 'sub' as const, filter, attributes: ['1.1'] };
    for await (const page of allPages(session, query)) names.push(...page.entries.map(({ dn }) => dn));
  }
  return names;
}

/** Security id of the primary group: that of the domain with another last number. */
export function primaryGroup(entry: LdapEntry): Buffer | undefined {
  const number = textOf(entry, 'primaryGroupID');
  const own = octetsOf(entry, 'objectSid');
  const text = own && sidText(own);
  return number === undefined || text === undefined
    ? undefined
    : sidOctets(text.replace(/-\d+$/, `-${Number(number)}`));
}

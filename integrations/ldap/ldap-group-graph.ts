import type { LdapEntry } from './ldap-connection.ts';
import { everyGroup } from './ldap-filters.ts';
import { allValues, primaryGroup } from './ldap-groups.ts';
import { allPages, type PageLimits } from './ldap-pages.ts';
import { octetsOf, textsOf } from './ldap-person.ts';
import type { LdapSession } from './ldap-session.ts';
import type { LdapSettings } from './ldap-settings.ts';

/**
 * All groups of a directory and how they lie in each other, read once: the groups of tens of thousands of people follow
 * without a question for each of them.
 */
export class LdapGroupGraph {
  readonly #settings: LdapSettings;
  /** Keys are distinguished names in lower case. */
  readonly #spelling = new Map<string, string>();
  readonly #parents = new Map<string, Set<string>>();
  /** For each relationship of the kind `holds`: value of the person to groups. */
  readonly #holders = new Map<string, Map<string, string[]>>();
  readonly #bySecurityId = new Map<string, string>();
  readonly #closures = new Map<string, readonly string[]>();

  private constructor(settings: LdapSettings) {
    this.#settings = settings;
  }

  /** Fails as a search does. */
  static async read(
    session: LdapSession,
    settings: LdapSettings,
    limits: PageLimits,
  ): Promise<LdapGroupGraph> {
    const graph = new LdapGroupGraph(settings);
    const attributes = settings.relationships.map((one) =>
      one.kind === 'names' ? one.attribute : one.groupAttribute,
    );
    const query = {
      base: settings.groupBase,
      scope: 'sub' as const,
      filter: everyGroup(settings),
      attributes: ['cn', ...attributes, ...(session.activeDirectory ? ['objectSid'] : [])],
    };
    for await (const { entries } of allPages(session, query, limits)) {
      for (const entry of entries) await graph.#add(session, entry);
    }
    return graph;
  }

  get size(): number {
    return this.#spelling.size;
  }

  /** Distinguished names of every group of a person whose own attributes are given. */
  groupsOf(person: LdapEntry, named: ReadonlyMap<string, readonly string[]>): string[] {
    const groups = new Set<string>();
    const add = (key: string) => {
      groups.add(key);
      if (this.#settings.recursive) for (const above of this.#above(key)) groups.add(above);
    };
    for (const relationship of this.#settings.relationships) {
      if (relationship.kind === 'names') {
        for (const name of named.get(relationship.attribute) ?? []) add(this.#key(name));
        continue;
      }
      const { personAttribute, groupAttribute } = relationship;
      const values = personAttribute.toLowerCase() === 'dn' ? [person.dn] : textsOf(person, personAttribute);
      const holders = this.#holders.get(groupAttribute);
      for (const value of values) for (const key of holders?.get(value.toLowerCase()) ?? []) add(key);
    }
    const primary = primaryGroup(person)?.toString('hex');
    const primaryKey = primary && this.#bySecurityId.get(primary);
    if (primaryKey) add(primaryKey);
    return [...groups].map((key) => this.#spelling.get(key) ?? key);
  }

  async #add(session: LdapSession, group: LdapEntry): Promise<void> {
    const key = this.#key(group.dn);
    const id = octetsOf(group, 'objectSid');
    if (id !== undefined) this.#bySecurityId.set(id.toString('hex'), key);
    for (const relationship of this.#settings.relationships) {
      if (relationship.kind === 'names') {
        for (const parent of await allValues(session, group, relationship.attribute)) {
          this.#addParent(key, this.#key(parent));
        }
        continue;
      }
      const { groupAttribute, personAttribute } = relationship;
      const holders = this.#holders.get(groupAttribute) ?? new Map<string, string[]>();
      this.#holders.set(groupAttribute, holders);
      for (const value of await allValues(session, group, groupAttribute)) {
        const held = value.toLowerCase();
        const known = holders.get(held);
        if (known === undefined) holders.set(held, [key]);
        else known.push(key);
        if (personAttribute.toLowerCase() === 'dn' && this.#settings.recursive) this.#addParent(held, key);
      }
    }
  }

  /** Every group above, through any number of others; circles end. */
  #above(key: string): readonly string[] {
    const known = this.#closures.get(key);
    if (known !== undefined) return known;
    const above = new Set<string>();
    const open = [key];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const parent of this.#parents.get(next) ?? []) {
        if (parent === key || above.has(parent)) continue;
        above.add(parent);
        open.push(parent);
      }
    }
    const closure = [...above];
    this.#closures.set(key, closure);
    return closure;
  }

  #addParent(child: string, parent: string): void {
    const parents = this.#parents.get(child);
    if (parents === undefined) this.#parents.set(child, new Set([parent]));
    else parents.add(parent);
  }

  #key(name: string): string {
    const key = name.toLowerCase();
    if (!this.#spelling.has(key)) this.#spelling.set(key, name);
    return key;
  }
}

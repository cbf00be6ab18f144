import { serverOf } from '../../appliance/directory/directory-server.ts';
import type { SecurityProvider } from '../../appliance/directory/security-provider.ts';

export interface LdapServer {
  host: string;
  port: number;
}

/**
 * How people and groups belong together. `names`: an attribute of the person whose values are distinguished names of
 * groups (`memberOf`). `holds`: an attribute of groups whose values are an attribute of the person (`member=dn`,
 * `memberUid=uid`).
 */
export type GroupRelationship =
  | { kind: 'names'; attribute: string }
  | { kind: 'holds'; groupAttribute: string; personAttribute: string };

/** The settings of an LDAP provider in the form the adapter works with. */
export interface LdapSettings {
  /** In the order in which they are tried. */
  servers: readonly LdapServer[];
  encryption: 'none' | 'ldaps' | 'starttls';
  /** PEM, or empty. */
  certificates: string;
  throughAgent: boolean;
  anonymous: boolean;
  bindUsername: string;
  base: string;
  userQuery: string;
  browseQuery: string;
  objectClasses: readonly string[];
  uniqueId: readonly string[];
  username: string;
  displayName: readonly string[];
  email: readonly string[];
  photo: readonly string[];
  keepsConnections: boolean;
  /** Names are searched by any part instead of their beginning. */
  searchesAnywhere: boolean;
  groupLookup: boolean;
  groupBase: string;
  groupQueries: readonly string[];
  groupClasses: readonly string[];
  groupNames: readonly string[];
  relationships: readonly GroupRelationship[];
  recursive: boolean;
  networkMs: number;
  pagedMs: number;
}

export function ldapSettings({ settings }: SecurityProvider): LdapSettings {
  const text = (name: string) => String(settings[name] ?? '').trim();
  const flag = (name: string) => settings[name] === true;
  const texts = (name: string) => (settings[name] as readonly string[] | undefined) ?? [];
  const number = (name: string, usual: number) => Number(settings[name] ?? usual);
  const port = number('port', 389);
  const base = text('search_base_dn');
  return {
    servers: [
      { host: text('hostname'), port },
      ...texts('alternate_servers').flatMap((server) => serverOf(server, port) ?? []),
    ],
    encryption: ENCRYPTIONS[number('encryption', 2)] ?? 'starttls',
    certificates: text('ca_certificates'),
    throughAgent: flag('proxy'),
    anonymous: flag('anonymous_bind'),
    bindUsername: text('bind_username'),
    base,
    userQuery: text('user_query'),
    browseQuery: text('browse_query'),
    objectClasses: texts('object_classes'),
    uniqueId: texts('unique_id'),
    username: text('username') || 'sAMAccountName',
    displayName: texts('display_name'),
    email: texts('email'),
    photo: texts('photo'),
    keepsConnections: settings['ldap_cache'] !== false,
    searchesAnywhere: number('ldap_search', 1) === 3,
    groupLookup: flag('group_lookup'),
    groupBase: text('group_schema_base_dn') || base,
    groupQueries: texts('group_schema_browse_query'),
    groupClasses: texts('group_schema_object_classes'),
    groupNames: texts('group_display_name'),
    relationships: texts('group_relationships').map(relationshipOf),
    recursive: flag('recursive_groups'),
    networkMs: number('network_timeout', 10) * 1000,
    pagedMs: number('paged_search_timeout', 600_000),
  };
}

const ENCRYPTIONS = ['none', 'ldaps', 'starttls'] as const;

function relationshipOf(text: string): GroupRelationship {
  const [attribute = '', personAttribute] = text.split('=').map((part) => part.trim());
  return personAttribute === undefined
    ? { kind: 'names', attribute }
    : { kind: 'holds', groupAttribute: attribute, personAttribute };
}

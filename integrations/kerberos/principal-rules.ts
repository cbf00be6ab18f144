import type { ProviderSettings } from '../../appliance/directory/security-provider.ts';

/** A Kerberos user as GSSAPI names them. */
export interface Principal {
  /** `alice@CORP.EXAMPLE` */
  whole: string;
  /** `alice` */
  name: string;
  realm: string;
}

const LONGEST_PRINCIPAL = 256;

/**
 * Takes a principal apart. Undefined for those no person has: without a realm, with quoted characters (a backslash
 * before `@`, `/` or NUL) or longer than 256 characters.
 */
export function readPrincipal(whole: string): Principal | undefined {
  const found = /^([^@\\\s]+)@([^@\\\s]+)$/u.exec(whole);
  if (found === null || whole.length > LONGEST_PRINCIPAL) return undefined;
  return { whole, name: found[1]!, realm: found[2]! };
}

/**
 * The user name here. The realm is left out for people of the keytab's own realms alone: those of a trusted realm keep
 * it, or `alice` of one realm would be taken for `alice` of the other.
 */
export function usernameOf(
  principal: Principal,
  ownRealms: ReadonlySet<string>,
  settings: ProviderSettings,
): string {
  const short = settings.strip_realm === true && ownRealms.has(principal.realm);
  return short ? principal.name : principal.whole;
}

/** Whether a service is one that tickets are taken for: the listed ones, or anything that browsers ask for. */
export function takesService(name: string, realm: string, settings: ProviderSettings): boolean {
  if (settings.spn_mode !== true) return /^HTTP\/./i.test(name);
  const wanted = [name, `${name}@${realm}`].map((text) => text.toLowerCase());
  return textsOf(settings, 'allowed_spns').some((spn) => wanted.includes(spelledWithSlash(spn)));
}

/** Whether the list of users names somebody: by principal or, within the keytab's realms, by name alone. */
export function isListed(
  principal: Principal,
  ownRealms: ReadonlySet<string>,
  settings: ProviderSettings,
): boolean {
  const listed = textsOf(settings, 'allowed_users').map((user) => user.toLowerCase());
  if (listed.includes(principal.whole.toLowerCase())) return true;
  return ownRealms.has(principal.realm) && listed.includes(principal.name.toLowerCase());
}

export function textsOf(settings: ProviderSettings, name: string): readonly string[] {
  const value = settings[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** GSSAPI writes `HTTP@host` for what Kerberos calls `HTTP/host`. */
function spelledWithSlash(spn: string): string {
  return (spn.includes('/') ? spn : spn.replace('@', '/')).trim().toLowerCase();
}

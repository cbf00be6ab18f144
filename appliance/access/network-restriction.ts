import type { NetworkRestrictionMode } from '../settings/site-settings.ts';
import { parseNetworkList } from './network-list.ts';

/** From where somebody may sign in. */
export interface NetworkRestriction {
  mode: NetworkRestrictionMode;
  /** Addresses and networks (CIDR). */
  networks: readonly string[];
}

export interface NetworkRestrictions {
  administrators: NetworkRestriction;
  representatives: NetworkRestriction;
}

/** What a person's row says; undefined when the site's holds. */
export function ownRestriction(row: {
  networkRestriction: NetworkRestrictionMode | null;
  networks: readonly string[];
}): NetworkRestriction | undefined {
  return row.networkRestriction === null
    ? undefined
    : { mode: row.networkRestriction, networks: row.networks };
}

/** What holds for a person: their own restriction or else that of the site. */
export function restrictionFor(
  person: { administrator: boolean; restriction: NetworkRestriction | undefined },
  site: NetworkRestrictions,
): NetworkRestriction {
  return person.restriction ?? (person.administrator ? site.administrators : site.representatives);
}

/** Whether a sign-in from there is let in. A device that has signed in before passes `first_time` from anywhere. */
export function maySignInFrom(
  restriction: NetworkRestriction,
  address: string,
  knownDevice: boolean,
): boolean {
  if (restriction.mode === 'none' || (restriction.mode === 'first_time' && knownDevice)) return true;
  return isInside(restriction, address);
}

/** Whether a credential that was issued before may be used from there. */
export function mayGoOnFrom(restriction: NetworkRestriction, address: string): boolean {
  return restriction.mode !== 'always' || isInside(restriction, address);
}

const inside = new WeakMap<readonly string[], (address: string) => boolean>();

/** Lists are read once for as long as the settings that hold them live: every request asks. */
function isInside({ networks }: NetworkRestriction, address: string): boolean {
  let includes = inside.get(networks);
  if (includes === undefined) {
    const { networks: parsed } = parseNetworkList(networks.join('\n'));
    includes = (where) => networks.length > 0 && parsed.includes(where);
    inside.set(networks, includes);
  }
  return includes(address);
}

/** Why a restriction cannot be kept, or undefined. */
export function restrictionProblem({ mode, networks }: NetworkRestriction): string | undefined {
  const bad = networks
    .map((network) => network.trim())
    .find((network) => parseNetworkList(network).bad.length > 0 || network === '');
  if (bad !== undefined) {
    return `“${bad}” is neither an address nor a network such as 10.20.0.0/16 or fd00:1::/32.`;
  }
  if (mode !== 'none' && networks.length === 0) {
    return 'Name at least one network: nobody could sign in otherwise.';
  }
  return undefined;
}

/** Why the person who sets a restriction may not: it would shut them out themselves. */
export function shutsOut(restriction: NetworkRestriction, address: string): string | undefined {
  if (restriction.mode === 'none' || isInside(restriction, address)) return undefined;
  return `Your own address, ${address}, is not among the networks: you would shut yourself out. Add it first.`;
}

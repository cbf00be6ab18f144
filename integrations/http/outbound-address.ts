import type { LookupAddress } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { OutboundFailure } from '../../appliance/outbound-http.ts';

/** Never called, listed or not: they mean this machine's link, a group, or nobody. Metadata services live there. */
const NEVER = new Set(['linkLocal', 'multicast', 'unspecified', 'broadcast', 'reserved']);

/**
 * The first address the appliance may call. Only `unicast` is public; private networks, loopback, carrier NAT and
 * addresses that wrap an IPv4 one in IPv6 are not. Fails with `address_refused`.
 */
export function chooseAddress(
  hostname: string,
  addresses: readonly LookupAddress[],
  privateRanges: readonly string[],
): LookupAddress {
  const listed = listOf(privateRanges);
  const chosen = addresses.map(plain).find((address) => isCallable(address, listed));
  if (chosen !== undefined) return chosen;
  throw new OutboundFailure(
    'address_refused',
    `${hostname} has only addresses that this appliance does not call (${addresses.map(({ address }) => address).join(', ')}). A private network has to be listed in the site setting outbound_private_ranges.`,
  );
}

function isCallable({ address, family }: LookupAddress, listed: BlockList): boolean {
  const range = ipaddr.parse(address).range();
  if (NEVER.has(range)) return false;
  return range === 'unicast' || listed.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** `::ffff:10.0.0.1` is 10.0.0.1, whatever it is written as. */
function plain({ address, family }: LookupAddress): LookupAddress {
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) {
    return { address: parsed.toIPv4Address().toString(), family: 4 };
  }
  return { address, family };
}

/** Entries are checked where the setting is made; what is no range lists nothing. */
function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address);
    if (family === 0) continue;
    const type = family === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, type);
    else list.addSubnet(address, Number(bits), type);
  }
  return list;
}

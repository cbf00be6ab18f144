import { BlockList, isIP } from 'node:net';

/** Which client addresses an API account may be used from. */
export interface NetworkList {
  /** True when the list is empty or names the address. An address that cannot be read is never inside. */
  includes(address: string): boolean;
}

/**
 * Reads addresses and CIDR ranges (`10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`) separated by spaces, commas,
 * semicolons or lines. `bad` names the entries that are neither; they match nothing.
 */
export function parseNetworkList(text: string): { networks: NetworkList; bad: string[] } {
  const entries = text.split(/[\s,;]+/).filter((entry) => entry !== '');
  const inside = new BlockList();
  const bad = entries.filter((entry) => !addEntry(inside, entry));
  return {
    bad,
    networks: {
      includes(address) {
        if (entries.length === 0) return true;
        const plain = plainAddress(address);
        const family = isIP(plain);
        return family !== 0 && inside.check(plain, family === 6 ? 'ipv6' : 'ipv4');
      },
    },
  };
}

/** An IPv4 client on a dual-stack socket appears as `::ffff:192.0.2.7`; rules and logs name it as IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

function addEntry(list: BlockList, entry: string): boolean {
  const [address = '', prefix, ...rest] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  if (prefix === undefined) {
    list.addAddress(address, type);
    return true;
  }
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1;
  if (bits < 0 || bits > (family === 6 ? 128 : 32)) return false;
  list.addSubnet(address, bits, type);
  return true;
}

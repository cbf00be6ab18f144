import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import type { DialledTarget, RefusedAddress, ShellAccess } from '../control-protocol.ts';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const NEVER_DIALLED = new Set<string>(['linkLocal', 'multicast', 'broadcast', 'unspecified']);

/**
 * Why this resolved address may not be dialled, or undefined when it may. The refuse list and link-local addresses
 * (among them the metadata services of clouds) come before anything the Jumpoint allows.
 */
export function addressRefusal(
  address: string,
  target: DialledTarget,
  access: ShellAccess,
  refused: readonly RefusedAddress[],
): string | undefined {
  const parsed = parseAddress(address);
  if (!parsed) return `${address} is no address.`;
  const range = parsed.range();
  if (NEVER_DIALLED.has(range))
    return `${address} is a link-local, group or unspecified address, which a Jumpoint never dials.`;
  if (refused.some((entry) => isRefused(entry, parsed, target.port)))
    return `${address} port ${target.port} belongs to the appliance itself.`;
  if (access.mode === 'limited' && !access.ranges.some((text) => inRange(parsed, text)))
    return `${address} is outside the address ranges this Jumpoint may reach.`;
  if (access.mode === 'provisioned' && !isProvisioned(target, access))
    return `This Jumpoint reaches provisioned systems only, and ${target.hostname} port ${target.port} is none of them.`;
  return undefined;
}

function isProvisioned(target: DialledTarget, access: ShellAccess): boolean {
  const name = target.hostname.toLowerCase();
  return access.provisioned.some((one) => one.hostname.toLowerCase() === name && one.port === target.port);
}

function isRefused(entry: RefusedAddress, address: Address, port: number): boolean {
  if (entry.port !== 0 && entry.port !== port) return false;
  const refused = parseAddress(entry.address);
  if (!refused) return false;
  return refused.range() === 'unspecified' ? isOwnAddress(address) : sameAddress(refused, address);
}

function isOwnAddress(address: Address): boolean {
  if (address.range() === 'loopback') return true;
  return Object.values(networkInterfaces()).some((list) =>
    list?.some((one) => {
      const own = parseAddress(one.address);
      return own !== undefined && sameAddress(own, address);
    }),
  );
}

function inRange(address: Address, text: string): boolean {
  const range = parseRange(text);
  if (!range || range[0].kind() !== address.kind()) return false;
  const bytes = Buffer.from(address.toByteArray());
  return (
    Buffer.compare(Buffer.from(range[0].toByteArray()), bytes) <= 0 &&
    Buffer.compare(bytes, Buffer.from(range[1].toByteArray())) <= 0
  );
}

function parseRange(text: string): [Address, Address] | undefined {
  const trimmed = text.trim();
  if (trimmed.includes('/')) return cidrRange(trimmed);
  const [first, last = first] = trimmed.split('-').map((part) => parseAddress(part.trim()));
  return first && last && first.kind() === last.kind() ? [first, last] : undefined;
}

function cidrRange(text: string): [Address, Address] | undefined {
  if (ipaddr.IPv4.isValidCIDR(text))
    return [ipaddr.IPv4.networkAddressFromCIDR(text), ipaddr.IPv4.broadcastAddressFromCIDR(text)];
  if (ipaddr.IPv6.isValidCIDR(text))
    return [ipaddr.IPv6.networkAddressFromCIDR(text), ipaddr.IPv6.broadcastAddressFromCIDR(text)];
  return undefined;
}

/** Every way of C libraries to write an IPv4 address: one to four parts, each decimal, octal or hexadecimal. */
const NUMERIC_HOST = /^(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}$/i;

/**
 * Why this host name may not even be looked up. `10.1`, `0x7f000001` or `010.0.0.1` are no names: resolvers take them
 * for addresses that people read otherwise. No real name looks like that, because no top-level domain is a number.
 */
export function hostNameRefusal(hostname: string): string | undefined {
  if (!NUMERIC_HOST.test(hostname) || ipaddr.IPv4.isValidFourPartDecimal(hostname)) return undefined;
  return `${hostname} is a short, octal or hexadecimal way to write an address. Write four decimal numbers, such as 10.0.0.1.`;
}

/** An IPv4 address written in IPv6 is the IPv4 address; in IPv4, only four decimal numbers are an address. */
function parseAddress(text: string): Address | undefined {
  if (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}

function sameAddress(a: Address, b: Address): boolean {
  return a.kind() === b.kind() && a.toNormalizedString() === b.toNormalizedString();
}

import type { Schema } from './api.ts';

type FilterRule = Schema<'FilterRule'>;

/**
 * A rule of a network tunnel in one line: addresses, then protocol, then ports, the last two only where they say
 * something: `10.1.0.0/16 TCP 443,8443`, `10.1.0.1-10.1.0.9 UDP 5000-5010`, `10.2.0.7,10.2.0.8`.
 */
export function filterRuleText({ ip_addresses: addresses, protocol, ports }: FilterRule): string {
  const { cidr, range, list } = addresses;
  const where = cidr ?? (range === undefined ? (list ?? []).join(',') : `${range.start}-${range.end}`);
  const doors =
    ports.range === undefined ? (ports.list ?? []).join(',') : `${ports.range.start}-${ports.range.end}`;
  return [
    where,
    ...(protocol === 'ANY' && doors === '' ? [] : [protocol]),
    ...(doors === '' ? [] : [doors]),
  ].join(' ');
}

/** The rule that a line means. What makes no sense is left to the API to refuse. */
export function filterRuleOf(text: string): Record<string, unknown> {
  const [where = '', protocol = 'ANY', doors = ''] = text.trim().split(/\s+/);
  return { ip_addresses: addressesOf(where), protocol, ports: portsOf(doors) };
}

function addressesOf(text: string): Record<string, unknown> {
  if (text.includes('/')) return { cidr: text };
  const [start, end] = text.split('-');
  if (end !== undefined) return { range: { start, end } };
  return { list: text.split(',').filter((address) => address !== '') };
}

function portsOf(text: string): Record<string, unknown> {
  const [start, end] = text.split('-');
  if (end !== undefined) return { range: { start: Number(start), end: Number(end) } };
  const list = text.split(',').filter((port) => port !== '');
  return { list: list.map(Number) };
}

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Request } from 'express';
import { plainAddress } from '../../appliance/access/network-list.ts';

/** Decides whose forwarding headers are believed. */
export type TrustedProxies = (address: string) => boolean;

/** `ranges` are addresses or CIDR ranges; config.ts has checked them. */
export function trustedProxies(ranges: readonly string[]): TrustedProxies {
  const trusted = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/', 2);
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && trusted.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  };
}

/** The caller's address; behind trusted proxies the one they forward (`trust proxy` of the application). */
export function clientAddress(req: Pick<Request, 'ip'>): string {
  return plainAddress(req.ip ?? '');
}

/** The same for a WebSocket upgrade, which does not pass through Express. */
export function upgradeClientAddress(req: IncomingMessage, trusts: TrustedProxies): string {
  const forwarded = String(req.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  let address = plainAddress(req.socket.remoteAddress ?? '');
  while (trusts(address) && forwarded.length > 0) address = plainAddress(forwarded.pop()!);
  return address;
}

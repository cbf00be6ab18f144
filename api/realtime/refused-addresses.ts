import { isIP } from 'node:net';
import type { RefusedAddress } from '../../agents/protocol.ts';

/** Where the appliance itself listens. */
export interface OwnListener {
  /** An address or a name. */
  host: string;
  port: number;
}

const LOOPBACK = /^(localhost|127\.|::1$)/;
const ANY = new Set(['0.0.0.0', '::', '']);

/**
 * What a Jumpoint program must never dial, so that a jump cannot reach the appliance's own doors. A program on the same
 * host gets every local address of those ports; others get the addresses that reach this host from outside.
 */
export function refusedAddresses(listeners: readonly OwnListener[], sameHost: boolean): RefusedAddress[] {
  const refused: RefusedAddress[] = [];
  for (const { host, port } of listeners) {
    const local = ANY.has(host) || LOOPBACK.test(host);
    if (sameHost) refused.push({ address: '0.0.0.0', port }, { address: '::', port });
    if (!local && isIP(host) !== 0) refused.push({ address: host, port });
  }
  return refused;
}

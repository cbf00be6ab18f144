import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { RefusedAddress } from '../../agents/control-protocol.ts';

/** Where the appliance itself listens. */
export interface OwnListener {
  /** An address or a name. */
  host: string;
  port: number;
}

const LOOPBACK = /^(localhost|127\.|::1$)/;
const ANY = new Set(['0.0.0.0', '::', '']);
const DEFAULT_PORTS: Record<string, number> = {
  'http:': 80,
  'https:': 443,
  'postgres:': 5432,
  'postgresql:': 5432,
};

/** The host and port of a URL; undefined when it names none, e.g. a database behind a private socket. */
export function listenerOf(url: string): OwnListener | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const number = Number(port) || DEFAULT_PORTS[protocol];
  return host === '' || host.startsWith('%2F') || number === undefined ? undefined : { host, port: number };
}

/**
 * What a Jumpoint program must never dial, so that a jump cannot reach the appliance's own doors. The built-in program
 * runs on the same host and gets every local address of those ports as well; others get the addresses that reach the
 * appliance from outside. `own` are the addresses of this host.
 */
export function refusedAddresses(
  listeners: readonly OwnListener[],
  builtIn: boolean,
  own: readonly string[] = hostAddresses(),
): RefusedAddress[] {
  const refused = new Map<string, RefusedAddress>();
  const add = (address: string, port: number) => refused.set(`${address} ${port}`, { address, port });
  for (const { host, port } of listeners) {
    const everywhere = ANY.has(host);
    const loopback = LOOPBACK.test(host);
    if (builtIn && (everywhere || loopback || own.includes(host))) {
      add('0.0.0.0', port);
      add('::', port);
    }
    if (everywhere) for (const address of own) add(address, port);
    else if (!loopback && isIP(host) !== 0) add(host, port);
  }
  return [...refused.values()];
}

/** The addresses others reach this host under. */
function hostAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address);
}

export interface ApplianceDoorsSettings {
  /** Everything of the appliance that listens right now, by name or address. */
  listeners: () => readonly OwnListener[];
  /** What programs are told has changed. */
  changed: () => void;
  resolve?: (name: string) => Promise<string[]>;
  own?: () => string[];
}

/** Keeps track of the appliance's own doors: processes come and go, and names move to other addresses. */
export class ApplianceDoors {
  private readonly settings: ApplianceDoorsSettings;
  /** The last answer for each name: one that cannot be resolved just now still stands for its old addresses. */
  private readonly known = new Map<string, string[]>();
  private resolved: OwnListener[] = [];
  private told = '';
  private running: Promise<void> | undefined;

  constructor(settings: ApplianceDoorsSettings) {
    this.settings = settings;
  }

  refused(builtIn: boolean): RefusedAddress[] {
    return refusedAddresses(this.resolved, builtIn, this.settings.own?.());
  }

  /** Looks again. Never fails; a call while one is under way shares it. */
  refresh(): Promise<void> {
    this.running ??= this.lookAgain().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async lookAgain(): Promise<void> {
    const found = await Promise.all(
      this.settings
        .listeners()
        .map(async ({ host, port }) =>
          (await this.addressesOf(host)).map((address) => ({ host: address, port })),
        ),
    );
    this.resolved = found.flat();
    const now = JSON.stringify([this.refused(true), this.refused(false)]);
    if (now === this.told) return;
    this.told = now;
    this.settings.changed();
  }

  private async addressesOf(host: string): Promise<string[]> {
    if (ANY.has(host) || isIP(host) !== 0) return [host];
    const addresses = await (this.settings.resolve ?? resolve)(host).catch(() => []);
    if (addresses.length > 0) this.known.set(host, addresses);
    return this.known.get(host) ?? [];
  }
}

async function resolve(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

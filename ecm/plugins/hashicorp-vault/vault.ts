import { setTimeout as sleep } from 'node:timers/promises';
import type { PluginTools } from '../../sdk/plugin.ts';
import { TokenRefused, type VaultAnswer, type VaultClient, type VaultRequest } from './vault-client.ts';
import type { VaultLogin } from './vault-login.ts';

/** Vault as somebody who is logged in sees it. */
export interface Vault {
  ask(request: Omit<VaultRequest, 'token'>): Promise<VaultAnswer | undefined>;
  /** Names at a place, folders with a slash at the end; empty where there are none. */
  list(path: string, signal: AbortSignal): Promise<string[]>;
}

export function loggedIn(client: VaultClient, login: VaultLogin): Vault {
  const vault: Vault = {
    async ask(request) {
      const token = await login.token(request.signal);
      try {
        return await client({ ...request, token });
      } catch (error) {
        const again = error instanceof TokenRefused && (await login.mayBeReplaced(token, request.signal));
        if (!again) throw error;
        return await client({ ...request, token: await login.token(request.signal) });
      }
    },
    async list(path, signal) {
      const answer = await vault.ask({ method: 'LIST', path, signal });
      const keys = answer?.data.keys;
      return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [];
    },
  };
  return vault;
}

export interface Leases {
  /** Renews a lease until it is dropped or Vault does not renew it any longer. */
  keep(name: string, lease: VaultAnswer['lease']): void;
  drop(name: string): void;
  close(): void;
}

const SHARE = 2 / 3;
const LATEST = 24 * 3_600_000;

/** The leases of credentials in use, so that none of them ends before its session does. */
export function leases(vault: Vault, { log }: Pick<PluginTools, 'log'>): Leases {
  const kept = new Map<string, AbortController>();

  async function renewing(name: string, first: VaultAnswer['lease'], signal: AbortSignal): Promise<void> {
    let lease = first;
    while (lease.renewable && lease.seconds > 0) {
      await sleep(Math.min(LATEST, lease.seconds * 1000 * SHARE), undefined, { signal, ref: false });
      const json = { lease_id: first.id, increment: first.seconds };
      const limited = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
      const answer = await vault.ask({ method: 'POST', path: 'sys/leases/renew', json, signal: limited });
      if (answer === undefined) break;
      // Vault grants less and less towards the longest time it allows.
      if (answer.lease.seconds * 2 < first.seconds) break;
      lease = answer.lease;
    }
    kept.delete(name);
  }

  return {
    keep(name, lease) {
      const stop = new AbortController();
      kept.get(name)?.abort();
      kept.set(name, stop);
      renewing(name, lease, stop.signal).catch((error: Error) => {
        kept.delete(name);
        if (!stop.signal.aborted) log.warn(`A lease of Vault could not be renewed: ${error.message}`);
      });
    },
    drop(name) {
      kept.get(name)?.abort();
      kept.delete(name);
    },
    close() {
      for (const stop of kept.values()) stop.abort();
      kept.clear();
    },
  };
}

import { VaultKeyRing } from './appliance/vault/vault-keys.ts';
import { SiteKeyFile } from './integrations/files/site-key-file.ts';

/**
 * The vault keys of the key file. `present` tells which there are by now: called with every heartbeat, so that a key
 * that was added is known, and known to be known, within seconds.
 */
export function vaultKeysOf(
  path: string,
  onFailure: (error: unknown) => void,
): { ring: VaultKeyRing; present: () => string[] } {
  const file = new SiteKeyFile(path);
  let seen = file.version();
  const ring = new VaultKeyRing(() => file.keys());
  const present = () => {
    try {
      const version = file.version();
      if (version !== seen) {
        ring.refresh();
        seen = version;
      }
    } catch (error) {
      onFailure(error);
    }
    return ring.fingerprints();
  };
  return { ring, present };
}

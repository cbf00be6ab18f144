import type { Router } from 'express';
import { vaultKeyBackupRoutes } from '../api/backup/vault-key-backup-routes.ts';
import type { Clock } from '../appliance/clock.ts';
import type { UnitOfWork } from '../appliance/stores.ts';
import { KeyBackups } from '../appliance/vault/keys/key-backup.ts';
import { KeyBackupService } from '../appliance/vault/keys/key-backup-service.ts';
import { VaultKeyRing } from '../appliance/vault/keys/vault-keys.ts';
import { Argon2PasswordKeys } from '../integrations/argon2/argon2-password-keys.ts';
import { readSiteKeyFile, SiteKeyFile } from '../integrations/files/site-key-file.ts';

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

/** Backups of the key file over HTTP. */
export function vaultKeyBackup({
  unitOfWork,
  clock,
  keyFile,
}: {
  unitOfWork: UnitOfWork;
  clock: Clock;
  keyFile: string;
}): Router {
  const backups = new KeyBackups({ passwords: new Argon2PasswordKeys(), clock });
  const material = () => readSiteKeyFile(keyFile);
  return vaultKeyBackupRoutes(new KeyBackupService({ unitOfWork, backups, material }));
}

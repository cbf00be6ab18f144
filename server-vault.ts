import type { Handlers } from './api/contract/handlers.ts';
import { vaultAccountHandlers } from './api/rest/vault/vault-account-handlers.ts';
import type { Stores, UnitOfWork } from './appliance/stores.ts';
import type { SealedSecrets } from './appliance/vault/sealed-secrets.ts';
import { VaultAccountService, VaultAccountWriter } from './appliance/vault/vault-account-service.ts';
import { Ssh2Keys } from './integrations/ssh/ssh2-keys.ts';

/** What the vault stands on. */
export interface VaultDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  secrets: SealedSecrets;
}

export type VaultServices = ReturnType<typeof vaultServices>;

export function vaultServices({ stores, unitOfWork, secrets }: VaultDeps) {
  const writer = new VaultAccountWriter({ secrets, sshKeys: new Ssh2Keys() });
  return {
    accounts: new VaultAccountService({ stores, unitOfWork, writer }),
  };
}

export function vaultServiceHandlers({ accounts }: VaultServices): Partial<Handlers> {
  return {
    ...vaultAccountHandlers({ accounts }),
  };
}

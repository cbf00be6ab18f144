import { packageBytes } from '../agents/credential-package.ts';
import { seal } from '../agents/sealed-box.ts';
import type { Handlers } from '../api/contract/handlers.ts';
import { effectiveVaultAccessHandlers } from '../api/rest/vault/effective-vault-access-handlers.ts';
import { ownVaultHandlers } from '../api/rest/vault/own-vault-handlers.ts';
import { vaultAccountHandlers } from '../api/rest/vault/vault-account-handlers.ts';
import { vaultAccountUserHandlers } from '../api/rest/vault/vault-account-user-handlers.ts';
import { vaultActivityHandlers } from '../api/rest/vault/vault-activity-handlers.ts';
import { vaultCheckOutHandlers } from '../api/rest/vault/vault-check-out-handlers.ts';
import type { Clock } from '../appliance/clock.ts';
import type { Stores, UnitOfWork } from '../appliance/stores.ts';
import type { SealingRecipient } from '../appliance/vault/credential-source.ts';
import { EffectiveVaultAccessService } from '../appliance/vault/effective-vault-access-service.ts';
import type { SealedSecrets } from '../appliance/vault/keys/sealed-secrets.ts';
import { OwnVaultService } from '../appliance/vault/own-vault-service.ts';
import { VaultRotationRequests } from '../appliance/vault/rotation/vault-rotation-requests.ts';
import { VaultAccountService, VaultAccountWriter } from '../appliance/vault/vault-account-service.ts';
import { VaultAccountUserService } from '../appliance/vault/vault-account-user-service.ts';
import { VaultActivityService } from '../appliance/vault/vault-activity-service.ts';
import { CheckOutDesk, VaultCheckOutService } from '../appliance/vault/vault-check-out-service.ts';
import { type VaultCredential, VaultCredentials } from '../appliance/vault/vault-credential.ts';
import { VaultCredentialSource } from '../appliance/vault/vault-credential-source.ts';
import { VaultHolding } from '../appliance/vault/vault-holding.ts';
import { Ssh2Keys } from '../integrations/ssh/ssh2-keys.ts';

/** What the vault stands on. */
export interface VaultDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  secrets: SealedSecrets;
  clock: Clock;
}

export type VaultServices = ReturnType<typeof vaultServices>;

/** Accounts themselves are configuration: applying one builds these again over its transaction. */
export function vaultAccountServices({ stores, unitOfWork, secrets }: Omit<VaultDeps, 'clock'>) {
  const writer = new VaultAccountWriter({ secrets, sshKeys: new Ssh2Keys() });
  return {
    accounts: new VaultAccountService({ stores, unitOfWork, writer }),
    accountUsers: new VaultAccountUserService({ stores, unitOfWork }),
  };
}

/** What serves their operations of the contract. */
export function vaultAccountServiceHandlers(
  services: ReturnType<typeof vaultAccountServices>,
): Partial<Handlers> {
  return { ...vaultAccountHandlers(services), ...vaultAccountUserHandlers(services) };
}

export function vaultServices({ stores, unitOfWork, secrets, clock }: VaultDeps) {
  const sshKeys = new Ssh2Keys();
  const rotation = new VaultRotationRequests();
  const writer = new VaultAccountWriter({ secrets, sshKeys });
  const holding = new VaultHolding({ rotation });
  const credentials = new VaultCredentials({ secrets, sshKeys, clock });
  const desk = new CheckOutDesk({ holding, credentials });
  return {
    source: new VaultCredentialSource({ stores, unitOfWork, holding, credentials, seal: sealedCredential }),
    ownVault: new OwnVaultService({ stores, unitOfWork, writer, desk }),
    activity: new VaultActivityService({ stores, clock }),
    effectiveAccess: new EffectiveVaultAccessService({ stores }),
    rotationRequests: rotation,
    checkOuts: new VaultCheckOutService({ stores, unitOfWork, desk }),
  };
}

export function vaultServiceHandlers(services: VaultServices): Partial<Handlers> {
  return {
    ...vaultCheckOutHandlers(services),
    ...ownVaultHandlers(services),
    ...vaultActivityHandlers(services),
    ...effectiveVaultAccessHandlers(services),
  };
}

/** In the form in which programs that use credentials expect them. */
function sealedCredential({ publicKey, context }: SealingRecipient, credential: VaultCredential): string {
  const { username, password, privateKey, privateKeyPassphrase, certificate } = credential;
  return seal(
    publicKey,
    context,
    packageBytes({
      ...(username && { username }),
      ...(password !== undefined && { password }),
      ...(privateKey !== undefined && { private_key: privateKey }),
      ...(privateKeyPassphrase !== undefined && { passphrase: privateKeyPassphrase }),
      ...(certificate !== undefined && { certificate }),
    }),
  );
}

import type { Stores } from '../../stores.ts';
import type { SealedSecrets } from '../keys/sealed-secrets.ts';
import type { SshKeys } from '../ssh-keys.ts';
import { type VaultAccount, type VaultSecretName, vaultSecret } from '../vault-account.ts';
import type { HostSecret, HostSecrets } from './host-tasks.ts';
import { newPassword } from './new-password.ts';

/** The secret of an account and the one that may take its place, among the sealed secrets. */
export class RotationSecrets {
  readonly #secrets: SealedSecrets;
  readonly #sshKeys: Pick<SshKeys, 'generateLike' | 'withoutPassphrase'>;

  constructor(deps: {
    secrets: SealedSecrets;
    sshKeys: Pick<SshKeys, 'generateLike' | 'withoutPassphrase'>;
  }) {
    this.#secrets = deps.secrets;
    this.#sshKeys = deps.sshKeys;
  }

  /** Makes a new one: a password, or a key of the same kind without a passphrase. Costs time, so outside transactions. */
  async make(account: VaultAccount): Promise<{ secret: string; publicKey: string }> {
    if (account.type === 'username_password') return { secret: newPassword(), publicKey: '' };
    const { privateKey, publicKey } = await this.#sshKeys.generateLike(account.publicKey);
    return { secret: privateKey, publicKey };
  }

  async keepNext({ sealedSecrets }: Stores, account: VaultAccount, secret: string): Promise<void> {
    await this.#secrets.write(sealedSecrets, vaultSecret(account.id, nextNameOf(account)), secret);
  }

  async dropNext({ sealedSecrets }: Stores, account: VaultAccount): Promise<void> {
    await this.#secrets.write(sealedSecrets, vaultSecret(account.id, nextNameOf(account)), null);
  }

  /** The new secret, where two are kept. */
  async next({ sealedSecrets }: Stores, account: VaultAccount): Promise<string | undefined> {
    return await this.#secrets.read(sealedSecrets, vaultSecret(account.id, nextNameOf(account)));
  }

  /** Both, for the program that works on the host. */
  async both(stores: Stores, account: VaultAccount, nextPublicKey: string): Promise<HostSecrets> {
    const next = await this.next(stores, account);
    const current = await this.#current(stores, account);
    if (next === undefined || current === undefined)
      throw new Error(`Vault account ${account.id} has lost a secret of its rotation.`);
    const { username } = account;
    if (account.type === 'username_password') return { username, current, next: { password: next } };
    return {
      username,
      current,
      next: { private_key: next },
      currentPublicKey: account.publicKey,
      nextPublicKey,
    };
  }

  /** The new one takes the place of the old one. */
  async takeNext(stores: Stores, account: VaultAccount, nextPublicKey: string): Promise<VaultAccount> {
    const next = await this.next(stores, account);
    if (next === undefined) throw new Error(`Vault account ${account.id} has lost its new secret.`);
    const put = (name: VaultSecretName, text: string | null) =>
      this.#secrets.write(stores.sealedSecrets, vaultSecret(account.id, name), text);
    await this.dropNext(stores, account);
    if (account.type === 'username_password') {
      await put('password', next);
      return await stores.vaultAccounts.update(account, { secretChanged: true });
    }
    await put('private_key', next);
    await put('private_key_passphrase', null);
    const changed = { ...account, publicKey: nextPublicKey, hasPassphrase: false };
    return await stores.vaultAccounts.update(changed, { secretChanged: true });
  }

  async #current(stores: Stores, account: VaultAccount): Promise<HostSecret | undefined> {
    const read = (name: VaultSecretName) =>
      this.#secrets.read(stores.sealedSecrets, vaultSecret(account.id, name));
    if (account.type === 'username_password') {
      const password = await read('password');
      return password === undefined ? undefined : { password };
    }
    const key = await read('private_key');
    if (key === undefined) return undefined;
    const passphrase = account.hasPassphrase ? await read('private_key_passphrase') : undefined;
    return {
      private_key: passphrase === undefined ? key : await this.#sshKeys.withoutPassphrase(key, passphrase),
    };
  }
}

function nextNameOf({ type }: VaultAccount): VaultSecretName {
  return type === 'username_password' ? 'pending_password' : 'pending_private_key';
}

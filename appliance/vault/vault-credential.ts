import { type Actor, actorName } from '../actor.ts';
import type { Clock } from '../clock.ts';
import type { Stores } from '../stores.ts';
import type { SealedSecrets } from './keys/sealed-secrets.ts';
import { refuseWhileRotating } from './rotation/rotation-guard.ts';
import type { SshKeys } from './ssh-keys.ts';
import { type VaultAccount, type VaultSecretName, vaultSecret } from './vault-account.ts';

/** A secret in the open, on its way to whoever checked it out. It is never kept and never logged. */
export interface VaultCredential {
  type: VaultAccount['type'];
  username: string;
  password?: string;
  token?: string;
  privateKey?: string;
  /** When the private key is encrypted. */
  privateKeyPassphrase?: string;
  /** An OpenSSH certificate for the private key, one line. */
  certificate?: string;
}

/** How long a certificate is good that was made for a check-out. */
export const CHECK_OUT_CERTIFICATE_MINUTES = 60;
/** Clocks of hosts may be behind. */
const CLOCK_ALLOWANCE_MS = 2 * 60_000;
const EXTENSIONS = ['permit-agent-forwarding', 'permit-port-forwarding', 'permit-pty', 'permit-user-rc'];

/** Of a session: shown once, moments after it was made, so that this is for the clocks of hosts alone. */
const SESSION_CERTIFICATE_MINUTES = 5;
const SESSION_CLOCK_ALLOWANCE_MS = 5 * 60_000;
/** A shell, and nothing that leads on from it. */
const SESSION_EXTENSIONS = ['permit-pty'];

/** What a certificate that an authority signs is good for. */
interface CertificateTerms {
  keyId: string;
  allowanceMs: number;
  minutes: number;
  extensions: readonly string[];
}

/** Opens the seals of accounts. */
export class VaultCredentials {
  readonly #secrets: SealedSecrets;
  readonly #sshKeys: SshKeys;
  readonly #clock: Clock;

  constructor(deps: { secrets: SealedSecrets; sshKeys: SshKeys; clock: Clock }) {
    this.#secrets = deps.secrets;
    this.#sshKeys = deps.sshKeys;
    this.#clock = deps.clock;
  }

  /**
   * The secret of an account; fails with `invalid` while its host is getting another one. Of an authority: a new key and
   * a certificate for it, good for {@link CHECK_OUT_CERTIFICATE_MINUTES}; the authority's own key stays where it is.
   */
  async open(stores: Stores, account: VaultAccount, actor: Actor): Promise<VaultCredential> {
    await refuseWhileRotating(stores, account.id);
    return await this.#open(stores, account, {
      keyId: `vault account ${account.id}, checked out by ${actorName(actor)}`,
      allowanceMs: CLOCK_ALLOWANCE_MS,
      minutes: CHECK_OUT_CERTIFICATE_MINUTES,
      extensions: EXTENSIONS,
    });
  }

  /**
   * The same for a session it is injected into. A private key comes without its passphrase. Certificates name the session and its representative towards hosts, and
   * are good for one sign-in: for minutes, and for a terminal alone.
   */
  async openForSession(
    stores: Stores,
    account: VaultAccount,
    session: { lsid: string; representative: string },
  ): Promise<VaultCredential> {
    const { privateKeyPassphrase: passphrase, ...credential } = await this.#open(stores, account, {
      keyId: `session ${session.lsid} of ${session.representative}, vault account ${account.id}`,
      allowanceMs: SESSION_CLOCK_ALLOWANCE_MS,
      minutes: SESSION_CERTIFICATE_MINUTES,
      extensions: SESSION_EXTENSIONS,
    });
    const { privateKey } = credential;
    if (privateKey === undefined || passphrase === undefined) return credential;
    return { ...credential, privateKey: await this.#sshKeys.withoutPassphrase(privateKey, passphrase) };
  }

  async #open(stores: Stores, account: VaultAccount, terms: CertificateTerms): Promise<VaultCredential> {
    const { type, username } = account;
    const read = (name: VaultSecretName) => this.#read(stores, account, name);
    switch (type) {
      case 'username_password':
        return { type, username, password: await read('password') };
      case 'opaque_token':
        return { type, username, token: await read('token') };
      case 'ssh':
        return {
          type,
          username,
          privateKey: await read('private_key'),
          ...(account.hasPassphrase && { privateKeyPassphrase: await read('private_key_passphrase') }),
          ...(account.publicCert !== null && { certificate: account.publicCert }),
        };
      case 'ssh_ca': {
        const now = this.#clock.now().getTime();
        const pair = this.#sshKeys.generate();
        const certificate = await this.#sshKeys.issueCertificate({
          authority: {
            privateKey: await read('private_key'),
            passphrase: account.hasPassphrase ? await read('private_key_passphrase') : undefined,
            publicKey: account.publicKey,
          },
          publicKey: pair.publicKey,
          keyId: terms.keyId,
          principals: [username],
          validAfter: new Date(now - terms.allowanceMs),
          validBefore: new Date(now + terms.minutes * 60_000),
          extensions: terms.extensions,
        });
        return { type, username, privateKey: pair.privateKey, certificate };
      }
    }
  }

  async #read({ sealedSecrets }: Stores, { id }: VaultAccount, name: VaultSecretName): Promise<string> {
    const text = await this.#secrets.read(sealedSecrets, vaultSecret(id, name));
    if (text === undefined) throw new Error(`Vault account ${id} has lost its ${name}.`);
    return text;
  }
}

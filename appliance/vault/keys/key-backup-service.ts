import type { Actor } from '../../actor.ts';
import { ApplianceError } from '../../errors.ts';
import type { UnitOfWork } from '../../stores.ts';
import type { KeyBackup, KeyBackups, KeyMaterial } from './key-backup.ts';

/** Hands out the keys of the site, encrypted. Who has such a backup and its password can read the secrets of a copy of the database. */
export class KeyBackupService {
  readonly #unitOfWork: UnitOfWork;
  readonly #backups: KeyBackups;
  readonly #material: () => KeyMaterial;

  constructor(deps: { unitOfWork: UnitOfWork; backups: KeyBackups; material: () => KeyMaterial }) {
    this.#unitOfWork = deps.unitOfWork;
    this.#backups = deps.backups;
    this.#material = deps.material;
  }

  /** For API accounts with the permission, and for whoever has a shell on the host; never for people in a browser. */
  async backUp(actor: Actor, password: string): Promise<KeyBackup> {
    const allowed =
      actor.kind === 'system' || (actor.kind === 'api_account' && actor.permissions.has('perm_vault_backup'));
    if (!allowed) {
      throw new ApplianceError(
        'forbidden',
        'This needs an API account with the permission perm_vault_backup.',
      );
    }
    const backup = await this.#backups.seal(this.#material(), password);
    await this.#unitOfWork.inTransaction(({ auditLog }) =>
      auditLog.record({
        type: 'vault_key.backed_up',
        actor,
        object: { type: 'vault_key', id: backup.fingerprint },
      }),
    );
    return backup;
  }
}

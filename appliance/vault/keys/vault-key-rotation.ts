import type { SystemActor } from '../../actor.ts';
import { ApplianceError } from '../../errors.ts';
import type { Stores, UnitOfWork } from '../../stores.ts';
import { rewrapSecrets } from './sealed-secrets.ts';
import type { VaultKeyFile, VaultKeyRecord, VaultKeys } from './vault-keys.ts';

export interface RotationReport {
  fingerprint: string;
  /** Secrets that were wrapped anew by this call. */
  rewrapped: number;
}

const AT_ONCE = 200;
const POLL_MS = 250;

/**
 * Puts a new vault key in the place of the present one, while servers run:
 *
 * 1. the key is made and kept in the key file; the database learns that it will be next;
 * 2. every live server process has to have it;
 * 3. it wraps what is sealed from now on;
 * 4. data keys of other secrets are wrapped anew, some at a time;
 * 5. the key before is let go of, which the database refuses as long as it wraps anything.
 *
 * Whatever stops it, nothing is lost in between, and calling it again goes on where it was.
 */
export class VaultKeyRotation {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #keys: VaultKeys;
  readonly #file: VaultKeyFile;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; keys: VaultKeys; file: VaultKeyFile }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#keys = deps.keys;
    this.#file = deps.file;
  }

  /**
   * Call it once at a time for the site. Fails with `unavailable`, naming them, when processes do not have the key within
   * the patience; nothing has changed for them.
   */
  async rotate(
    actor: SystemActor,
    { patienceMs, tell = () => {} }: { patienceMs: number; tell?: (line: string) => void },
  ): Promise<RotationReport> {
    const records = await this.#stores.vaultKeys.find();
    const unfinished = records.some(({ state }) => state === 'retired');
    const fingerprint = unfinished ? currentOf(records) : await this.#next(records);
    if (unfinished) tell(`Going on with the key ${fingerprint}.`);
    else await this.#switchTo(fingerprint, actor, patienceMs, tell);
    const rewrapped = await this.#rewrapAll(fingerprint, tell);
    this.#letGo(await this.#known(), tell);
    await this.#unitOfWork.inTransaction(({ auditLog }) =>
      auditLog.record({
        type: 'vault_key.rotated',
        actor,
        object: { type: 'vault_key', id: fingerprint },
        after: { fingerprint },
      }),
    );
    return { fingerprint, rewrapped };
  }

  /** The key that is to be: one that an earlier call, or a person, has put into the file already, or a new one. */
  async #next(records: readonly VaultKeyRecord[]): Promise<string> {
    const named = records.find(({ state }) => state === 'next');
    const inFile = this.#file.fingerprints();
    if (named !== undefined) {
      if (inFile.includes(named.fingerprint)) return named.fingerprint;
      throw new ApplianceError(
        'unavailable',
        `The key ${named.fingerprint} was made on another machine. Copy the key file from there, or go on there.`,
      );
    }
    // The key of the site is not made here; every other one that the database has never heard of waits to be used.
    const waiting = inFile
      .slice(1)
      .find((fingerprint) => !records.some((one) => one.fingerprint === fingerprint));
    const fingerprint = waiting ?? this.#file.add();
    await this.#stores.vaultKeys.add(fingerprint);
    return fingerprint;
  }

  async #switchTo(
    fingerprint: string,
    actor: SystemActor,
    patienceMs: number,
    tell: (line: string) => void,
  ): Promise<void> {
    tell(`The key ${fingerprint} is in the key file. Waiting for the server processes to have it.`);
    await this.#waitForProcesses(fingerprint, patienceMs);
    await this.#unitOfWork.inTransaction(async ({ vaultKeys, auditLog }) => {
      await vaultKeys.promote(fingerprint);
      await auditLog.record({
        type: 'vault_key.switched',
        actor,
        object: { type: 'vault_key', id: fingerprint },
        after: { fingerprint },
      });
    });
    tell('It wraps every new secret from now on.');
  }

  async #waitForProcesses(fingerprint: string, patienceMs: number): Promise<void> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const without = await this.#stores.vaultKeys.processesWithout(fingerprint);
      if (without.length === 0) return;
      if (performance.now() >= until) {
        const names = without.map(({ hostname, nodeUrl }) => `${hostname} (${nodeUrl})`).join(', ');
        throw new ApplianceError(
          'unavailable',
          `These server processes do not have the new key yet: ${names}. Copy the key file to their machines and call this again; nothing has changed so far.`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Until nothing is left that another key wraps, and those keys could be let go of. */
  async #rewrapAll(fingerprint: string, tell: (line: string) => void): Promise<number> {
    for (let rewrapped = 0; ; ) {
      const batch = await this.#unitOfWork.inTransaction(({ sealedSecrets }) =>
        rewrapSecrets(sealedSecrets, this.#keys, fingerprint, AT_ONCE),
      );
      rewrapped += batch;
      if (batch > 0) tell(`${rewrapped} secrets wrapped anew.`);
      if (batch === AT_ONCE) continue;
      // Something may have been under way that was begun with the key before.
      if ((await this.#stores.vaultKeys.dropRetired()).length === 0) return rewrapped;
    }
  }

  /** What is left over in the file harms nobody: it is never used again. */
  #letGo(known: readonly string[], tell: (line: string) => void): void {
    try {
      this.#file.keepOnly(known);
    } catch (error) {
      tell(`The key before is still in the key file; take it out: ${(error as Error).message}`);
    }
  }

  async #known(): Promise<string[]> {
    const records = await this.#stores.vaultKeys.find();
    return records.filter(({ state }) => state !== 'dropped').map(({ fingerprint }) => fingerprint);
  }
}

function currentOf(records: readonly VaultKeyRecord[]): string {
  const current = records.find(({ state }) => state === 'current');
  if (current === undefined) throw new Error('The database names no current vault key.');
  return current.fingerprint;
}

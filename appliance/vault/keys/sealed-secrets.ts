import { ApplianceError } from '../../errors.ts';
import type { SealedSecret, SecretEnvelope, SecretId } from './secret-envelope.ts';
import type { VaultKeys } from './vault-keys.ts';

export type SecretOwner = Omit<SecretId, 'name'>;

/** Keeps envelopes; knows nothing of what is in them. */
export interface SealedSecretRows {
  find(id: SecretId): Promise<SealedSecret | undefined>;
  /** Replaces the one that is there. */
  put(id: SecretId, envelope: SealedSecret): Promise<void>;
  /** Tells whether there was one. */
  delete(id: SecretId): Promise<boolean>;
  deleteAllOf(owner: SecretOwner): Promise<void>;
  /** Which secrets of an owner are kept, by name. */
  namesOf(owner: SecretOwner): Promise<string[]>;
  /** Fingerprint of the vault key that wraps new data keys. It is not let go of while the transaction lasts. */
  holdCurrentKey(): Promise<string>;
  /** At most `limit` whose data key another vault key than this one wrapped; held until the transaction ends. */
  lockNotWrappedBy(fingerprint: string, limit: number): Promise<(SealedSecret & { id: SecretId })[]>;
  /** The same secrets under another wrapping. */
  rewrap(wrappings: readonly Rewrapping[]): Promise<void>;
}

/** A secret and how its data key is wrapped from now on. */
export type Rewrapping = Omit<SealedSecret, 'sealed'> & { id: SecretId };

/** What a write of a secret did, as audit rows tell it. */
export type SecretChange = 'set' | 'changed' | 'cleared';

/**
 * Secrets the appliance must read back: passwords of directories, shared secrets, private keys. They go in through the
 * APIs and never come out of them. Rows are handed to each call, so that a secret is written in the transaction of
 * what it belongs to.
 */
export class SealedSecrets {
  readonly #keys: VaultKeys;

  constructor(keys: VaultKeys) {
    this.#keys = keys;
  }

  /** An empty text or null takes the secret away. Undefined: there was nothing to take away. */
  async write(rows: SealedSecretRows, id: SecretId, text: string | null): Promise<SecretChange | undefined> {
    if (text === null || text === '') return (await rows.delete(id)) ? 'cleared' : undefined;
    const before = await rows.find(id);
    const envelope = envelopeOf(this.#keys, await rows.holdCurrentKey());
    await rows.put(id, envelope.seal(id, text));
    return before === undefined ? 'set' : 'changed';
  }

  /** Undefined when there is none. Fails with `unavailable` when this process lacks the key that wrapped it. */
  async read(rows: SealedSecretRows, id: SecretId): Promise<string | undefined> {
    const sealed = await rows.find(id);
    return sealed && envelopeOf(this.#keys, sealed.wrappedBy).open(id, sealed);
  }
}

/**
 * Wraps at most `limit` data keys anew for the key of this fingerprint, in the caller's transaction, and tells how many.
 * The secrets themselves are not touched. Fails with `unavailable` when a key is missing.
 */
export async function rewrapSecrets(
  rows: SealedSecretRows,
  keys: VaultKeys,
  toFingerprint: string,
  limit: number,
): Promise<number> {
  const batch = await rows.lockNotWrappedBy(toFingerprint, limit);
  const to = envelopeOf(keys, toFingerprint);
  await rows.rewrap(
    batch.map(({ id, ...envelope }) => {
      const { wrappedBy, wrappedKey } = envelopeOf(keys, envelope.wrappedBy).rewrapped(id, envelope, to);
      return { id, wrappedBy, wrappedKey };
    }),
  );
  return batch.length;
}

function envelopeOf(keys: VaultKeys, fingerprint: string): SecretEnvelope {
  const envelope = keys.envelope(fingerprint);
  if (envelope !== undefined) return envelope;
  throw new ApplianceError('unavailable', 'A secret cannot be opened or kept on this machine right now.', {
    cause: new Error(
      `The vault key ${fingerprint} is not in the key file of this process. Copy the file from where the key was rotated.`,
    ),
  });
}

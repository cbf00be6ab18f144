import type { SealedSecret, SecretEnvelope, SecretId } from './secret-envelope.ts';

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
  /** At most `limit` whose data key another site key than this one wrapped, in any order. */
  notWrappedBy(fingerprint: string, limit: number): Promise<(SealedSecret & { id: SecretId })[]>;
}

/** What a write of a secret did, as audit rows tell it. */
export type SecretChange = 'set' | 'changed' | 'cleared';

/**
 * Secrets the appliance must read back: passwords of directories, shared secrets, private keys. They go in through the
 * APIs and never come out of them. Rows are handed to each call, so that a secret is written in the transaction of
 * what it belongs to.
 */
export class SealedSecrets {
  readonly #envelope: SecretEnvelope;

  constructor(envelope: SecretEnvelope) {
    this.#envelope = envelope;
  }

  /** An empty text or null takes the secret away. Undefined: there was nothing to take away. */
  async write(rows: SealedSecretRows, id: SecretId, text: string | null): Promise<SecretChange | undefined> {
    if (text === null || text === '') return (await rows.delete(id)) ? 'cleared' : undefined;
    const before = await rows.find(id);
    await rows.put(id, this.#envelope.seal(id, text));
    return before === undefined ? 'set' : 'changed';
  }

  /** Undefined when there is none. Throws when it cannot be opened with this site's key. */
  async read(rows: SealedSecretRows, id: SecretId): Promise<string | undefined> {
    const envelope = await rows.find(id);
    return envelope && this.#envelope.open(id, envelope);
  }
}

const AT_ONCE = 200;

/** Wraps every data key anew for another site key. Call it in one transaction; answers how many there were. */
export async function rewrapSecrets(
  rows: SealedSecretRows,
  from: SecretEnvelope,
  to: SecretEnvelope,
  toFingerprint: string,
): Promise<number> {
  for (let done = 0; ; ) {
    const batch = await rows.notWrappedBy(toFingerprint, AT_ONCE);
    if (batch.length === 0) return done;
    for (const { id, ...envelope } of batch) await rows.put(id, from.rewrapped(id, envelope, to));
    done += batch.length;
  }
}

import type { SiteKey } from '../../site-key.ts';
import { SecretEnvelope } from './secret-envelope.ts';

/**
 * The keys that wrap the data keys of secrets: that of the site, and those that took its place since. The database says
 * which one wraps what is sealed from now on; each process must have that and every other that still wraps something.
 */
export interface VaultKeys {
  /** Seals and opens with this key; undefined when this process does not have it. */
  envelope(fingerprint: string): SecretEnvelope | undefined;
  /** Every key this process has. */
  fingerprints(): string[];
}

/** Vault keys that are read from somewhere, and read again when one is missing. */
export class VaultKeyRing implements VaultKeys {
  readonly #read: () => readonly SiteKey[];
  readonly #envelopes = new Map<string, SecretEnvelope>();

  /** What `read` throws the first time is thrown on; later it only means that nothing is learnt. */
  constructor(read: () => readonly SiteKey[]) {
    this.#read = read;
    this.refresh();
  }

  /** Learns keys that were added. Those that are gone stay known, because a change may be under way that needs them. */
  refresh(): void {
    for (const key of this.#read()) {
      if (!this.#envelopes.has(key.fingerprint)) {
        this.#envelopes.set(key.fingerprint, new SecretEnvelope(key));
      }
    }
  }

  envelope(fingerprint: string): SecretEnvelope | undefined {
    const known = this.#envelopes.get(fingerprint);
    if (known !== undefined) return known;
    try {
      this.refresh();
    } catch {
      return undefined;
    }
    return this.#envelopes.get(fingerprint);
  }

  fingerprints(): string[] {
    return [...this.#envelopes.keys()];
  }
}

export type VaultKeyState =
  /** Handed out to the processes; wraps nothing yet. */
  | 'next'
  /** Wraps what is sealed from now on. */
  | 'current'
  /** Still wraps something, but nothing new. */
  | 'retired'
  /** Wraps nothing, and never will again. */
  | 'dropped';

export interface VaultKeyRecord {
  fingerprint: string;
  state: VaultKeyState;
  createdAt: Date;
  /** How many secrets it wraps. */
  secrets: number;
}

/** What the database knows of the vault keys: never the keys themselves. */
export interface VaultKeyRecords {
  find(): Promise<VaultKeyRecord[]>;
  /** A new `next` one. Fails with `conflict` while there is one. */
  add(fingerprint: string): Promise<void>;
  /** `next` becomes `current`, and what was current is retired. */
  promote(fingerprint: string): Promise<void>;
  /** Lets go of retired ones that wrap nothing; answers those that are left. Waits for secrets being written. */
  dropRetired(): Promise<string[]>;
  /** Live server processes that do not have this key yet. */
  processesWithout(fingerprint: string): Promise<{ hostname: string; nodeUrl: string }[]>;
}

/** Where vault keys are kept, outside the database. */
export interface VaultKeyFile {
  /** Of every key in it, that of the site first. */
  fingerprints(): string[];
  /** Makes a key and keeps it; answers its fingerprint. */
  add(): string;
  /** Lets go of every vault key but these. That of the site stays. */
  keepOnly(fingerprints: readonly string[]): void;
}

import type { Actor } from '../actor.ts';

/** What is told of a vault account, in the words of the report. */
export const VAULT_EVENT_TYPES = [
  'Account Created',
  'Account Edited',
  'Account Deleted',
  'Credentials Checked Out',
  'Credentials Checked In',
  'Credentials Force Checked In',
  'Credentials Used',
  'Credential Injection Failed',
  'Password Rotation Scheduled',
  'Password Rotated',
  'Password Rotation Failed',
] as const;
export type VaultEventType = (typeof VAULT_EVENT_TYPES)[number];

/** How long activity is kept, as published. */
export const VAULT_ACTIVITY_DAYS = 90;

export interface VaultActivityEntry {
  type: VaultEventType;
  account: { id: number; name: string };
  actor: Actor;
  /** The session it was for. */
  lsid?: string | undefined;
  /** What the report shows beside it. Default: the lsid. Never a secret. */
  data?: string | undefined;
}

export interface VaultActivityRow {
  id: number;
  occurredAt: Date;
  type: string;
  accountId: number;
  /** The name at that time. */
  accountName: string;
  performedBy: { kind: Actor['kind']; id: number | null; name: string };
  lsid: string | null;
  data: string;
}

export interface VaultActivityFilter {
  accountId?: number | undefined;
  /** What this person did. */
  userId?: number | undefined;
  type?: string | undefined;
  /** Inclusive. */
  from?: Date | undefined;
  /** Exclusive. */
  before?: Date | undefined;
}

/** What was done with the accounts of the vault. Rows are written in the transaction of what they tell of. */
export interface VaultActivity {
  record(entry: VaultActivityEntry): Promise<void>;
  /** The same of many accounts at once. */
  recordAll(
    type: VaultEventType,
    accounts: readonly { id: number; name: string }[],
    actor: Actor,
  ): Promise<void>;
  /** The latest first; older than `beforeId` when that is given. */
  find(
    filter: VaultActivityFilter,
    page: { beforeId?: number | undefined; limit: number },
  ): Promise<VaultActivityRow[]>;
  /** The earliest first, in batches; without `before` what there is when it begins. */
  stream(filter: VaultActivityFilter): AsyncIterable<VaultActivityRow[]>;
  /** Deletes what is older, at most `limit` rows, and tells how many went. */
  deleteBefore(time: Date, limit: number): Promise<number>;
}

import type { Actor } from '../actor.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { DirectoryPerson } from './identity-provider.ts';
import type { ProviderStep } from './provider-trace.ts';
import type { SecurityProvider } from './security-provider.ts';

/** `dead`: its process ended without a word. `refused`: it would have disabled too many people. */
export type DirectorySyncState =
  | 'reading'
  | 'comparing'
  | 'applying'
  | 'done'
  | 'refused'
  | 'failed'
  | 'cancelled'
  | 'dead';

export const DIRECTORY_SYNC_ACTIONS = ['create', 'update', 'disable', 'enable', 'conflict'] as const;
/** `conflict`: somebody who cannot be created, because the user name is taken. */
export type DirectorySyncAction = (typeof DIRECTORY_SYNC_ACTIONS)[number];

/** One run that brings the users of a provider up to date, or tells what it would do. */
export interface DirectorySync {
  id: string;
  securityProviderId: number;
  state: DirectorySyncState;
  dryRun: boolean;
  massDisableAgreed: boolean;
  startedBy: string;
  peopleRead: number;
  accounts: number;
  changes: number;
  changesApplied: number;
  counts: Partial<Record<DirectorySyncAction, number>>;
  failure: string | null;
  steps: ProviderStep[];
  createdAt: Date;
  finishedAt: Date | null;
}

/** What changes of one person. */
export interface DirectorySyncChange {
  action: DirectorySyncAction;
  userId: number | null;
  username: string;
  reason: string;
  before: Readonly<Record<string, unknown>>;
  after: Readonly<Record<string, unknown>>;
  groupsAdded: string[];
  groupsRemoved: string[];
}

export interface NewDirectorySync {
  securityProviderId: number;
  dryRun: boolean;
  massDisableAgreed: boolean;
  actor: Actor;
}

/** Whether the run goes on. `over`: somebody took it for dead, or it is gone with its provider. */
export type Going = 'going' | 'cancel_requested' | 'over';

export interface AppliedChanges {
  applied: number;
  /** People whose sign-ins ended. */
  disabledUserIds: number[];
}

/** Runs with what they found. People are compared and changed many at a time. */
export interface DirectorySyncs {
  /** Fails with `conflict` while another run of the provider goes on. */
  create(sync: NewDirectorySync): Promise<DirectorySync>;
  find(id: string): Promise<DirectorySync | undefined>;
  list(providerId: number, page: PageRequest): Promise<Page<DirectorySync>>;
  changes(
    id: string,
    filter: { action?: DirectorySyncAction | undefined },
    page: PageRequest,
  ): Promise<Page<DirectorySyncChange>>;
  /** Undefined when it is over already. */
  requestCancel(id: string): Promise<DirectorySync | undefined>;
  beat(id: string): Promise<Going>;
  stage(id: string, people: readonly DirectoryPerson[]): Promise<Going>;
  /** Writes down what differs from the accounts here; changes nothing else. */
  compare(id: string, provider: SecurityProvider): Promise<{ disabling: number; enabledAccounts: number }>;
  startApplying(id: string): Promise<Going>;
  /** Carries out changes `from` up to `to`, each with its audit row. Call it in a transaction. */
  apply(id: string, provider: SecurityProvider, range: { from: number; to: number }): Promise<AppliedChanges>;
  finish(
    id: string,
    state: DirectorySyncState,
    outcome: { failure?: string | undefined; steps: readonly ProviderStep[] },
  ): Promise<void>;
  /** Ends runs whose process gave no sign of life for that long. Answers how many. */
  markDead(silentSeconds: number): Promise<number>;
  /** Removes runs that finished longer ago than that, and what dead ones left behind. */
  forget(olderThanDays: number): Promise<void>;
  /** LDAP providers whose interval has passed since their last run that was not a trial. */
  due(): Promise<number[]>;
}

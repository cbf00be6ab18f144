import type { Page, PageRequest } from '../../paging.ts';
import type { RotationCause } from './rotation-requests.ts';

/**
 * `waiting`: for its turn, or for the next attempt. `running`: a process works on it. `uncertain`: nobody knows which of
 * two secrets the host takes, and both are kept. `done` and `failed` are the ends; at `failed` the secret that is kept
 * holds.
 */
export const ROTATION_STATES = ['waiting', 'running', 'uncertain', 'done', 'failed'] as const;
export type RotationState = (typeof ROTATION_STATES)[number];

/**
 * How far a rotation is. From `prepared` on the new secret is kept, sealed; from `changing` on the host may have it;
 * `changed`: the host says so; `verified`: it was seen to sign in; `stored`: it is the secret of the account.
 */
export const ROTATION_PHASES = [
  'requested',
  'prepared',
  'changing',
  'changed',
  'verified',
  'stored',
] as const;
export type RotationPhase = (typeof ROTATION_PHASES)[number];

/** One change of the password or key of an account, from the request to its end. */
export interface VaultRotation {
  id: number;
  accountId: number;
  accountName: string;
  cause: RotationCause;
  /** The name at that time. */
  requestedBy: string;
  state: RotationState;
  phase: RotationPhase;
  attempts: number;
  /** When it is tried next; null: not by itself. */
  dueAt: Date | null;
  /** Of keys: the new one, kind and base64. Otherwise empty. */
  nextPublicKey: string;
  /** Seconds since a host was last told to change of which nobody knows how it ended. */
  changingForSeconds: number | null;
  /** A short word for programs; null: nothing went wrong so far. */
  failureCode: string | null;
  /** For people; holds no secret. */
  failure: string | null;
  requestedAt: Date;
  finishedAt: Date | null;
}

/** Whether the host may have the new secret, and nobody has taken note of it yet. */
export function touchesHost(phase: RotationPhase): boolean {
  return phase === 'changing' || phase === 'changed' || phase === 'verified';
}

/** Whether the secret that is kept may be good for nothing in a moment. */
export function isUnderWay({ state, phase }: VaultRotation): boolean {
  return touchesHost(phase) && (state === 'waiting' || state === 'running');
}

/** The host takes one of two secrets, and both are kept. */
export function hasSecondSecret(rotation: VaultRotation | undefined): boolean {
  return rotation?.state === 'uncertain';
}

export interface RotationChanges {
  state?: RotationState;
  phase?: RotationPhase;
  /** From now; null: not by itself any more. */
  dueInSeconds?: number | null;
  /** An attempt that does not count, because nothing was tried. */
  attemptsBack?: boolean;
  nextPublicKey?: string;
  /** `now`: the host is told to change. Null: it is known how that ended. */
  changing?: 'now' | null;
  failureCode?: string | null;
  failure?: string | null;
  finished?: boolean;
}

export interface RotationFilter {
  state?: RotationState | undefined;
  accountId?: number | undefined;
}

/** The latest ends of an account's rotations. */
export interface RotationHistory {
  done: VaultRotation | undefined;
  failed: VaultRotation | undefined;
}

/** Who may work on a rotation, for how long. */
export interface RotationClaim {
  /** Names the worker. */
  holder: string;
  /** The server process: it takes what its own Jumpoint connections can do, and what no process can. */
  nodeId: string;
  leaseSeconds: number;
}

/** Rotations that are asked for, worked on and over. Leases are compared with the time of the database. */
export interface VaultRotations {
  /** False: one of this account is asked for or worked on already. */
  insert(rotation: { accountId: number; cause: RotationCause; requestedBy: string }): Promise<boolean>;
  /** The one of an account that has no end yet. */
  findActive(accountId: number): Promise<VaultRotation | undefined>;
  findEnded(accountId: number): Promise<RotationHistory>;
  /** The latest first. */
  find(filter: RotationFilter, page: PageRequest): Promise<Page<VaultRotation>>;
  /** Takes the one that is due longest and nobody works on, and counts an attempt. An uncertain one stays that. */
  claim(claim: RotationClaim): Promise<VaultRotation | undefined>;
  /** False: somebody else has taken it over. */
  renew(id: number, claim: Pick<RotationClaim, 'holder' | 'leaseSeconds'>): Promise<boolean>;
  /** False: somebody else has taken it over, and nothing is written. Saying when it is due ends the lease. */
  write(id: number, holder: string, changes: RotationChanges): Promise<boolean>;
  /** Goes on with one that waits or is uncertain, at once; true when there was such a one. */
  resume(accountId: number): Promise<boolean>;
  /** Ends the one of an account by hand, whoever works on it. */
  endByHand(accountId: number, state: 'done' | 'failed', failure: string | null): Promise<void>;
  /**
   * Asks for those that are due by their policies at this time: the password is as old as it may be, nobody has the
   * account (where one at a time may), its endpoint is complete, and none failed within the last day. At most `limit`.
   */
  insertDue(
    now: Date,
    requestedBy: string,
    limit: number,
  ): Promise<{ accountId: number; accountName: string }[]>;
  /** Forgets ends before this time, but for the latest of each kind of an account. */
  deleteEndedBefore(time: Date): Promise<number>;
  /** How many are in each state that is no end. */
  counts(): Promise<{ waiting: number; running: number; uncertain: number }>;
}

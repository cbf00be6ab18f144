import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { Use } from '../uses.ts';
import type { SessionPermissionValues } from './session-permissions.ts';

/** Id of the policy that decides what no other defines. It is no member of lists and cannot be given to anything. */
export const GLOBAL_SESSION_POLICY_ID = 1;

/** What a session policy may be given to. */
export interface SessionPolicyAvailability {
  /** To users and, through group policies, to their members. */
  availableToUsers: boolean;
  availableToJumpItems: boolean;
  /** As the profile of a representative who is invited from outside. */
  availableToRepInvite: boolean;
  availableToPortals: boolean;
}

/** A named set of session permissions. */
export interface SessionPolicy extends SessionPolicyAvailability, Revised {
  id: number;
  displayName: string;
  codeName: string;
  description: string;
  /** What it defines; a name that is missing is “not defined”. */
  permissions: SessionPermissionValues;
}

/** Who uses a session policy, by what it has to be available to for that. */
export interface SessionPolicyUses {
  users: Use[];
  jumpItems: Use[];
  portals: Use[];
}

/** Unique names: writes fail with `conflict` naming `display_name` or `code_name`. */
export interface SessionPolicies {
  /** In the order of their ids, without the global one. */
  find(page: PageRequest): Promise<Page<SessionPolicy>>;
  /** The global one too. */
  findById(id: number): Promise<SessionPolicy | undefined>;
  /** The same, held until the transaction ends; nobody is given the policy meanwhile. */
  lockById(id: number): Promise<SessionPolicy | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(policy: Omit<SessionPolicy, 'id' | 'revision'>): Promise<SessionPolicy>;
  /** Raises the revision by one and answers it. */
  update(policy: SessionPolicy): Promise<number>;
  delete(id: number): Promise<void>;
  usesOf(id: number): Promise<SessionPolicyUses>;
}

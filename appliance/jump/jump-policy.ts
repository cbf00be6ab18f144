import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { JumpSchedule } from './jump-schedule.ts';

/** Rules about when and how a Jump Item may be jumped to. The schedule is kept beside it, with a revision of its own. */
export interface JumpPolicy extends Revised {
  id: number;
  displayName: string;
  codeName: string;
  description: string;
  /** Sessions start only within the schedule. */
  scheduleEnabled: boolean;
  /** Running sessions are ended when the schedule ends. */
  scheduleStrict: boolean;
  /** A second jump to a VNC, vPro or Jump Client item; `global` is the site setting. */
  simultaneousJumps: 'global' | 'join' | 'disallow';
  simultaneousJumpBehaviorAppliesToCopies: boolean;
  simultaneousJumpsRdp: 'global' | 'new_session' | 'disallow';
  /** Without effect until a ticket system is configured. */
  ticketIdRequired: boolean;
  twoFactorChallengeRequired: boolean;
}

export type StoredSchedule = JumpSchedule & Revised;

/** Unique names: writes fail with `conflict` naming `display_name` or `code_name`. */
export interface JumpPolicies {
  /** In the order of their ids. The code name is compared whole, ignoring case. */
  find(filter: { codeName?: string | undefined }, page: PageRequest): Promise<Page<JumpPolicy>>;
  findById(id: number): Promise<JumpPolicy | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<JumpPolicy | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  /** With an empty schedule in UTC. */
  insert(policy: Omit<JumpPolicy, 'id' | 'revision'>): Promise<JumpPolicy>;
  /** Raises the revision by one and answers it. */
  update(policy: JumpPolicy): Promise<number>;
  delete(id: number): Promise<void>;
  /** How many Jump Items and installers of Jump Clients use it. */
  countUses(id: number): Promise<{ jumpItems: number; installers: number }>;
  findSchedule(id: number): Promise<StoredSchedule | undefined>;
  /** Raises the revision of the schedule by one and answers it. */
  replaceSchedule(id: number, schedule: JumpSchedule): Promise<number>;
}

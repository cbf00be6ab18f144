import type { Page, PageRequest } from '../paging.ts';
import type { Revised } from '../revision.ts';
import type { Use } from './uses.ts';

/** From the lowest to the highest: within a team a person looks after those of lower rank. */
export const TEAM_ROLES = ['member', 'lead', 'manager'] as const;
export type TeamRole = (typeof TEAM_ROLES)[number];

/** Representatives with a queue of their own. */
export interface Team extends Revised {
  id: number;
  name: string;
  /** 1 to 64 letters, digits, `_`, `-`; unique among teams. */
  codeName: string;
  comments: string;
  /** The queue stays open while nobody of the team is signed in. */
  persistentQueue: boolean;
  /** `all`: also portals that are made later. */
  publicPortalIds: 'all' | number[];
}

/** A direct membership. */
export interface TeamUser {
  teamId: number;
  userId: number;
  role: TeamRole;
}

/** A membership is what its role is, so that names its revision; two people who want the same lose nothing. */
export function revisionOfTeamUser({ role }: TeamUser): number {
  return TEAM_ROLES.indexOf(role) + 1;
}

/** Text is compared whole, ignoring case. */
export interface TeamFilter {
  /** Part of the name. */
  search?: string | undefined;
  name?: string | undefined;
  codeName?: string | undefined;
  /** Only these teams. */
  ids?: readonly number[] | undefined;
}

/**
 * Unique names: writes fail with `conflict` naming `name` or `code_name`, and with `invalid` naming
 * `public_portal_ids` for a portal that does not exist.
 */
export interface Teams {
  /** In the order of their ids. */
  find(filter: TeamFilter, page: PageRequest): Promise<Page<Team>>;
  findById(id: number): Promise<Team | undefined>;
  /** The same, held until the transaction ends. */
  lockById(id: number): Promise<Team | undefined>;
  isCodeNameTaken(codeName: string): Promise<boolean>;
  insert(team: Omit<Team, 'id' | 'revision'>): Promise<Team>;
  /** Raises the revision by one and answers it. */
  update(team: Team): Promise<number>;
  /** Its direct memberships go with it. */
  delete(id: number): Promise<void>;
  /** What must let go of the team before it can be deleted. */
  uses(id: number): Promise<Use[]>;
}

/** Writes fail with `conflict` for a member twice and `invalid` for an unknown user. */
export interface TeamUsers {
  /** Direct memberships in the order of the user ids. */
  find(teamId: number, page: PageRequest): Promise<Page<TeamUser>>;
  findOne(teamId: number, userId: number): Promise<TeamUser | undefined>;
  insert(member: TeamUser): Promise<void>;
  /** The membership `of` becomes this one, perhaps in another team. */
  update(of: TeamUser, member: TeamUser): Promise<void>;
  delete(teamId: number, userId: number): Promise<void>;
  /**
   * Everybody who may be a lead or manager, directly or by a group policy: those whose view of personal Jump Items
   * depends on who is a member.
   */
  findLeading(teamId: number): Promise<number[]>;
}

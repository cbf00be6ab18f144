import { hasRight, mayConfigure, requireConfiguration } from '../access/configuration-rights.ts';
import type { CredentialEvents } from '../access/credential-events.ts';
import type { Actor } from '../actor.ts';
import { type Changes, named } from '../changes.ts';
import { chooseCodeName } from '../jump/code-name.ts';
import { ObjectKind } from '../object-kind.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { WantedRevisions } from '../revision.ts';
import type { Stores, UnitOfWork } from '../stores.ts';
import type { Team, TeamFilter } from './team.ts';
import { teamsOf } from './team-membership.ts';
import { refuseInUse } from './uses.ts';

const RIGHT = 'perm_edit_sd_teams';
export const TEAM = new ObjectKind<Team>({ type: 'team', noun: 'team', name: (team) => team.name });

export interface TeamInput {
  name: string;
  /** Blank: made from the name. */
  codeName?: string | null | undefined;
  comments?: string | null | undefined;
  persistentQueue?: boolean | undefined;
  publicPortalIds?: 'all' | number[] | undefined;
}

/** Teams of representatives. Who belongs to them is the business of `TeamMemberService`. */
export class TeamService {
  readonly #stores: Stores;
  readonly #unitOfWork: UnitOfWork;
  readonly #credentialEvents: CredentialEvents;

  constructor(deps: { stores: Stores; unitOfWork: UnitOfWork; credentialEvents: CredentialEvents }) {
    this.#stores = deps.stores;
    this.#unitOfWork = deps.unitOfWork;
    this.#credentialEvents = deps.credentialEvents;
  }

  /** People who do not configure teams see those they belong to. */
  async list(actor: Actor, filter: Omit<TeamFilter, 'ids'>, page: PageRequest): Promise<Page<Team>> {
    return await this.#stores.teams.find({ ...filter, ids: await this.#visibleTo(actor) }, page);
  }

  async show(actor: Actor, id: number): Promise<Team> {
    const visible = await this.#visibleTo(actor);
    if (visible !== undefined && !visible.includes(id)) TEAM.missing(id);
    return (await this.#stores.teams.findById(id)) ?? TEAM.missing(id);
  }

  async create(actor: Actor, input: TeamInput): Promise<Team> {
    requireConfiguration(actor, RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ teams, auditLog }) => {
      const team = await teams.insert({
        name: input.name,
        codeName: await chooseCodeName(input.codeName, input.name, teams),
        comments: input.comments ?? '',
        persistentQueue: input.persistentQueue ?? false,
        publicPortalIds: input.publicPortalIds ?? 'all',
      });
      await auditLog.record(TEAM.created(actor, team));
      return team;
    });
  }

  async update(
    actor: Actor,
    id: number,
    { codeName, comments, ...changes }: Changes<TeamInput>,
    ifRevision?: WantedRevisions,
  ): Promise<Team> {
    requireConfiguration(actor, RIGHT);
    return await this.#unitOfWork.inTransaction(async ({ teams, auditLog }) => {
      const before = await TEAM.lock(teams, id, ifRevision);
      const after: Team = { ...before, ...named(changes) };
      if (comments !== undefined) after.comments = comments ?? '';
      if (codeName !== undefined) after.codeName = await chooseCodeName(codeName, after.name, teams);
      return await TEAM.update(teams, { auditLog, actor }, before, after);
    });
  }

  /** Memberships go with it. Fails with `invalid` while issues, canned scripts and the like need it. */
  async delete(actor: Actor, id: number, ifRevision?: WantedRevisions): Promise<void> {
    requireConfiguration(actor, RIGHT);
    const leading = await this.#unitOfWork.inTransaction(async ({ teams, teamUsers, auditLog }) => {
      const team = await TEAM.lock(teams, id, ifRevision);
      refuseInUse('team', await teams.uses(id));
      const leadingUserIds = await teamUsers.findLeading(id);
      await teams.delete(id);
      await auditLog.record(TEAM.deleted(actor, team));
      return leadingUserIds;
    });
    for (const userId of leading) this.#credentialEvents.publish({ kind: 'user_rights_changed', userId });
  }

  async #visibleTo(actor: Actor): Promise<number[] | undefined> {
    if (actor.kind !== 'user' || mayConfigure(actor) || hasRight(actor, RIGHT)) return undefined;
    return [...(await teamsOf(this.#stores, actor.userId)).keys()];
  }
}

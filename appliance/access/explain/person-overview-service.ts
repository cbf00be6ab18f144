import type { Actor } from '../../actor.ts';
import { ApplianceError } from '../../errors.ts';
import type { JumpItemKind } from '../../jump/jump-item.ts';
import {
  explainGrant,
  grantOf,
  type JumpItemGrant,
  type JumpItemOwner,
  NO_JUMP_ITEM_PERMISSION,
  type RoleRuling,
  type RoleSetting,
} from '../../jump/jump-item-grant.ts';
import type { JumpItemPermission } from '../../jump/jump-item-role.ts';
import { visibilityOf } from '../../jump/jump-item-sight.ts';
import { jumpMethodsOf } from '../../jump/jump-methods.ts';
import type { Page, PageRequest } from '../../paging.ts';
import type { Stores } from '../../stores.ts';
import type { TeamRole } from '../../support/team.ts';
import { requireConfiguration } from '../configuration-rights.ts';
import { explainSettings, type SettingSource } from '../effective-settings.ts';
import { type ExplainedMembership, explainMembership } from '../memberships.ts';
import { accessOf, jumpGroupFacts, jumpointFacts, type PersonAccess, teamFacts } from '../person-access.ts';
import { answerOf } from './access-answer.ts';
import { type AccessQuestionDeps, AccessQuestions } from './access-questions.ts';
import type { NamedTarget } from './access-world.ts';
import { type BriefAnswer, briefAnswer } from './standing.ts';

/** What holds for one person, before any Jump Item is looked at. */
export interface PersonOverview {
  person: PersonAccess;
  settings: ReturnType<typeof explainSettings>;
  jumpMethods: JumpItemKind[];
  /** Roles of the three settings that no membership names, and the system role. */
  roles: {
    because: RoleRuling['because'];
    setting: RoleSetting;
    id: number;
    name: string;
    permissions: JumpItemGrant;
  }[];
  /** Items the person sees, and those a role lets them start. */
  visibleItems: number;
  startableItems: number;
}

export type MembershipKind = 'jump_group' | 'team' | 'jumpoint';

/** A membership that holds, or one that was given and taken away again. */
export interface ListedMembership {
  id: number;
  name: string;
  codeName: string;
  membership: ExplainedMembership<number | TeamRole>;
  /** Of Jump Groups: the role that holds, and what it allows. */
  role:
    | {
        id: number | undefined;
        name: string;
        because: RoleRuling['because'];
        source: SettingSource | undefined;
        permissions: JumpItemGrant;
      }
    | undefined;
  /** Of Jump Groups: the items in it. */
  items: number | undefined;
}

export interface ListedItem {
  target: NamedTarget;
  role: NonNullable<ListedMembership['role']>;
  permissions: JumpItemGrant;
  start: BriefAnswer;
}

export interface PersonItemsQuery {
  /** Only items a role allows this with. */
  permission?: JumpItemPermission | undefined;
  kinds?: readonly JumpItemKind[] | undefined;
  search?: string | undefined;
  jumpGroupId?: number | undefined;
  at?: Date | undefined;
}

/** What one person may do, with where it comes from. For those who configure the site. */
export class PersonOverviewService {
  readonly #stores: Stores;
  readonly #questions: AccessQuestions;

  constructor(deps: AccessQuestionDeps) {
    this.#stores = deps.stores;
    this.#questions = new AccessQuestions(deps);
  }

  /** Fails with `forbidden` or `not_found`, as everything here. */
  async overview(actor: Actor, userId: number): Promise<PersonOverview> {
    const person = await this.#person(actor, userId);
    const { facts, settings } = person;
    const { accessTargets } = this.#stores;
    const [visibleItems, startableItems] = await Promise.all([
      accessTargets.count(visibilityOf(person)),
      accessTargets.count(visibilityOf(person, 'perm_start')),
    ]);
    const role = (because: RoleRuling['because'], setting: RoleSetting) => {
      const id = settings[setting];
      const { name = '', permissions = NO_JUMP_ITEM_PERMISSION } = person.roles.get(id) ?? {};
      return { because, setting, id, name, permissions };
    };
    return {
      person,
      settings: explainSettings(facts.settings, facts.policies),
      jumpMethods: jumpMethodsOf(settings),
      roles: [
        role('default', 'default_jump_item_role_id'),
        role('own', 'private_jump_item_role_id'),
        role('team', 'inferior_jump_item_role_id'),
        role('system', 'unassigned_jump_item_role_id'),
      ],
      visibleItems,
      startableItems,
    };
  }

  /** In the order of their ids, with what somebody said and another took back. */
  async memberships(
    actor: Actor,
    userId: number,
    kind: MembershipKind,
    page: PageRequest,
  ): Promise<Page<ListedMembership>> {
    const person = await this.#person(actor, userId);
    const facts = membershipFacts(person, kind);
    const ids = [
      ...new Set([
        ...facts.direct.map(({ id }) => id),
        ...facts.policies.flatMap(({ entries }) => entries.map(({ id }) => id)),
      ]),
    ].sort((a, b) => a - b);
    const shown = ids.slice(page.offset, page.offset + page.limit);
    const [names, counts] = await Promise.all([
      this.#stores.accessTargets.names(kind, shown),
      kind === 'jump_group' ? this.#stores.accessTargets.countByGroup(shown) : undefined,
    ]);
    const items = shown.flatMap((id): ListedMembership[] => {
      const named = names.get(id);
      if (named === undefined) return [];
      const owner: JumpItemOwner = { jumpGroupType: 'shared', jumpGroupId: id };
      return [
        {
          id,
          ...named,
          membership: explainMembership<number | TeamRole>(id, facts),
          role: kind === 'jump_group' ? roleIn(person, owner) : undefined,
          items: counts && (counts.get(id) ?? 0),
        },
      ];
    });
    return { items, total: ids.length };
  }

  /** Items the person sees, in the order of their ids, each with what may be done with it. */
  async items(
    actor: Actor,
    userId: number,
    query: PersonItemsQuery,
    page: PageRequest,
  ): Promise<Page<ListedItem>> {
    const person = await this.#person(actor, userId);
    const { permission, at, ...filter } = query;
    const found = await this.#stores.accessTargets.page(visibilityOf(person, permission), filter, page);
    const idsOf = (of: (target: NamedTarget) => number | null) =>
      [...new Set(found.items.map(of))].filter((id) => id !== null);
    const world = await this.#stores.accessWorld.read({
      userIds: [],
      jumpGroupIds: [],
      jumpointIds: idsOf(({ jumpointId }) => jumpointId),
      jumpPolicyIds: idsOf(({ jumpPolicyId }) => jumpPolicyId),
    });
    const circumstances = this.#questions.circumstances({ at }, false);
    return {
      total: found.total,
      items: found.items.map((target) => {
        const owner = target.item!;
        const subject = { action: 'start', target, owner, destination: undefined } as const;
        return {
          target,
          role: roleIn(person, owner),
          permissions: grantOf(person, owner),
          start: briefAnswer(answerOf(person, world, subject, circumstances)),
        };
      }),
    };
  }

  async #person(actor: Actor, userId: number): Promise<PersonAccess> {
    requireConfiguration(actor);
    const facts = await this.#stores.accessFacts.find(userId);
    if (facts === undefined) throw new ApplianceError('not_found', 'There is no such user.');
    return accessOf(facts);
  }
}

function membershipFacts({ facts }: PersonAccess, kind: MembershipKind) {
  switch (kind) {
    case 'jump_group':
      return jumpGroupFacts(facts);
    case 'team':
      return teamFacts(facts);
    case 'jumpoint':
      return jumpointFacts(facts);
  }
}

function roleIn(person: PersonAccess, owner: JumpItemOwner): NonNullable<ListedMembership['role']> {
  const { ruling, roleName = '', roleSource, grant } = explainGrant(person, owner);
  return {
    id: 'roleId' in ruling ? ruling.roleId : undefined,
    name: roleName,
    because: ruling.because,
    source: roleSource,
    permissions: grant,
  };
}

import type { Clock } from '../../clock.ts';
import { invalidField } from '../../errors.ts';
import type { JumpItemOwner } from '../../jump/jump-item-grant.ts';
import type { ShellJumpTarget } from '../../jump/jumpoint-ruling.ts';
import type { SiteSettingsSource } from '../../settings/site-settings.ts';
import type { Stores } from '../../stores.ts';
import { USER_RIGHTS } from '../user-settings.ts';
import type { AccessAction } from './access-action.ts';
import type { AccessSubject, Circumstances } from './access-answer.ts';
import type {
  AccessReferences,
  JumpGroupReference,
  JumpItemReference,
  NamedOwner,
  UserReference,
} from './access-references.ts';
import type { AccessWorld, NamedTarget, TargetFacts } from './access-world.ts';
import { changedTarget, changedWorld } from './changed-world.ts';
import type { OperationAccess } from './person-right.ts';
import type { ProposedChange } from './proposed-change.ts';
import { BEGINNINGS, requireBeginning, type SessionStartMethod } from './session-start-method.ts';

/** A target that is not saved. */
export interface AdHocReference {
  jumpointId?: number | undefined;
  /** Code name. */
  jumpoint?: string | undefined;
  hostname: string;
  port?: number | undefined;
  protocol?: 'ssh' | 'telnet' | undefined;
}

/** When and how; what is missing is now, without anything special. */
export interface AskedCircumstances {
  at?: Date | undefined;
  customerPresent?: boolean | undefined;
  publicPortalId?: number | undefined;
  overrideSchedule?: boolean | undefined;
  ticketId?: string | undefined;
  /** How the session begins, for questions about what it permits; a jump when left out. */
  startMethod?: SessionStartMethod | undefined;
}

/** What somebody asks, with things named as people name them. */
export interface AskedSubject {
  action: AccessAction;
  jumpItem?: JumpItemReference | undefined;
  adHoc?: AdHocReference | undefined;
  jumpGroup?: JumpGroupReference | undefined;
  /** Of `move` and `copy`. */
  destination?: JumpGroupReference | undefined;
  /** Of questions about a person alone. */
  right?: string | undefined;
  operationId?: string | undefined;
}

export interface AccessQuestionRequest extends AskedSubject, AskedCircumstances {
  user: UserReference;
}

/** A question with everything found that it names. */
export interface FoundSubject extends AccessSubject {
  target: TargetFacts | undefined;
  named: NamedTarget | undefined;
  jumpGroup: NamedOwner | undefined;
}

export interface AccessQuestionDeps {
  stores: Stores;
  settings: SiteSettingsSource;
  clock: Clock;
  operations: OperationAccess;
}

/** Turns what is asked into what the rules take. */
export class AccessQuestions {
  readonly #stores: Stores;
  readonly #settings: SiteSettingsSource;
  readonly #clock: Clock;
  readonly #operations: OperationAccess;

  constructor(deps: AccessQuestionDeps) {
    this.#stores = deps.stores;
    this.#settings = deps.settings;
    this.#clock = deps.clock;
    this.#operations = deps.operations;
  }

  /** Fails with `invalid` naming the field below `at`, e.g. `expectations.3.`. */
  async subject(
    asked: AskedSubject & Pick<AskedCircumstances, 'startMethod'>,
    references: AccessReferences,
    at = '',
  ): Promise<FoundSubject> {
    const { action, jumpItem, adHoc, jumpGroup, destination, startMethod } = asked;
    const given = [jumpItem, adHoc, jumpGroup].filter((one) => one !== undefined).length;
    if (action === 'right' || action === 'operation') return this.#aboutPerson(asked, given, at);
    if (given > 1 || (given === 0 && action !== 'pin_jump_client'))
      throw invalidField(`${at}jump_item`, 'Name one of jump_item, jump_group and ad_hoc.');
    if (adHoc !== undefined && action !== 'start')
      throw invalidField(
        `${at}ad_hoc`,
        'With a target that is not saved sessions can be started, nothing else.',
      );
    if (destination === undefined && (action === 'move' || action === 'copy'))
      throw invalidField(`${at}destination`, 'Name the Jump Group it is brought to.');
    const [named, unsaved, owner, to] = await Promise.all([
      jumpItem && references.jumpItem(jumpItem, `${at}jump_item`),
      adHoc && this.#adHoc(adHoc, references, at),
      jumpGroup && references.jumpGroup(jumpGroup, `${at}jump_group`),
      destination && references.jumpGroup(destination, `${at}destination`),
    ]);
    const target = named ?? unsaved;
    if (startMethod !== undefined && target !== undefined)
      requireBeginning(startMethod, target.kind, `${at}start_method`);
    return {
      action,
      target,
      named,
      jumpGroup: owner,
      owner: named?.item ?? owner,
      destination: to,
    };
  }

  #aboutPerson({ action, right, operationId }: AskedSubject, given: number, at: string): FoundSubject {
    const subject = {
      action,
      target: undefined,
      named: undefined,
      jumpGroup: undefined,
      owner: undefined,
      destination: undefined,
    };
    if (given > 0)
      throw invalidField(
        `${at}jump_item`,
        'This question is about the user alone: no Jump Item or Jump Group.',
      );
    if (action === 'right') {
      const known = USER_RIGHTS.find((name) => name === right);
      if (known === undefined) throw invalidField(`${at}right`, 'Name a yes-or-no setting of users.');
      return { ...subject, right: known };
    }
    const access = operationId === undefined ? undefined : this.#operations.find(operationId);
    if (operationId === undefined || access === undefined)
      throw invalidField(`${at}operation_id`, 'There is no such operation.');
    return { ...subject, operation: { id: operationId, access } };
  }

  circumstances(asked: AskedCircumstances, explain: boolean): Circumstances {
    const site = this.#settings.current();
    return {
      now: asked.at ?? this.#clock.now(),
      start: asked.startMethod === undefined ? 'unattended' : BEGINNINGS[asked.startMethod].start,
      customerPresent: asked.customerPresent ?? false,
      publicPortalId: asked.publicPortalId,
      overrideSchedule: asked.overrideSchedule ?? false,
      ticketId: asked.ticketId,
      ticketSystem: site.ticket_system_url !== '',
      site,
      explain,
    };
  }

  /** What bears on the subject, for these people (undefined: everybody), now and after the changes. */
  async worlds(
    subject: FoundSubject,
    changes: readonly ProposedChange[],
    {
      publicPortalId,
      ...people
    }: {
      userIds?: readonly number[] | undefined;
      search?: string | undefined;
      /** Fails with `invalid` when there is no such portal. */
      publicPortalId?: number | undefined;
    },
  ): Promise<AccessWorld> {
    const { target, owner, destination, action } = subject;
    const changed = changes.flatMap((change) => (change.change === 'jump_item' ? change : []));
    const owners: JumpItemOwner[] = [owner, destination].flatMap((one) => one ?? []);
    for (const { jumpGroup } of changed)
      if (jumpGroup !== undefined) owners.push({ jumpGroupType: jumpGroup.type, jumpGroupId: jumpGroup.id });
    const idsOf = (type: JumpItemOwner['jumpGroupType']) =>
      distinct(owners.filter((one) => one.jumpGroupType === type).map(({ jumpGroupId }) => jumpGroupId));
    const world = await this.#stores.accessWorld.read({
      ...people,
      jumpGroupIds: action === 'pin_jump_client' ? undefined : idsOf('shared'),
      ownerUserIds: idsOf('personal'),
      jumpointIds: distinct([target?.jumpointId, ...changed.map(({ jumpointId }) => jumpointId)]),
      jumpPolicyIds: distinct([
        target?.jumpPolicyId,
        ...changed.map(({ jumpPolicyId }) => jumpPolicyId),
        ...changes.map((change) => (change.change === 'jump_policy' ? change.jumpPolicyId : undefined)),
      ]),
    });
    if (publicPortalId !== undefined && !world.portals.some(({ id }) => id === publicPortalId))
      throw invalidField('public_portal_id', 'There is no such public portal.');
    return world;
  }

  async #adHoc(adHoc: AdHocReference, references: AccessReferences, at: string): Promise<TargetFacts> {
    const { jumpointId: id, jumpoint: codeName, protocol = 'ssh' } = adHoc;
    const jumpoint = await references.jumpoint({ id, codeName }, `${at}ad_hoc.jumpoint_id`);
    const hostname = adHoc.hostname.trim();
    if (hostname === '' || /[\s\0]/.test(hostname))
      throw invalidField(`${at}ad_hoc.hostname`, 'A host name or address is needed.');
    const shell: ShellJumpTarget = { hostname, port: adHoc.port ?? (protocol === 'ssh' ? 22 : 23), protocol };
    return {
      kind: 'shell_jump',
      item: undefined,
      jumpointId: jumpoint.id,
      jumpPolicyId: null,
      sessionPolicyId: null,
      attendedSessionPolicyId: null,
      publicPortalId: null,
      shell,
      running: 0,
    };
  }
}

/** Subject and configuration as they would be after the changes. */
export function afterChanges(
  world: AccessWorld,
  subject: FoundSubject,
  changes: readonly ProposedChange[],
): { world: AccessWorld; subject: FoundSubject } {
  const target = subject.target && changedTarget(subject.target, changes);
  const after = changedWorld(world, changes);
  if (target !== undefined) requireKnown(after, target);
  return { world: after, subject: { ...subject, target, owner: target?.item ?? subject.owner } };
}

function requireKnown(world: AccessWorld, target: TargetFacts): void {
  const missing = (what: string) => invalidField('what_if', `There is no such ${what}.`);
  const { jumpointId, jumpPolicyId, sessionPolicyId, attendedSessionPolicyId, publicPortalId } = target;
  if (jumpointId !== null && !world.jumpoints.has(jumpointId)) throw missing('Jumpoint');
  if (jumpPolicyId !== null && !world.jumpPolicies.has(jumpPolicyId)) throw missing('Jump Policy');
  for (const id of [sessionPolicyId, attendedSessionPolicyId])
    if (id !== null && !world.sessionPolicies.has(id)) throw missing('session policy');
  if (publicPortalId !== null && !world.portals.some(({ id }) => id === publicPortalId))
    throw missing('public portal');
}

function distinct(ids: readonly (number | null | undefined)[]): number[] {
  return [...new Set(ids.filter((id) => id !== null && id !== undefined))];
}

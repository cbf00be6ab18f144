import type { Actor } from '../../actor.ts';
import { pinningRuling } from '../../jump/jump-client-pinning.ts';
import type { Stores } from '../../stores.ts';
import { requireConfiguration } from '../configuration-rights.ts';
import { accessOf } from '../person-access.ts';
import {
  type ExplainedSessionPermission,
  explainSessionPermissions,
  type SessionPermissionLayer,
  type SessionStartKind,
  sessionPermissionLayers,
} from '../session-permission-rules.ts';
import type { SessionPermissionName } from '../session-permissions.ts';
import { sessionPermissionFacts } from './access-answer.ts';
import { type AccessQuestionDeps, AccessQuestions, afterChanges } from './access-questions.ts';
import {
  AccessReferences,
  type JumpItemReference,
  type NamedUser,
  type UserReference,
} from './access-references.ts';
import { factsOf, type NamedTarget, personIn } from './access-world.ts';
import { requireChangedThings } from './changed-things.ts';
import type { ProposedChange } from './proposed-change.ts';
import { BEGINNINGS, requireBeginning, type SessionStartMethod } from './session-start-method.ts';

export interface SimulationRequest {
  user: UserReference;
  startMethod: SessionStartMethod;
  jumpItem?: JumpItemReference | undefined;
  /** Undefined: the item's, else the default portal. */
  publicPortalId?: number | undefined;
  customerPresent?: boolean | undefined;
  whatIf: readonly ProposedChange[];
}

export interface Simulation {
  user: NamedUser;
  item: NamedTarget | undefined;
  start: SessionStartKind;
  layers: SessionPermissionLayer[];
  permissions: Record<SessionPermissionName, ExplainedSessionPermission>;
  /** Without the changes; undefined when there are none. */
  before: Record<SessionPermissionName, ExplainedSessionPermission> | undefined;
  /** Pinning takes a Jump Item Role beside the session permission. */
  pinning: ReturnType<typeof pinningRuling>;
}

/** The session policy simulator: what a session would permit, and which policy says so. */
export class SessionSimulator {
  readonly #stores: Stores;
  readonly #questions: AccessQuestions;

  constructor(deps: AccessQuestionDeps) {
    this.#stores = deps.stores;
    this.#questions = new AccessQuestions(deps);
  }

  /** Fails with `forbidden`, or `invalid` naming the field. */
  async simulate(actor: Actor, request: SimulationRequest): Promise<Simulation> {
    requireConfiguration(actor);
    const { startMethod, jumpItem, publicPortalId, customerPresent, whatIf } = request;
    const { start } = BEGINNINGS[startMethod];
    const references = new AccessReferences(this.#stores);
    const [user, item] = await Promise.all([
      references.user(request.user, 'user'),
      jumpItem && references.jumpItem(jumpItem, 'jump_item'),
    ]);
    if (item !== undefined) requireBeginning(startMethod, item.kind, 'jump_item');
    await requireChangedThings(this.#stores, whatIf);
    const subject = {
      // Deploying Jump Clients is a question about every Jump Group of the person.
      action: 'pin_jump_client',
      target: item,
      named: item,
      jumpGroup: undefined,
      owner: item?.item,
      destination: undefined,
    } as const;
    const before = await this.#questions.worlds(subject, whatIf, { userIds: [user.id], publicPortalId });
    const circumstances = this.#questions.circumstances(
      { publicPortalId, customerPresent, startMethod },
      true,
    );
    const layersOf = ({
      world,
      subject: { target },
    }: Pick<ReturnType<typeof afterChanges>, 'world' | 'subject'>) => {
      const person = accessOf(factsOf(world, personIn(world, user.id)!));
      const layers = sessionPermissionLayers(person, sessionPermissionFacts(world, target, circumstances));
      return { person, layers };
    };
    const after = layersOf(afterChanges(before, subject, whatIf));
    return {
      user,
      item,
      start,
      layers: after.layers,
      permissions: explainSessionPermissions(after.layers),
      before:
        whatIf.length === 0
          ? undefined
          : explainSessionPermissions(layersOf({ world: before, subject }).layers),
      pinning: pinningRuling(after.person, after.layers),
    };
  }
}

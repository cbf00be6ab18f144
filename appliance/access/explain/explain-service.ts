import { setImmediate as turnOfOthers } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../actor.ts';
import { ApplianceError, invalidField } from '../../errors.ts';
import type { Page, PageRequest } from '../../paging.ts';
import type { Stores } from '../../stores.ts';
import { mayConfigure, requireConfiguration } from '../configuration-rights.ts';
import {
  type ExplainedSessionPermission,
  explainSessionPermissions,
  type SessionPermissionSet,
  sessionPermissions,
} from '../session-permission-rules.ts';
import { SESSION_PERMISSION_NAMES, type SessionPermissionName } from '../session-permissions.ts';
import { type AccessAnswer, answerFor, type Circumstances } from './access-answer.ts';
import {
  type AccessQuestionDeps,
  type AccessQuestionRequest,
  AccessQuestions,
  type AskedCircumstances,
  type AskedSubject,
  afterChanges,
  type FoundSubject,
} from './access-questions.ts';
import { AccessReferences, type NamedUser } from './access-references.ts';
import { type AccessWorld, type PersonFacts, personIn } from './access-world.ts';
import { requireChangedThings } from './changed-things.ts';
import type { ProposedChange } from './proposed-change.ts';
import { type BriefAnswer, briefAnswer, type Standing, standingOf } from './standing.ts';

export interface ExplainRequest extends AccessQuestionRequest {
  whatIf: readonly ProposedChange[];
  /** Who else the changes affect. */
  affected: boolean;
}

export interface Explanation {
  user: NamedUser;
  subject: FoundSubject;
  at: Date;
  answer: AccessAnswer;
  /** Of a session that may be started. */
  permissions: Record<SessionPermissionName, ExplainedSessionPermission> | undefined;
  /** Undefined without changes. `answer` is the one after them. */
  before: { answer: AccessAnswer; permissions: SessionPermissionSet | undefined } | undefined;
  affected: AffectedPeople | undefined;
  /** The caller may not read the configuration: sources are left out. */
  withoutSources: boolean;
}

/** Somebody for whom the changes make a difference. */
export interface AffectedPerson {
  person: PersonFacts;
  before: BriefAnswer;
  after: BriefAnswer;
  /** Session permissions that differ, where sessions may be started before and after. */
  sessionPermissions: SessionPermissionName[];
}

export interface AffectedPeople {
  people: AffectedPerson[];
  /** All of them; `people` are at most `MOST_AFFECTED`. */
  total: number;
}

/** Somebody and what the question comes to for them. */
export interface PersonAnswer {
  person: PersonFacts;
  answer: BriefAnswer;
  standing: Standing | undefined;
}

export interface WhoMayQuery extends AskedSubject, AskedCircumstances {
  /** Only people for whom the answer is this. */
  decision?: 'allow' | 'deny' | undefined;
  search?: string | undefined;
}

const MOST_AFFECTED = 100;

/** Questions about access, answered by the rules that enforce it. Nothing is stored. */
export class ExplainService {
  readonly #stores: Stores;
  readonly #questions: AccessQuestions;

  constructor(deps: AccessQuestionDeps) {
    this.#stores = deps.stores;
    this.#questions = new AccessQuestions(deps);
  }

  /**
   * Why somebody may or may not do something. Whoever configures the site asks about everybody; a signed-in person
   * about themself and saved items they see, and learns no sources. Fails with `invalid` naming the field of what is
   * not there, `forbidden`, or `not_found` for items a person does not see.
   */
  async explain(actor: Actor, request: ExplainRequest): Promise<Explanation> {
    const { whatIf } = request;
    const configures = mayConfigure(actor);
    if (!configures) requireOwnQuestion(actor, request);
    const references = new AccessReferences(this.#stores);
    const [user, subject] = await Promise.all([
      references.user(request.user, 'user'),
      this.#subject(configures, request, references),
    ]);
    await requireChangedThings(this.#stores, whatIf);
    const userIds = request.affected ? undefined : [user.id];
    const before = await this.#questions.worlds(subject, whatIf, {
      userIds,
      publicPortalId: request.publicPortalId,
    });
    const after = afterChanges(before, subject, whatIf);
    const circumstances = this.#questions.circumstances(request, true);
    const answer = answerFor(after.world, known(after.world, user.id), after.subject, circumstances);
    if (!configures && answer.refusal?.code === 'not_found')
      throw new ApplianceError('not_found', answer.refusal.message);
    const was =
      whatIf.length === 0 ? undefined : answerFor(before, known(before, user.id), subject, circumstances);
    return {
      user,
      subject: after.subject,
      at: circumstances.now,
      answer,
      permissions: answer.permissionLayers && explainSessionPermissions(answer.permissionLayers),
      before: was && {
        answer: was,
        permissions: was.permissionLayers && sessionPermissions(was.permissionLayers),
      },
      affected:
        request.affected && whatIf.length > 0
          ? await affectedPeople({ world: before, subject }, after, circumstances)
          : undefined,
      withoutSources: !configures,
    };
  }

  /** Everybody with their answer, in the order of their ids. Fails with `forbidden` or `not_found`. */
  async whoMay(actor: Actor, query: WhoMayQuery, page: PageRequest): Promise<Page<PersonAnswer>> {
    requireConfiguration(actor);
    const subject = await this.#foundForPath(query);
    const world = await this.#questions.worlds(subject, [], { search: query.search });
    const circumstances = this.#questions.circumstances(query, false);
    const wanted = query.decision === undefined ? undefined : query.decision === 'allow';
    const answers: { person: PersonFacts; answer: AccessAnswer }[] = [];
    for await (const person of unhurried(world.people)) {
      const answer = answerFor(world, person, subject, circumstances);
      if (wanted === undefined || answer.allowed === wanted) answers.push({ person, answer });
    }
    return {
      items: answers.slice(page.offset, page.offset + page.limit).map(({ person, answer }) => ({
        person,
        answer: briefAnswer(answer),
        standing: subject.owner && standingOf(world, person, subject.owner),
      })),
      total: answers.length,
    };
  }

  async #subject(
    configures: boolean,
    request: ExplainRequest,
    references: AccessReferences,
  ): Promise<FoundSubject> {
    if (configures) return await this.#questions.subject(request, references);
    // To people, an item that is not there and one they do not see are the same.
    return await this.#foundForPath(request, references);
  }

  async #foundForPath(
    asked: AskedSubject,
    references = new AccessReferences(this.#stores),
  ): Promise<FoundSubject> {
    try {
      return await this.#questions.subject(asked, references);
    } catch (error) {
      const { jumpItem, jumpGroup } = asked;
      const fields = error instanceof ApplianceError ? error.fields : undefined;
      if (jumpItem !== undefined && fields?.jump_item !== undefined)
        throw new ApplianceError('not_found', 'There is no such Jump Item.');
      if (jumpGroup !== undefined && fields?.jump_group !== undefined)
        throw new ApplianceError('not_found', 'There is no such Jump Group.');
      throw error;
    }
  }
}

/** A person without rights to configure asks about themself, about a saved item, as things are. */
function requireOwnQuestion(actor: Actor, request: ExplainRequest): void {
  const { user, jumpItem, whatIf, affected, action, destination } = request;
  const self =
    actor.kind === 'user' &&
    (user.id === actor.userId || user.username?.toLowerCase() === actor.username.toLowerCase());
  if (
    !self ||
    jumpItem?.id === undefined ||
    whatIf.length > 0 ||
    affected ||
    destination !== undefined ||
    action === 'pin_jump_client'
  ) {
    throw new ApplianceError(
      'forbidden',
      'Without the Configuration API permission or administrator rights people may ask about themselves and a Jump Item by its id, nothing else.',
    );
  }
}

function known(world: AccessWorld, userId: number): PersonFacts {
  const person = personIn(world, userId);
  if (person === undefined) throw invalidField('user', 'There is no such user.');
  return person;
}

/** So many people are judged at a time; in between, others who wait for this process get their turn. */
const AT_A_TIME = 250;

async function* unhurried<T>(things: readonly T[]): AsyncGenerator<T> {
  for (const [index, thing] of things.entries()) {
    if (index % AT_A_TIME === AT_A_TIME - 1) await turnOfOthers();
    yield thing;
  }
}

interface Situation {
  world: AccessWorld;
  subject: FoundSubject;
}

async function affectedPeople(
  before: Situation,
  after: Situation,
  asked: Circumstances,
): Promise<AffectedPeople> {
  const circumstances = { ...asked, explain: false };
  const people: AffectedPerson[] = [];
  let total = 0;
  const pairs = before.world.people.map((person, index) => [person, after.world.people[index]!] as const);
  for await (const [person, changed] of unhurried(pairs)) {
    const was = answerFor(before.world, person, before.subject, circumstances);
    const is = answerFor(after.world, changed, after.subject, circumstances);
    const sessionPermissions = was.allowed && is.allowed ? differingPermissions(was, is) : [];
    const same = was.allowed === is.allowed && was.refusal?.reason === is.refusal?.reason;
    if (same && sessionPermissions.length === 0) continue;
    total += 1;
    if (people.length < MOST_AFFECTED)
      people.push({ person, before: briefAnswer(was), after: briefAnswer(is), sessionPermissions });
  }
  return { people, total };
}

function differingPermissions(was: AccessAnswer, is: AccessAnswer): SessionPermissionName[] {
  const [before, after] = [setOf(was.permissionLayers), setOf(is.permissionLayers)];
  if (before === undefined || after === undefined) return [];
  return SESSION_PERMISSION_NAMES.filter((name) => !isDeepStrictEqual(before[name], after[name]));
}

function setOf(layers: AccessAnswer['permissionLayers']): SessionPermissionSet | undefined {
  return layers && sessionPermissions(layers);
}

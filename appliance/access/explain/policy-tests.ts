import { isDeepStrictEqual } from 'node:util';
import type { Actor } from '../../actor.ts';
import { ApplianceError } from '../../errors.ts';
import type { Stores } from '../../stores.ts';
import { requireConfiguration } from '../configuration-rights.ts';
import { resolved } from '../session-permission-rules.ts';
import type { SessionPermissionName, SessionPermissionValue } from '../session-permissions.ts';
import { answerFor } from './access-answer.ts';
import {
  type AccessQuestionDeps,
  type AccessQuestionRequest,
  AccessQuestions,
  afterChanges,
} from './access-questions.ts';
import { AccessReferences } from './access-references.ts';
import { personIn } from './access-world.ts';
import { requireChangedThings } from './changed-things.ts';
import type { ProposedChange } from './proposed-change.ts';
import { type BriefAnswer, briefAnswer } from './standing.ts';

/** What somebody counts on. */
export interface Expectation {
  name: string;
  question: AccessQuestionRequest;
  expect: 'allow' | 'deny';
  /** One of the reasons of refusals. */
  reason?: string | undefined;
  /** Values that the session has to have. */
  sessionPermissions?: { readonly [Name in SessionPermissionName]?: SessionPermissionValue } | undefined;
}

export interface ExpectationResult {
  name: string;
  /** `error`: the question cannot be asked, e.g. because it names somebody who is not there. */
  outcome: 'passed' | 'failed' | 'error';
  actual: BriefAnswer | undefined;
  /** What differs or is wrong, one sentence each. */
  problems: string[];
}

/** Checks expectations against the configuration, or against what it would be after changes. Nothing is stored. */
export class PolicyTests {
  readonly #stores: Stores;
  readonly #questions: AccessQuestions;

  constructor(deps: AccessQuestionDeps) {
    this.#stores = deps.stores;
    this.#questions = new AccessQuestions(deps);
  }

  /** One result for each expectation, in their order. Fails with `forbidden`, or `invalid` for the changes. */
  async run(
    actor: Actor,
    expectations: readonly Expectation[],
    changes: readonly ProposedChange[],
  ): Promise<ExpectationResult[]> {
    requireConfiguration(actor);
    await requireChangedThings(this.#stores, changes);
    const references = new AccessReferences(this.#stores);
    const results: ExpectationResult[] = [];
    // One after another: a long file takes one connection, not all of them.
    for (const expectation of expectations) results.push(await this.#check(expectation, changes, references));
    return results;
  }

  async #check(
    expectation: Expectation,
    changes: readonly ProposedChange[],
    references: AccessReferences,
  ): Promise<ExpectationResult> {
    const { name, question } = expectation;
    try {
      const user = await references.user(question.user, 'user');
      const subject = await this.#questions.subject(question, references);
      const before = await this.#questions.worlds(subject, changes, {
        userIds: [user.id],
        publicPortalId: question.publicPortalId,
      });
      const after = afterChanges(before, subject, changes);
      const circumstances = this.#questions.circumstances(question, false);
      const answer = answerFor(after.world, personIn(after.world, user.id)!, after.subject, circumstances);
      const actual = briefAnswer(answer);
      const problems = [
        ...decisionProblems(expectation, actual),
        ...permissionProblems(expectation, answer.permissionLayers),
      ];
      return { name, outcome: problems.length === 0 ? 'passed' : 'failed', actual, problems };
    } catch (error) {
      if (!(error instanceof ApplianceError) || error.code !== 'invalid') throw error;
      const sentences = Object.entries(error.fields ?? {}).flatMap(([field, lines]) =>
        lines.map((line) => `${field}: ${line}`),
      );
      return {
        name,
        outcome: 'error',
        actual: undefined,
        problems: sentences.length > 0 ? sentences : [error.message],
      };
    }
  }
}

function decisionProblems({ expect, reason }: Expectation, actual: BriefAnswer): string[] {
  const decision = actual.allowed ? 'allow' : 'deny';
  if (decision !== expect)
    return [`expected ${expect}, got ${decision} (${actual.reason}): ${actual.message}`];
  if (reason === undefined || reason === actual.reason) return [];
  return [`expected the reason ${reason}, got ${actual.reason}: ${actual.message}`];
}

function permissionProblems(
  { sessionPermissions = {} }: Expectation,
  layers: ReturnType<typeof answerFor>['permissionLayers'],
): string[] {
  const names = Object.keys(sessionPermissions) as SessionPermissionName[];
  if (names.length > 0 && layers === undefined)
    return ['session_permissions: only questions about sessions have them.'];
  return names.flatMap((name) => {
    const value = resolved(name, layers!);
    if (isDeepStrictEqual(value, sessionPermissions[name])) return [];
    return [`expected ${name}: ${shown(sessionPermissions[name])}, got ${shown(value)}`];
  });
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

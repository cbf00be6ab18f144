import type { UserActor } from '../../actor.ts';
import { explainSetting, rightsOf } from '../effective-settings.ts';
import type { PersonAccess } from '../person-access.ts';
import type { Said } from '../ruling-path.ts';
import type { OpeningRight, UserRight, UserSettingName } from '../user-settings.ts';
import type { AccessAnswer, AnswerStep } from './access-answer.ts';

/** Whom the operations of the configuration API let in. */
export interface OperationAccess {
  /** Undefined: there is no such operation. */
  find(operationId: string):
    | {
        /** Who may call it, as the contract says it. */
        access: string;
        /** A right of people that opens it too. */
        right: OpeningRight | undefined;
        /** Why this person may not; undefined when they may. */
        refusalOf(actor: UserActor): string | undefined;
      }
    | undefined;
}

/** Whether the person has a yes-or-no setting; administrators need none for what it opens. */
export function rightAnswer(person: PersonAccess, right: UserRight): AccessAnswer {
  const { value, source, statements } = explainSetting(right, person.facts.settings, person.facts.policies);
  const allowed = person.administrator || value;
  const why = value ? 'The settings give this right' : 'Administrators need no single rights';
  const step: AnswerStep = {
    rule: 'right',
    allowed,
    message: allowed ? `${why}: ${right}.` : `The settings do not give the right ${right}.`,
    facts: { right },
    said: [{ about: right, value, source, statements }, administratorSaid(person)],
  };
  return answerOfSteps([accountOf(person), step], 'right');
}

/** Whether the person may call an operation as far as its access word decides; services may ask for more. */
export function operationAnswer(
  person: PersonAccess,
  operationId: string,
  operation: NonNullable<ReturnType<OperationAccess['find']>>,
): AccessAnswer {
  const { access, right } = operation;
  const refusal = operation.refusalOf(actorFor(person));
  const said = right === undefined ? [] : [settingSaid(person, right)];
  const step: AnswerStep = {
    rule: 'operation',
    allowed: refusal === undefined,
    message: refusal ?? 'The operation lets this person in.',
    facts: { operation_id: operationId, access, ...(right !== undefined && { right }) },
    said: [...said, administratorSaid(person)],
  };
  return answerOfSteps([accountOf(person), step], 'operation');
}

function actorFor({ facts, administrator, settings }: PersonAccess): UserActor {
  return {
    kind: 'user',
    userId: facts.userId,
    username: facts.username,
    displayName: facts.publicDisplayName,
    administrator,
    rights: rightsOf(settings),
    credentialId: '',
    address: '',
  };
}

function accountOf({ enabled, userId }: PersonAccess): AnswerStep {
  return {
    rule: 'account',
    allowed: enabled,
    message: enabled ? 'The account is enabled.' : 'This account is disabled.',
    facts: { user_id: userId },
    said: [],
  };
}

function administratorSaid(person: PersonAccess): Said {
  return settingSaid(person, 'perm_admin');
}

function settingSaid({ facts }: PersonAccess, name: UserSettingName): Said {
  const { value, source, statements } = explainSetting(name, facts.settings, facts.policies);
  return { about: name, value, source, statements };
}

function answerOfSteps(path: AnswerStep[], reason: string): AccessAnswer {
  const step = path.find(({ allowed }) => !allowed);
  return {
    allowed: step === undefined,
    refusal: step && {
      rule: step.rule,
      code: 'forbidden',
      reason: step.rule === 'account' ? 'account_disabled' : reason,
      message: step.message,
      facts: {},
    },
    path,
    jump: undefined,
    permissionLayers: undefined,
  };
}

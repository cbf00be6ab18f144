import { requireSecurityConfiguration } from '../access/configuration-rights.ts';
import { type JumpRefusal, refused } from '../access/ruling-path.ts';
import { type Actor, actorName, type UserActor } from '../actor.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { ApplianceError } from '../errors.ts';
import type { JumpItem, JumpItemKind } from './jump-item.ts';
import type { JumpPolicyRules } from './jump-policy-ruling.ts';

/** What the ticket system is told: who wants to do what, for which ticket. */
export interface TicketQuestion {
  ticketId: string;
  user: { id: number; username: string; displayName: string };
  jumpItem: { id: number; type: JumpItemKind; name: string };
  jumpGroup: { id: number; type: 'shared' | 'personal'; name: string };
  jumpPolicy: { id: number; displayName: string; codeName: string };
}

/** Why a ticket system gave no answer that counts. */
export type TicketProblem = 'timed_out' | 'unreachable' | 'not_permitted' | 'bad_answer';

export type TicketAnswer =
  | { answer: 'allow' | 'deny'; message: string }
  /** Counts as no. `detail` is for administrators. */
  | { answer: 'none'; problem: TicketProblem; detail: string };

/** The external system that knows which tickets allow a session. */
export interface TicketSystem {
  /** Without one the demand for a ticket ID has no effect, as published. */
  configured(): boolean;
  /** Never fails: what goes wrong is an answer too. Takes no longer than the site setting allows. */
  ask(question: TicketQuestion): Promise<TicketAnswer>;
}

export interface TicketedStart {
  policy: Pick<JumpPolicyRules, 'id' | 'displayName' | 'codeName' | 'ticketIdRequired'> | undefined;
  /** As typed; blank is none. */
  ticketId: string | undefined;
  /** Undefined for a target that is not saved, which has no policy. */
  item: TicketedItem | undefined;
}

export interface TicketedItem
  extends Pick<JumpItem, 'id' | 'kind' | 'name' | 'jumpGroupId' | 'jumpGroupType'> {
  /** Asked only when the ticket system is. */
  jumpGroupName(): Promise<string>;
}

/** Asks for a ticket where a Jump Policy wants one. The last question before a session exists. */
export class TicketCheck {
  readonly #ticketSystem: TicketSystem;
  readonly #auditLog: AuditLog;

  constructor(deps: { ticketSystem: TicketSystem; auditLog: AuditLog }) {
    this.#ticketSystem = deps.ticketSystem;
    this.#auditLog = deps.auditLog;
  }

  /**
   * Call it outside a transaction: another system is waited for. Fails with `forbidden` (no ticket ID, or the ticket
   * does not allow this) or `unavailable` (no answer that counts); the facts carry a `reason`. Both answers are
   * audited.
   */
  async require(actor: UserActor, { policy, ticketId, item }: TicketedStart): Promise<void> {
    if (!policy?.ticketIdRequired || item === undefined || !this.#ticketSystem.configured()) return;
    const missing = ticketIdRefusal(policy, ticketId);
    if (missing !== undefined) throw refused(missing);
    const ticket = (ticketId ?? '').trim();
    const { id, displayName, codeName } = policy;
    const answer = await this.#ticketSystem.ask({
      ticketId: ticket,
      user: { id: actor.userId, username: actor.username, displayName: actor.displayName },
      jumpItem: { id: item.id, type: item.kind, name: item.name },
      jumpGroup: { id: item.jumpGroupId, type: item.jumpGroupType, name: await item.jumpGroupName() },
      jumpPolicy: { id, displayName, codeName },
    });
    await this.#auditLog.record({
      type: answer.answer === 'allow' ? 'jump_policy.ticket_accepted' : 'jump_policy.ticket_refused',
      actor,
      object: { type: 'jump_policy', id, name: displayName },
      after: { ticket_id: ticket, jump_item_id: item.id, jump_item: item.name, ...answer },
    });
    if (answer.answer !== 'allow') throw ticketRefusal(ticket, answer);
  }
}

/** Asks the ticket system for somebody who sets it up. Starts nothing. */
export class TicketSystemTrial {
  readonly #ticketSystem: TicketSystem;

  constructor(ticketSystem: TicketSystem) {
    this.#ticketSystem = ticketSystem;
  }

  async ask(
    actor: Actor,
    ticketId: string,
  ): Promise<{
    answer: 'allow' | 'deny' | 'none';
    message: string;
    problem: TicketProblem | 'not_configured' | null;
    detail: string;
  }> {
    requireSecurityConfiguration(actor);
    if (!this.#ticketSystem.configured()) {
      const detail = 'The site settings name no ticket system.';
      return { answer: 'none', message: '', problem: 'not_configured', detail };
    }
    const { userId: id, displayName } = actor.kind === 'user' ? actor : { userId: 0, displayName: '' };
    const answer = await this.#ticketSystem.ask({
      ticketId,
      user: { id, username: actorName(actor), displayName },
      jumpItem: { id: 0, type: 'shell_jump', name: 'Check of the settings' },
      jumpGroup: { id: 0, type: 'shared', name: '' },
      jumpPolicy: { id: 0, displayName: '', codeName: '' },
    });
    return answer.answer === 'none'
      ? { answer: 'none', message: '', problem: answer.problem, detail: answer.detail }
      : { answer: answer.answer, message: answer.message, problem: null, detail: '' };
  }
}

/** Why a start without ticket ID is refused where there is a ticket system to ask. */
export function ticketIdRefusal(
  policy: Pick<JumpPolicyRules, 'displayName' | 'ticketIdRequired'> | undefined,
  ticketId: string | undefined,
): JumpRefusal | undefined {
  if (!policy?.ticketIdRequired || (ticketId ?? '').trim() !== '') return undefined;
  return {
    rule: 'jump_policy',
    code: 'forbidden',
    reason: 'ticket_id_required',
    message: `The Jump Policy “${policy.displayName}” asks for a ticket ID before a session starts.`,
    facts: {},
  };
}

const PROBLEM_TEXT: Record<TicketProblem, string> = {
  timed_out: 'The ticket system did not answer in time.',
  unreachable: 'The ticket system could not be reached.',
  not_permitted: 'The ticket system may not be called from this appliance.',
  bad_answer: 'The ticket system gave an answer that means nothing.',
};

function ticketRefusal(ticket: string, answer: TicketAnswer): ApplianceError {
  if (answer.answer === 'none') {
    return new ApplianceError(
      'unavailable',
      `${PROBLEM_TEXT[answer.problem]} The ticket ${ticket} could not be checked, so no session was started.`,
      { facts: { reason: 'ticket_check_failed', ticket_problem: answer.problem } },
    );
  }
  const why = answer.message === '' ? '' : ` ${answer.message}`;
  return new ApplianceError(
    'forbidden',
    `The ticket system does not allow this for ticket ${ticket}.${why}`,
    {
      facts: { reason: 'ticket_denied', ticket_message: answer.message },
    },
  );
}

import type { EcmPlugin } from './ecm-host.ts';
import type { EcmPresence, ServingEcmHost } from './ecm-presence.ts';
import type { EcmAnswers, EcmFailure, EcmQuestion, EcmQuestionKind, EcmReply } from './ecm-question.ts';

/** Asks one host, wherever it is connected. Never rejects: `timed_out` and `lost` are replies, too. */
export interface EcmLine {
  ask(
    host: ServingEcmHost,
    question: EcmQuestion,
    options: { timeMs: number; signal: AbortSignal },
  ): Promise<EcmReply>;
}

/** One host was asked. `outcome` is `answered` or the code of its failure. */
export interface EcmAttempt {
  host: ServingEcmHost;
  kind: EcmQuestionKind;
  outcome: 'answered' | EcmFailure['code'];
  milliseconds: number;
}

export interface EcmExchangeDeps {
  presence: Pick<EcmPresence, 'serving'>;
  line: EcmLine;
  /** Milliseconds that only grow. */
  now: () => number;
  onAttempt: (attempt: EcmAttempt) => void;
}

/** So long a question may take, whatever becomes of it: a little less than callers wait. */
export const WHOLE_QUESTION_MS = 19_500;
/** The time is shared so that so many hosts may let it pass. */
const SLOW_HOSTS_THAT_FIT = 3;
const SHORTEST_ATTEMPT_MS = 1_000;
/** A host that did not answer in time is asked last for so long. */
const SLOW_FOR_MS = 60_000;

export const NO_HOST = 'No Endpoint Credential Manager is connected right now.';

type QuestionOf<K extends EcmQuestionKind> = Extract<EcmQuestion, { kind: K }>;

/**
 * Asks the hosts of the Endpoint Credential Manager: the one connected longest first, the next one when it is lost, takes
 * too long or cannot answer. What a plug-in says for good (there is no such credential, it is refused, somebody has it)
 * is an answer, unless the plug-in that the credential belongs to is not well on that host.
 */
export class EcmExchange {
  readonly #deps: EcmExchangeDeps;
  /** By host: until when it is asked last. */
  readonly #slowUntil = new Map<number, number>();

  constructor(deps: EcmExchangeDeps) {
    this.#deps = deps;
  }

  /** Never rejects but for the database. Without any host the reply is `unavailable`. */
  async ask<K extends EcmQuestionKind>(question: QuestionOf<K>, signal: AbortSignal): Promise<EcmReply<K>> {
    const hosts = this.#inOrder(await this.#deps.presence.serving(), question);
    const deadline = this.#deps.now() + WHOLE_QUESTION_MS;
    let best: EcmReply | undefined;
    let slow = 0;
    let doubt = false;
    for (const [index, host] of hosts.entries()) {
      const left = deadline - this.#deps.now();
      if (signal.aborted || (index > 0 && left < SHORTEST_ATTEMPT_MS)) break;
      const share = Math.max(1, Math.min(SLOW_HOSTS_THAT_FIT - slow, hosts.length - index));
      const reply = await this.#attempt(host, question, { timeMs: Math.ceil(left / share), signal });
      if (isFinal(reply, host, question)) return withDoubt(reply, doubt) as EcmReply<K>;
      doubt ||= !saysNo(reply);
      if (reply.failure?.code === 'timed_out') slow += 1;
      best = best === undefined ? reply : better(best, reply);
    }
    best ??= { failure: { code: 'unavailable', message: NO_HOST } };
    return withDoubt(best, doubt) as EcmReply<K>;
  }

  async #attempt(
    host: ServingEcmHost,
    question: EcmQuestion,
    options: { timeMs: number; signal: AbortSignal },
  ): Promise<EcmReply> {
    const { line, now, onAttempt } = this.#deps;
    const began = now();
    const reply = await line.ask(host, question, options);
    const outcome = reply.failure === undefined ? 'answered' : reply.failure.code;
    if (outcome === 'timed_out' && !options.signal.aborted) this.#slowUntil.set(host.id, now() + SLOW_FOR_MS);
    else if (outcome === 'answered') this.#slowUntil.delete(host.id);
    onAttempt({ host, kind: question.kind, outcome, milliseconds: now() - began });
    return reply;
  }

  /** Hosts that can do what is asked, in the order in which they are tried. */
  #inOrder(hosts: readonly ServingEcmHost[], question: EcmQuestion): ServingEcmHost[] {
    const now = this.#deps.now();
    for (const [id, until] of this.#slowUntil) if (until <= now) this.#slowUntil.delete(id);
    const able = hosts.filter((host) => isAble(host, question));
    const ranked = able.map((host) => {
      const plugins = pluginsFor(host, question);
      const lacks = plugins.length === 0 ? 4 : 0;
      const ill = plugins.some(isWell) ? 0 : 1;
      return { host, rank: lacks + (this.#slowUntil.has(host.id) ? 2 : 0) + ill };
    });
    return ranked.sort((one, other) => one.rank - other.rank).map(({ host }) => host);
  }
}

/** Questions about sessions and outside systems are for those hosts alone that have a plug-in for them. */
function isAble({ plugins }: ServingEcmHost, { kind }: EcmQuestion): boolean {
  switch (kind) {
    case 'find_endpoints':
      return plugins.some(({ capabilities }) => capabilities.endpointSearch);
    case 'session_started':
      return plugins.some(({ capabilities }) => capabilities.sessionStarted);
    case 'session_complete':
      return plugins.some(({ capabilities }) => capabilities.sessionComplete);
    default:
      return true;
  }
}

/** The plug-ins of a host that a question concerns: the one a credential belongs to, or all of them. */
function pluginsFor({ plugins }: ServingEcmHost, question: EcmQuestion): EcmPlugin[] {
  if (question.kind !== 'get_credential' && question.kind !== 'release_credential') return plugins;
  const instance = instanceOf(question.credentialId);
  return plugins.filter((plugin) => plugin.instance === instance);
}

/** The plug-in that a credential belongs to, as its host names it. */
export function instanceOf(credentialId: string): string {
  return credentialId.split(':', 1)[0] ?? '';
}

function isWell({ state, health }: EcmPlugin): boolean {
  return state === 'running' && health?.healthy !== false;
}

function isFinal(reply: EcmReply, host: ServingEcmHost, question: EcmQuestion): boolean {
  if (reply.failure === undefined) return !saysNothing(reply.answer);
  if (!saysNo(reply)) return false;
  return reply.failure.code !== 'not_found' || pluginsFor(host, question).some(isWell);
}

/** What was asked for has certainly not been done there. */
function saysNo({ failure }: EcmReply): boolean {
  return failure?.code === 'forbidden' || failure?.code === 'in_use' || failure?.code === 'not_found';
}

function withDoubt(reply: EcmReply, doubt: boolean): EcmReply {
  return reply.failure === undefined || !doubt ? reply : { failure: { ...reply.failure, inDoubt: true } };
}

/** A search in which every plug-in failed: another host may be luckier. */
function saysNothing(answer: EcmAnswers[EcmQuestionKind]): boolean {
  return 'items' in answer && answer.items.length === 0 && answer.problems.length > 0;
}

/** What people are told when nobody could answer for good: the most telling reply, the earlier one of two alike. */
const TELLING: readonly (EcmFailure['code'] | 'answered')[] = [
  'answered',
  'not_found',
  'misconfigured',
  'plugin_failed',
  'unavailable',
  'timed_out',
  'lost',
];

function better(one: EcmReply, other: EcmReply): EcmReply {
  const place = ({ failure }: EcmReply) => TELLING.indexOf(failure?.code ?? 'answered');
  return place(other) < place(one) ? other : one;
}

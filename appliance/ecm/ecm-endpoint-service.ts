import { accessOf } from '../access/person-access.ts';
import type { UserActor } from '../actor.ts';
import { jumpMethodsOf } from '../jump/jump-methods.ts';
import type { Stores } from '../stores.ts';
import type { EcmExchange } from './ecm-exchange.ts';
import type { EcmPresence } from './ecm-presence.ts';
import type { EcmEndpoint } from './ecm-question.ts';
import type { EcmSessions } from './ecm-sessions.ts';

const MOST = 200;
const NOTHING: EcmEndpoints = { items: [], truncated: false, problems: [] };

export interface EcmEndpoints {
  items: EcmEndpoint[];
  /** There are more than are listed. */
  truncated: boolean;
  /** What could not be asked, in words for people. */
  problems: string[];
}

export interface EcmEndpointServiceDeps {
  stores: Pick<Stores, 'accessFacts'>;
  exchange: EcmExchange;
  sessions: EcmSessions;
  presence: Pick<EcmPresence, 'anyApproved'>;
}

/** Systems that credential managers know and that are no Jump Items here. */
export class EcmEndpointService {
  readonly #deps: EcmEndpointServiceDeps;

  constructor(deps: EcmEndpointServiceDeps) {
    this.#deps = deps;
  }

  /** Those that the store shows this person, of kinds that the person may jump to. */
  async search(actor: UserActor, search: string, signal: AbortSignal): Promise<EcmEndpoints> {
    const { stores, exchange, sessions, presence } = this.#deps;
    const facts = await stores.accessFacts.find(actor.userId, { jumpointIds: [], ownerUserIds: [] });
    const methods: string[] = facts === undefined ? [] : jumpMethodsOf(accessOf(facts).settings);
    if (methods.length === 0 || !(await presence.anyApproved())) return NOTHING;
    const session = await sessions.ofPerson(actor.userId);
    const { answer, failure } = await exchange.ask(
      { kind: 'find_endpoints', session, search, limit: MOST },
      signal,
    );
    if (failure) return { ...NOTHING, problems: [failure.message] };
    return {
      items: answer.items.filter(({ type }) => methods.includes(type)),
      truncated: answer.truncated,
      problems: answer.problems.map(({ instance, message }) => `${instance}: ${message}`),
    };
  }
}

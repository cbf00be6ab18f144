import { accessOf } from '../access/person-access.ts';
import type { UserActor } from '../actor.ts';
import type { Clock } from '../clock.ts';
import type { JumpItemKind } from '../jump/jump-item.ts';
import { jumpMethodsOf } from '../jump/jump-methods.ts';
import type { Stores } from '../stores.ts';
import type { EcmEndpointHandles } from './ecm-endpoint-handles.ts';
import type { EcmExchange } from './ecm-exchange.ts';
import type { EcmPresence } from './ecm-presence.ts';
import type { EcmEndpoint } from './ecm-question.ts';
import type { EcmSessions } from './ecm-sessions.ts';

const MOST = 200;
const NOTHING: EcmEndpoints = { items: [], truncated: false, problems: [] };

/** A system as it is listed to one person. */
export interface OfferedEndpoint extends EcmEndpoint {
  /** See `EcmEndpointHandles`. */
  handle: string;
}

export interface EcmEndpoints {
  items: OfferedEndpoint[];
  /** There are more than are listed. */
  truncated: boolean;
  /** What could not be asked, in words for people. */
  problems: string[];
}

export interface EcmEndpointServiceDeps {
  stores: Pick<Stores, 'accessFacts'>;
  exchange: EcmExchange;
  sessions: EcmSessions;
  presence: Pick<EcmPresence, 'anyApproved' | 'serving'>;
  handles: EcmEndpointHandles;
  clock: Clock;
}

/** Systems that credential managers know and that are no Jump Items here. */
export class EcmEndpointService {
  readonly #deps: EcmEndpointServiceDeps;

  constructor(deps: EcmEndpointServiceDeps) {
    this.#deps = deps;
  }

  /**
   * The kinds that a search of this person may find now: those that the person may jump to, while a host is connected
   * that can search. No host is asked.
   */
  async kinds(actor: UserActor): Promise<JumpItemKind[]> {
    const kinds = await this.#methodsOf(actor);
    if (kinds.length === 0) return [];
    const serving = await this.#deps.presence.serving();
    const able = serving.some(({ plugins }) => plugins.some((plugin) => plugin.capabilities.endpointSearch));
    return able ? kinds : [];
  }

  /** Those that the store shows this person, of kinds that the person may jump to. */
  async search(actor: UserActor, search: string, signal: AbortSignal): Promise<EcmEndpoints> {
    const { exchange, sessions, presence, handles, clock } = this.#deps;
    const types: string[] = await this.#methodsOf(actor);
    if (types.length === 0 || !(await presence.anyApproved())) return NOTHING;
    const session = await sessions.ofPerson(actor.userId);
    const { answer, failure } = await exchange.ask(
      { kind: 'find_endpoints', session, types, search, limit: MOST },
      signal,
    );
    if (failure) return { ...NOTHING, problems: [failure.message] };
    const now = clock.now();
    return {
      items: answer.items
        .filter(({ type }) => types.includes(type))
        .map((endpoint) => ({ ...endpoint, handle: handles.issue(actor.userId, endpoint, now) })),
      truncated: answer.truncated,
      problems: answer.problems.map(({ instance, message }) => `${instance}: ${message}`),
    };
  }

  async #methodsOf({ userId }: UserActor): Promise<JumpItemKind[]> {
    const facts = await this.#deps.stores.accessFacts.find(userId, { jumpointIds: [], ownerUserIds: [] });
    return facts === undefined ? [] : jumpMethodsOf(accessOf(facts).settings);
  }
}

import { randomUUID } from 'node:crypto';
import type { NodeBus } from '../sessions/node-bus.ts';
import type { EcmLine } from './ecm-exchange.ts';
import type { ServingEcmHost } from './ecm-presence.ts';
import type { EcmQuestion, EcmReply } from './ecm-question.ts';
import type { EcmRequest, EcmRequests } from './ecm-requests.ts';

/** Hints over the bus may be lost, so both ends look at the rows now and then. */
const LOOK_FOR_REPLY_MS = 500;
const LOOK_FOR_REQUESTS_MS = 1_000;

export const LOST: EcmReply = {
  failure: { code: 'lost', message: 'The Endpoint Credential Manager was disconnected.' },
};
export const TIMED_OUT: EcmReply = {
  failure: { code: 'timed_out', message: 'The Endpoint Credential Manager did not answer in time.' },
};

/** The hosts connected to this process. */
export interface LocalEcmHosts {
  readonly count: number;
  /** `lost` when that connection is not here. Never rejects. */
  ask(
    host: Pick<ServingEcmHost, 'id' | 'connectionId'>,
    question: EcmQuestion,
    options: { timeMs: number; signal: AbortSignal },
  ): Promise<EcmReply>;
}

export interface EcmSwitchboardDeps {
  /** This process. */
  nodeId: string;
  local: LocalEcmHosts;
  requests: EcmRequests;
  bus: NodeBus;
  onError: (error: unknown) => void;
}

type Options = Parameters<EcmLine['ask']>[2];

/**
 * Reaches every host of the site: those of this process at once, those of another one by a row that its process takes
 * and answers. Does the same for the questions of others to the hosts here.
 */
export class EcmSwitchboard implements EcmLine {
  readonly #deps: EcmSwitchboardDeps;
  /** Own requests at other processes, by id: looks whether the reply is there. */
  readonly #asked = new Map<string, () => void>();
  /** Requests of others under way here. */
  readonly #answering = new Map<string, AbortController>();
  readonly #work = new Set<Promise<unknown>>();
  #subscriptions: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: EcmSwitchboardDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { bus, nodeId, local } = this.#deps;
    this.#subscriptions = [
      bus.subscribe('ecm.asked', (message) => {
        if (message.node_id === nodeId) this.#run(this.#takeRequests());
      }),
      bus.subscribe('ecm.answered', ({ request_id: id }) => this.#asked.get(String(id))?.()),
      bus.subscribe('ecm.dropped', ({ request_id: id }) => this.#answering.get(String(id))?.abort()),
    ];
    this.#timer = setInterval(() => {
      if (local.count > 0) this.#run(this.#takeRequests());
    }, LOOK_FOR_REQUESTS_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    for (const controller of this.#answering.values()) controller.abort();
    await Promise.allSettled(this.#work);
  }

  async ask(host: ServingEcmHost, question: EcmQuestion, options: Options): Promise<EcmReply> {
    const { nodeId, local } = this.#deps;
    if (host.nodeId === nodeId) return await local.ask(host, question, options);
    return await this.#askElsewhere(host, question, options);
  }

  async #askElsewhere(host: ServingEcmHost, question: EcmQuestion, options: Options): Promise<EcmReply> {
    const { requests, nodeId, bus, onError } = this.#deps;
    const id = randomUUID();
    const { id: ecmHostId, connectionId } = host;
    try {
      const request = { id, ecmHostId, connectionId, question, timeLeftMs: options.timeMs };
      await requests.insert({ ...request, nodeId: host.nodeId, askingNodeId: nodeId });
    } catch (error) {
      // Its process or its enrolment went in this very moment.
      onError(error);
      return LOST;
    }
    const replied = this.#replyTo(id, options);
    await bus.publish('ecm.asked', { request_id: id, node_id: host.nodeId }).catch(onError);
    const reply = await replied;
    await requests.delete(id).catch(onError);
    if (reply === TIMED_OUT) {
      await bus.publish('ecm.dropped', { request_id: id, node_id: host.nodeId }).catch(onError);
    }
    return reply;
  }

  /** Looks at each hint and now and then. */
  #replyTo(id: string, { timeMs, signal }: Options): Promise<EcmReply> {
    const { requests, onError } = this.#deps;
    return new Promise((resolve) => {
      const settle = (reply: EcmReply) => {
        clearTimeout(late);
        clearInterval(poll);
        signal.removeEventListener('abort', giveUp);
        this.#asked.delete(id);
        resolve(reply);
      };
      const giveUp = () => settle(TIMED_OUT);
      const look = () => {
        requests.stateOf(id).then((state) => {
          if (state === 'lost') settle(LOST);
          else if (state !== 'waiting') settle(state);
        }, onError);
      };
      const late = setTimeout(giveUp, timeMs);
      const poll = setInterval(look, LOOK_FOR_REPLY_MS);
      signal.addEventListener('abort', giveUp);
      this.#asked.set(id, look);
      if (signal.aborted) giveUp();
    });
  }

  async #takeRequests(): Promise<void> {
    for (const request of await this.#deps.requests.take(this.#deps.nodeId)) this.#run(this.#answer(request));
  }

  async #answer(request: EcmRequest): Promise<void> {
    const { local, requests, bus } = this.#deps;
    const controller = new AbortController();
    this.#answering.set(request.id, controller);
    try {
      const reply = await local.ask(
        { id: request.ecmHostId, connectionId: request.connectionId },
        request.question,
        { timeMs: Math.max(1, request.timeLeftMs), signal: controller.signal },
      );
      if (controller.signal.aborted) return;
      if (await requests.reply(request.id, reply)) {
        await bus.publish('ecm.answered', { request_id: request.id });
      }
    } finally {
      this.#answering.delete(request.id);
    }
  }

  #run(work: Promise<unknown>): void {
    const settled = work.catch(this.#deps.onError).finally(() => this.#work.delete(settled));
    this.#work.add(settled);
  }
}

import { randomUUID } from 'node:crypto';
import { ApplianceError } from '../../errors.ts';
import type { Jumpoint } from '../../jump/jumpoint.ts';
import type { BusMessage, NodeBus } from '../../sessions/node-bus.ts';
import type { Stores } from '../../stores.ts';
import type { VaultEndpoint } from '../vault-endpoint.ts';
import type { HostTaskResult, HostTasks } from './host-tasks.ts';
import { fingerprintOf, hostKeyFrom } from './ssh-host-key.ts';

/** A host key as a host showed it just now. */
export interface SeenHostKey {
  /** Kind and base64. */
  hostKey: string;
  /** `SHA256:...` as OpenSSH prints it. */
  fingerprint: string;
}

export interface HostKeyScansDeps {
  stores: Stores;
  tasks: HostTasks;
  bus: NodeBus;
  /** How long another process may take, milliseconds. Default 30,000. */
  patienceMs?: number;
}

/**
 * Reads SSH host keys through the Jumpoints that reach them. Where a Jumpoint is connected to another process, that one
 * is asked over the bus; what is asked and answered is no secret. An answer that is lost is asked for again by a person.
 */
export class HostKeyScans {
  readonly #deps: HostKeyScansDeps;
  readonly #waiting = new Map<string, (result: HostTaskResult) => void>();
  readonly #subscriptions: (() => void)[] = [];

  constructor(deps: HostKeyScansDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { bus } = this.#deps;
    this.#subscriptions.push(
      bus.subscribe('host_key.wanted', (message) => void this.#answer(message).catch(() => undefined)),
      bus.subscribe('host_key.seen', ({ request_id: id, outcome, code, detail, host_key: hostKey }) => {
        this.#waiting.get(String(id))?.({
          outcome: outcome === 'done' ? 'done' : 'unchanged',
          code: code === '' ? undefined : (code as HostTaskResult['code']),
          detail: String(detail),
          hostKey: String(hostKey),
        });
      }),
    );
  }

  stop(): void {
    for (const unsubscribe of this.#subscriptions.splice(0)) unsubscribe();
  }

  /**
   * Fails with `invalid` when the endpoint names no Jumpoint or is none that it may dial, and with `unavailable` when the
   * host or the Jumpoint cannot be reached.
   */
  async scan(endpoint: VaultEndpoint): Promise<SeenHostKey> {
    const { jumpoints } = this.#deps.stores;
    const jumpoint = endpoint.jumpointId === null ? undefined : await jumpoints.findById(endpoint.jumpointId);
    if (jumpoint === undefined) {
      throw new ApplianceError(
        'invalid',
        `The endpoint ${endpoint.name} names no Jumpoint to reach it through. Set jumpoint_id of the endpoint.`,
      );
    }
    const here = await this.#scanHere(endpoint, jumpoint);
    const {
      outcome,
      code,
      detail,
      hostKey = '',
    } = here.code === 'jumpoint-not-connected' && jumpoint.connected ? await this.#ask(endpoint, here) : here;
    if (outcome !== 'done') {
      throw new ApplianceError(code === 'not-allowed' ? 'invalid' : 'unavailable', detail);
    }
    const known = hostKeyFrom(hostKey);
    if (known === undefined) {
      throw new ApplianceError(
        'unavailable',
        `${endpoint.hostname} shows a host key of a kind that is not used any more.`,
      );
    }
    return { hostKey: known, fingerprint: fingerprintOf(known) };
  }

  async #scanHere(endpoint: VaultEndpoint, jumpoint: Jumpoint): Promise<HostTaskResult> {
    return await this.#deps.tasks.run({
      kind: 'ssh.host-key',
      subject: `host key ${randomUUID()}`,
      jumpoint,
      hostname: endpoint.hostname,
      port: endpoint.port,
      hostKey: '',
    });
  }

  async #ask(endpoint: VaultEndpoint, otherwise: HostTaskResult): Promise<HostTaskResult> {
    const { bus, patienceMs = 30_000 } = this.#deps;
    const id = randomUUID();
    const { promise, resolve } = Promise.withResolvers<HostTaskResult>();
    const timer = setTimeout(() => resolve(otherwise), patienceMs);
    this.#waiting.set(id, resolve);
    try {
      await bus.publish('host_key.wanted', { request_id: id, endpoint_id: endpoint.id });
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Another process asks. Only those answer to whom the Jumpoint is connected. */
  async #answer({ request_id: id, endpoint_id: endpointId }: BusMessage): Promise<void> {
    if (this.#waiting.has(String(id))) return;
    const { stores, bus } = this.#deps;
    const endpoint = await stores.vaultEndpoints.findById(Number(endpointId));
    const jumpoint = await stores.jumpoints.findById(endpoint?.jumpointId ?? 0);
    if (endpoint === undefined || jumpoint === undefined) return;
    const { outcome, code = '', detail, hostKey = '' } = await this.#scanHere(endpoint, jumpoint);
    if (code === 'jumpoint-not-connected') return;
    await bus.publish('host_key.seen', {
      request_id: String(id),
      outcome,
      code,
      detail: detail.slice(0, 500),
      host_key: hostKey.slice(0, 2500),
    });
  }
}

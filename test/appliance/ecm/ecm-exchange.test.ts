import { describe, expect, it } from 'vitest';
import { type EcmAttempt, EcmExchange } from '../../../appliance/ecm/ecm-exchange.ts';
import type { EcmPlugin } from '../../../appliance/ecm/ecm-host.ts';
import type { ServingEcmHost } from '../../../appliance/ecm/ecm-presence.ts';
import type { EcmFailure, EcmQuestion, EcmReply, EcmSession } from '../../../appliance/ecm/ecm-question.ts';

const SESSION: EcmSession = {
  lsid: undefined,
  user: { id: 1, username: '', displayName: '', emailAddress: '', distinguishedName: '', provider: '' },
  jumpItem: undefined,
  endpointId: undefined,
};
const FIND = { kind: 'find_credentials', session: SESSION, search: '', limit: 10 } as const;
const GET = {
  kind: 'get_credential',
  session: SESSION,
  credentialId: 'store:root',
  sealTo: { publicKey: '', context: '' },
} as const;
const COMPLETE = { kind: 'session_complete', session: SESSION } as const;

function plugin(change: Partial<EcmPlugin> = {}): EcmPlugin {
  return {
    instance: 'store',
    name: '',
    version: '',
    description: '',
    state: 'running',
    capabilities: { health: false, endpointSearch: false, sessionStarted: false, sessionComplete: false },
    health: undefined,
    problem: undefined,
    ...change,
  };
}

function host(id: number, plugins: EcmPlugin[] = [plugin()]): ServingEcmHost {
  return { id, name: `host ${id}`, nodeId: '', connectionId: '', plugins };
}

const failed = (code: EcmFailure['code'], message: string = code): EcmReply => ({
  failure: { code, message },
});
const found = (...labels: string[]): EcmReply => ({
  answer: { items: labels.map((label) => ({ id: `store:${label}`, label })), truncated: false, problems: [] },
});
const nothing: EcmReply = {
  answer: { items: [], truncated: false, problems: [{ instance: 'store', code: 'x', message: 'sealed' }] },
};
/** Lets its time pass. */
const SLOW = 'slow';

/** Hosts in the order in which they connected, and what each says; the clock moves by what they take. */
class World {
  now = 0;
  readonly asked: [id: number, timeMs: number][] = [];
  readonly attempts: EcmAttempt[] = [];
  readonly exchange: EcmExchange;
  hosts: ServingEcmHost[];
  says: Record<number, EcmReply | typeof SLOW>;

  constructor(hosts: ServingEcmHost[], says: Record<number, EcmReply | typeof SLOW>) {
    this.hosts = hosts;
    this.says = says;
    this.exchange = new EcmExchange({
      presence: { serving: async () => this.hosts },
      line: {
        ask: async ({ id }, _question, { timeMs }) => {
          this.asked.push([id, timeMs]);
          const said = this.says[id]!;
          this.now += said === SLOW ? timeMs : 1;
          return said === SLOW ? failed('timed_out') : said;
        },
      },
      now: () => this.now,
      onAttempt: (attempt) => this.attempts.push(attempt),
    });
  }

  async ask(question: EcmQuestion): Promise<EcmReply> {
    this.asked.length = 0;
    return await this.exchange.ask(question as typeof FIND, new AbortController().signal);
  }

  get order(): number[] {
    return this.asked.map(([id]) => id);
  }
}

describe('hosts of the Endpoint Credential Manager are asked', () => {
  it('in the order in which they connected, until one answers', async () => {
    const world = new World([host(7), host(3), host(5)], { 7: found('a'), 3: found('b'), 5: found('c') });
    expect(await world.ask(FIND)).toEqual(found('a'));
    expect(world.order).toEqual([7]);
    world.hosts = [host(3), host(5), host(7)];
    expect(await world.ask(FIND)).toEqual(found('b'));
  });

  it.each(['unavailable', 'misconfigured', 'plugin_failed', 'lost', 'timed_out'] as const)(
    'one after the other when one says %s',
    async (code) => {
      const world = new World([host(1), host(2)], { 1: failed(code), 2: found('b') });
      expect(await world.ask(FIND)).toEqual(found('b'));
      expect(world.attempts.map(({ outcome }) => outcome)).toEqual([code, 'answered']);
    },
  );

  it.each(['not_found', 'forbidden', 'in_use'] as const)('no further when one says %s', async (code) => {
    const world = new World([host(1), host(2)], { 1: failed(code), 2: found('b') });
    expect(await world.ask(GET)).toEqual(failed(code));
    expect(world.order).toEqual([1]);
  });

  it.each([
    ['is broken', plugin({ state: 'broken' })],
    ['is not healthy', plugin({ health: { healthy: false, detail: '' } })],
  ])('further when it is not there but the plug-in %s', async (_what, ill) => {
    const world = new World([host(1, [ill]), host(2, [ill])], {
      1: failed('not_found', 'not here'),
      2: failed('unavailable'),
    });
    expect(await world.ask(GET)).toMatchObject(failed('not_found', 'not here'));
    expect(world.order).toEqual([1, 2]);
  });

  it('where the plug-in of the credential is and is well, first', async () => {
    const world = new World(
      [
        host(1, [plugin({ instance: 'other' })]),
        host(2, [plugin({ state: 'restarting' })]),
        host(3, [plugin({ instance: 'other' }), plugin()]),
      ],
      { 1: failed('not_found'), 2: failed('unavailable'), 3: failed('unavailable', 'sealed') },
    );
    expect(await world.ask(GET)).toMatchObject(failed('not_found'));
    expect(world.order).toEqual([3, 2, 1]);
  });

  it.each(['lost', 'timed_out', 'plugin_failed', 'unavailable'] as const)(
    'so that one that says %s may have given it, whatever the next one says',
    async (code) => {
      const world = new World([host(1), host(2)], { 1: failed(code), 2: failed('in_use', 'Bob has it.') });
      expect(await world.ask(GET)).toEqual({
        failure: { code: 'in_use', message: 'Bob has it.', inDoubt: true },
      });
      world.hosts = [host(2), host(1)];
      expect(await world.ask(GET)).toEqual(failed('in_use', 'Bob has it.'));
    },
  );

  it('again when every plug-in of one failed to search; what is found nowhere is told by the first', async () => {
    const world = new World([host(1), host(2)], { 1: nothing, 2: found('b') });
    expect(await world.ask(FIND)).toEqual(found('b'));
    world.says = { 1: nothing, 2: failed('unavailable') };
    expect(await world.ask(FIND)).toEqual(nothing);
  });

  it('about sessions only when they have a plug-in for it', async () => {
    const able = plugin({
      capabilities: { health: false, endpointSearch: false, sessionStarted: false, sessionComplete: true },
    });
    const world = new World([host(1), host(2, [able])], { 2: { answer: {} } });
    expect(await world.ask(COMPLETE)).toEqual({ answer: {} });
    expect(world.order).toEqual([2]);
    world.hosts = [host(1)];
    expect((await world.ask(COMPLETE)).failure?.code).toBe('unavailable');
  });

  it('so that three slow ones fit into the whole time', async () => {
    const hosts = [1, 2, 3, 4, 5].map((id) => host(id));
    const world = new World(hosts, { 1: SLOW, 2: SLOW, 3: SLOW, 4: SLOW, 5: found('e') });
    expect((await world.ask(FIND)).failure?.code).toBe('timed_out');
    expect(world.order).toEqual([1, 2, 3]);
    expect(world.now).toBeLessThanOrEqual(19_500);
    // Slow ones are last for a while.
    expect(await world.ask(FIND)).toEqual(found('e'));
    expect(world.order).toEqual([4, 5]);
    world.now += 61_000;
    world.says[1] = found('a');
    expect(await world.ask(FIND)).toEqual(found('a'));
    expect(world.order).toEqual([1]);
  });

  it('for the whole time when there is one alone', async () => {
    const world = new World([host(1)], { 1: SLOW });
    await world.ask(FIND);
    expect(world.asked).toEqual([[1, 19_500]]);
    expect(await world.ask(FIND)).toMatchObject({ failure: { code: 'timed_out' } });
  });

  it('with quick failures costing nobody time', async () => {
    const world = new World([host(1), host(2), host(3), host(4)], {
      1: failed('lost'),
      2: failed('unavailable'),
      3: SLOW,
      4: found('d'),
    });
    expect(await world.ask(FIND)).toEqual(found('d'));
    expect(world.order).toEqual([1, 2, 3, 4]);
  });
});

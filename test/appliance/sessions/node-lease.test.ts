import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Leases, NodeLease } from '../../../appliance/sessions/node-lease.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
});
afterEach(() => vi.useRealTimers());

describe('the lease of a server process', () => {
  it('is renewed as long as the database answers, and nothing is let go', async () => {
    const { lease, heard, beats } = await started();
    await vi.advanceTimersByTimeAsync(61_000);
    expect(beats()).toBe(30);
    expect(heard).toEqual([]);
    await lease.stop();
  });

  it('is over when the database does not answer for its length, though it gives no error either', async () => {
    const { lease, heard, answers } = await started();
    await vi.advanceTimersByTimeAsync(4_500);
    answers.hang = true;
    await vi.advanceTimersByTimeAsync(9_000);
    expect(heard).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(heard).toEqual(['let go', 'another way']);
    await lease.stop();
  });

  it('is over when every renewal fails for its length, and begins again when one gets through', async () => {
    const { lease, heard, answers } = await started();
    answers.fail = true;
    await vi.advanceTimersByTimeAsync(9_900);
    expect(heard).toEqual(Array(4).fill('the database is away'));
    heard.length = 0;
    await vi.advanceTimersByTimeAsync(200);
    expect(heard).toEqual(['the database is away', 'let go', 'another way']);
    heard.length = 0;
    answers.fail = false;
    await vi.advanceTimersByTimeAsync(2_000);
    // Nobody took it for dead: it ends what it carried all the same, since its connections are gone.
    expect(heard).toEqual(['let go', 'cleared up', 'registered', 'regained']);
    heard.length = 0;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(heard).toEqual([]);
    await lease.stop();
  });

  it('begins again when the others took the process for dead', async () => {
    const { lease, heard, answers } = await started();
    answers.held = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(heard).toEqual(['let go', 'cleared up', 'registered', 'regained']);
    await lease.stop();
  });

  it('is not taken for lost when the answer was only waiting in a busy process', async () => {
    const { lease, heard, answers } = await started();
    let answer: (held: boolean) => void = () => undefined;
    answers.next = new Promise((resolve) => {
      answer = resolve;
    });
    await vi.advanceTimersByTimeAsync(2_000);
    vi.advanceTimersByTime(7_999);
    // The process wakes: the time is over and the answer is there, in one turn.
    setTimeout(() => answer(true), 1);
    vi.advanceTimersByTime(1);
    await vi.advanceTimersByTimeAsync(500);
    expect(heard).toEqual([]);
    await lease.stop();
  });

  it('is quiet once the process stops', async () => {
    const { lease, heard, answers } = await started();
    answers.hang = true;
    await vi.advanceTimersByTimeAsync(3_000);
    lease.retire();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(heard).toEqual([]);
  });

  it('is not taken anew by a process that stops while it clears up', async () => {
    const { lease, heard, answers } = await started();
    answers.held = false;
    answers.clearing = new Promise((resolve) => setTimeout(resolve, 3_000));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(heard).toEqual(['let go', 'cleared up']);
    await lease.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(heard).toEqual(['let go', 'cleared up']);
  });
});

/** A lease on a database whose answers the test decides; `heard` is what happened, in order. */
async function started() {
  const heard: string[] = [];
  const answers = {
    held: true,
    hang: false,
    fail: false,
    next: undefined as Promise<boolean> | undefined,
    clearing: undefined as Promise<void> | undefined,
  };
  let beats = 0;
  const nodes: Leases = {
    register: async () => void heard.push('registered'),
    async beat() {
      beats += 1;
      if (answers.fail) throw new Error('the database is away');
      if (answers.hang) return await new Promise(() => undefined);
      return (await answers.next) ?? answers.held;
    },
    live: async () => [],
    remove: async () => undefined,
  };
  const lease = new NodeLease({
    nodes,
    nodeUrl: 'http://127.0.0.1',
    hostname: 'here',
    vaultKeys: () => [],
    letGo: () => heard.push('let go'),
    reconnect: () => heard.push('another way'),
    async clearUp() {
      heard.push('cleared up');
      await answers.clearing;
    },
    regained: () => heard.push('regained'),
    onError: (error) => heard.push((error as Error).message),
  });
  await lease.start();
  heard.length = 0;
  return { lease, heard, answers, beats: () => beats };
}

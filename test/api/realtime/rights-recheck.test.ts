import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type OpenWork, RightsRecheck } from '../../../api/realtime/rights-recheck.ts';

function openWork(lsidsByUser: Record<number, string[]>, refused: readonly string[] = []) {
  const asked: number[] = [];
  const ended: string[] = [];
  let atOnce = 0;
  let most = 0;
  const work: OpenWork = {
    lsidsByUser: () => new Map(Object.entries(lsidsByUser).map(([id, lsids]) => [Number(id), lsids])),
    async noLongerAllowed(userId, lsids) {
      asked.push(userId);
      atOnce += 1;
      most = Math.max(most, atOnce);
      await sleep(1);
      atOnce -= 1;
      return lsids.filter((lsid) => refused.includes(lsid));
    },
    async end(lsid) {
      ended.push(lsid);
    },
  };
  return { work, asked, ended, most: () => most };
}

it('asks once for each person, however many sessions, and ends what is no longer allowed', async () => {
  const { work, asked, ended, most } = openWork({ 1: ['a', 'b'], 2: ['c'], 3: ['d'] }, ['b', 'd']);
  await new RightsRecheck(work).ask('everyone');
  expect(asked).toEqual([1, 2, 3]);
  expect(ended).toEqual(['b', 'd']);
  expect(most()).toBe(1);
});

it('asks for one person alone, and for nobody without open work', async () => {
  const { work, asked } = openWork({ 1: ['a'], 2: ['c'] });
  const recheck = new RightsRecheck(work);
  await recheck.ask(2);
  await recheck.ask(9);
  expect(asked).toEqual([2]);
});

it('loses nobody when hints arrive in one breath and the first is about somebody without open work', async () => {
  const { work, asked, ended } = openWork({ 1: ['a'], 2: ['c'] }, ['a', 'c']);
  const recheck = new RightsRecheck(work);
  await Promise.all([recheck.ask(9), recheck.ask(1)]);
  expect(ended).toEqual(['a']);
  await Promise.all([recheck.ask(9), recheck.ask(2)]);
  expect(asked).toEqual([1, 2]);
  expect(ended).toEqual(['a', 'c']);
});

it('makes one more pass of what is asked for during a pass, however often', async () => {
  const { work, asked } = openWork({ 1: ['a'], 2: ['c'] });
  const recheck = new RightsRecheck(work);
  const all = [recheck.ask('everyone'), ...Array.from({ length: 50 }, () => recheck.ask('everyone'))];
  await Promise.all(all);
  expect(asked.length).toBeLessThanOrEqual(4);
  expect(asked.slice(-2)).toEqual([1, 2]);
});

it('leaves nobody unchecked after a failure', async () => {
  const { work, asked } = openWork({ 1: ['a'], 2: ['b'] });
  let fails = true;
  const recheck = new RightsRecheck({
    ...work,
    noLongerAllowed: async (userId, lsids) => {
      if (fails) throw new Error('no database');
      return await work.noLongerAllowed(userId, lsids);
    },
  });
  await expect(recheck.ask('everyone')).rejects.toThrow('no database');
  fails = false;
  await recheck.ask(2);
  expect(asked).toEqual([1, 2]);
});

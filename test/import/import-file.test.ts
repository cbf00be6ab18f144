import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ImportWorld, importWorld } from './import-world.ts';

let world: ImportWorld;
beforeAll(async () => {
  world = await importWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.sql`delete from jump_item`;
});

const MIXED = [
  'shelljump_hostname,remote_rdp_hostname,local_jump_hostname,name,group,jumpoint,port,protocol,tag,external_id',
  'web1.example.com,,,Web 1,kiosks,berlin,2222,ssh,blue,CI1',
  ',win1.example.com,,Win 1,servers,local,,,,CI2',
  ',,pc7,PC 7,kiosks,,,,,',
  '',
].join('\n');

describe('a file of several kinds', () => {
  it('creates every item with its defaults', async () => {
    const job = await world.import(MIXED);
    expect(job).toMatchObject({
      state: 'succeeded',
      createdCount: 3,
      updatedCount: 0,
      rowsBad: 0,
      failure: null,
    });
    expect(await world.items()).toMatchObject([
      {
        kind: 'shell_jump',
        name: 'Web 1',
        hostname: 'web1.example.com',
        port: 2222,
        tag: 'blue',
        external_id: 'CI1',
        settings: { protocol: 'ssh', terminal: 'xterm', keep_alive: 0 },
      },
      { kind: 'remote_rdp', name: 'Win 1', settings: { quality: 'best_performance', console: false } },
      { kind: 'local_jump', name: 'PC 7', jumpoint_id: null, external_id: null, settings: {} },
    ]);
  });

  it('changes nothing the second time', async () => {
    await world.import(MIXED);
    const before = await world.items();
    const job = await world.import(MIXED);
    expect(job).toMatchObject({ state: 'succeeded', createdCount: 0, updatedCount: 0, unchangedCount: 3 });
    expect(await world.items()).toEqual(before);
  });
});

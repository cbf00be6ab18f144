import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMINISTRATOR, type ImportWorld, importWorld } from './import-world.ts';

let world: ImportWorld;
beforeAll(async () => {
  world = await importWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.sql`delete from jump_item`;
});

const rows = (...lines: string[]) =>
  ['shelljump_hostname,name,group,jumpoint,external_id', ...lines, ''].join('\n');

describe('which item a row means', () => {
  it('is told by external_id, wherever the item is and whatever it is called', async () => {
    await world.import(rows('h1,A,kiosks,berlin,X1'));
    const [before] = await world.items();
    const job = await world.import(rows('h2,Renamed,servers,local,X1'));
    expect(job).toMatchObject({ createdCount: 0, updatedCount: 1 });
    expect(await world.items()).toMatchObject([
      { id: before!.id, name: 'Renamed', hostname: 'h2', revision: 2 },
    ]);
  });

  it('is told by kind, group and name, ignoring case, when there is none', async () => {
    await world.import(rows('h1,Till 1,kiosks,berlin,'));
    const job = await world.import(rows('h2,TILL 1,kiosks,berlin,', 'h3,Till 1,servers,berlin,'));
    expect(job).toMatchObject({ createdCount: 1, updatedCount: 1 });
    expect(await world.items()).toMatchObject([{ name: 'TILL 1', hostname: 'h2' }, { hostname: 'h3' }]);
  });

  it('may be an item without external_id, which gets the one of the row', async () => {
    await world.import(rows('h1,A,kiosks,berlin,'));
    expect(await world.import(rows('h1,A,kiosks,berlin,X7'))).toMatchObject({
      createdCount: 0,
      updatedCount: 1,
    });
    expect(await world.items()).toMatchObject([{ external_id: 'X7' }]);
    expect(await world.import(rows('h1,A,kiosks,berlin,'))).toMatchObject({ unchangedCount: 1 });
    expect(await world.items()).toMatchObject([{ external_id: 'X7' }]);
  });

  it('is an error when several items fit, unless the id of one is given', async () => {
    const [group] = await world.sql`select id from jump_group where code_name = 'kiosks'`;
    const [jumpoint] = await world.sql`select id from jumpoint where code_name = 'berlin'`;
    for (const hostname of ['h1', 'h2']) {
      await world.sql`insert into jump_item (kind, name, hostname, jump_group_id, jumpoint_id)
                      values ('vpro', 'Twin', ${hostname}, ${group!.id}, ${jumpoint!.id})`;
    }
    const header = 'vpro_hostname,name,group,jumpoint,id';
    const job = await world.import(`${header}\nnew,twin,kiosks,berlin,\n`);
    expect(await world.problems(job)).toEqual([
      '2 name: Several Jump Items of this kind have this name in the group. Give their external_id.',
    ]);
    const [first, second] = await world.items();
    const told = await world.import(
      `${header}\nnew1,Twin,kiosks,berlin,${first!.id}\nh2,Twin,kiosks,berlin,${second!.id}\n`,
    );
    expect(told).toMatchObject({ state: 'succeeded', updatedCount: 1, unchangedCount: 1 });
    expect(await world.items()).toMatchObject([{ hostname: 'new1' }, { hostname: 'h2' }]);
  });

  it('is an error when the external_id belongs to another kind or a personal item', async () => {
    await world.import(rows('h1,A,kiosks,berlin,X1'));
    const job = await world.import('vpro_hostname,name,group,jumpoint,external_id\nh,A,kiosks,berlin,X1\n');
    expect(await world.problems(job)).toEqual([
      '2 external_id: This external_id belongs to a Jump Item of another kind, or to a personal one.',
    ]);
  });

  it('must not be meant by a second row, which is told where the first one is', async () => {
    await world.import(rows('h0,Old,kiosks,berlin,X0'));
    const text = rows(
      'h1,A,kiosks,berlin,',
      'h2,a,KIOSKS,berlin,',
      'h3,B,kiosks,berlin,X1',
      'h4,C,kiosks,berlin,X1',
      'h5,D,kiosks,berlin,X2',
      'h6,D,kiosks,berlin,X3',
      'h7,D,kiosks,berlin,',
      'h8,Old,kiosks,berlin,X0',
      'h9,Old,kiosks,berlin,',
    );
    const refused = await world.import(text);
    expect(refused).toMatchObject({ state: 'failed', rowsBad: 0 + 4 });
    expect(await world.problems(refused)).toEqual([
      '3 name: Line 2 already names this Jump Item.',
      '5 external_id: Line 4 already names this Jump Item.',
      '8 name: Line 6 already names this Jump Item.',
      '10 name: Line 9 already names this Jump Item.',
    ]);
    const kept = await world.import(text, { mode: 'keep_good_rows' });
    expect(kept).toMatchObject({ state: 'succeeded', createdCount: 4, updatedCount: 1, rowsBad: 4 });
    const again = await world.import(text, { mode: 'keep_good_rows' });
    expect(again).toMatchObject({
      state: 'succeeded',
      createdCount: 0,
      updatedCount: 0,
      unchangedCount: 5,
      rowsBad: 4,
    });
  });
});

describe('values the file does not speak of', () => {
  const full = 'shelljump_hostname,name,group,jumpoint,port,tag,jump_policy,keep_alive\n';

  it('stay when their column is missing, and go back to the default when the cell is empty', async () => {
    await world.import(`${full}h1,A,kiosks,berlin,2222,blue,weekdays,30\n`);
    await world.import('shelljump_hostname,name,group,jumpoint\nh2,A,kiosks,berlin\n');
    const [weekdays] = await world.sql<{ id: number }[]>`
      select id from jump_policy where code_name = 'weekdays'`;
    expect(await world.items()).toMatchObject([
      { hostname: 'h2', port: 2222, tag: 'blue', jump_policy_id: weekdays!.id, settings: { keep_alive: 30 } },
    ]);
    await world.import(`${full}h2,A,kiosks,berlin,,,,\n`);
    expect(await world.items()).toMatchObject([
      { port: 22, tag: '', jump_policy_id: null, settings: { keep_alive: 0 } },
    ]);
  });

  it('let a port that only followed from the protocol follow the new one', async () => {
    const header = 'shelljump_hostname,name,group,jumpoint,protocol\n';
    await world.import(`${header}h1,A,kiosks,berlin,ssh\n`);
    await world.import(`${header}h1,A,kiosks,berlin,telnet\n`);
    expect(await world.items()).toMatchObject([{ port: 23, settings: { protocol: 'telnet' } }]);
  });
});

describe('removing what the file no longer names', () => {
  const text = rows('h1,A,kiosks,berlin,', 'h2,B,kiosks,berlin,', 'h3,C,servers,berlin,');
  const shorter = rows('h1,A,kiosks,berlin,');

  beforeEach(async () => {
    await world.import(text);
    await world.import('vpro_hostname,name,group,jumpoint\nv,V,kiosks,berlin\n');
  });

  it('stops for agreement, then removes in the groups and of the kinds of the file', async () => {
    const job = await world.import(shorter, { prune: 'apply' });
    expect(job).toMatchObject({ state: 'validated', prunedCount: 1, unchangedCount: 1 });
    expect(await world.items()).toHaveLength(4);
    await world.service.apply(ADMINISTRATOR, job.id);
    expect(await world.atRest(job.id)).toMatchObject({ state: 'succeeded', prunedCount: 1 });
    expect((await world.items()).map(({ name }) => name)).toEqual(['A', 'C', 'V']);
    const [audit] =
      await world.sql`select object_name, before ->> 'hostname' as hostname, after from audit_event
      where event_type = 'jump_item.deleted' order by id desc limit 1`;
    expect(audit).toEqual({ object_name: 'B', hostname: 'h2', after: null });
  });

  it('may look at every group', async () => {
    const job = await world.import(shorter, { prune: 'apply', pruneScope: 'all_groups' });
    expect(job).toMatchObject({ state: 'validated', prunedCount: 2 });
  });

  it('only counts when previewed', async () => {
    const job = await world.import(shorter, { prune: 'preview' });
    expect(job).toMatchObject({ state: 'succeeded', prunedCount: 1 });
    expect(await world.items()).toHaveLength(4);
  });

  it('goes straight on when there is nothing to remove', async () => {
    expect(await world.import(text, { prune: 'apply' })).toMatchObject({
      state: 'succeeded',
      prunedCount: 0,
    });
  });

  it('stops again when more would be removed than was agreed to', async () => {
    const job = await world.import(shorter, { prune: 'apply' });
    await world.import(rows('h9,Newcomer,kiosks,berlin,'));
    await world.service.apply(ADMINISTRATOR, job.id);
    expect(await world.atRest(job.id)).toMatchObject({ state: 'validated', prunedCount: 2 });
    expect(await world.items()).toHaveLength(5);
  });

  it('is refused together with keeping good rows', async () => {
    await expect(world.import(shorter, { prune: 'apply', mode: 'keep_good_rows' })).rejects.toMatchObject({
      code: 'invalid',
      fields: { prune: [expect.stringContaining('all_or_nothing')] },
    });
  });
});

describe('a dry run', () => {
  it('counts, changes nothing, and can be applied once', async () => {
    await world.import(rows('h1,A,kiosks,berlin,'));
    const job = await world.import(rows('h2,A,kiosks,berlin,', 'h3,B,kiosks,berlin,'), { dryRun: true });
    expect(job).toMatchObject({ state: 'validated', createdCount: 1, updatedCount: 1 });
    expect(await world.items()).toHaveLength(1);
    await world.service.apply(ADMINISTRATOR, job.id);
    expect(await world.atRest(job.id)).toMatchObject({
      state: 'succeeded',
      createdCount: 1,
      updatedCount: 1,
    });
    await expect(world.service.apply(ADMINISTRATOR, job.id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('with bad rows cannot be applied', async () => {
    const job = await world.import(rows('h1,A,nowhere,berlin,'), { dryRun: true });
    expect(job).toMatchObject({ state: 'validated', rowsBad: 1 });
    await expect(world.service.apply(ADMINISTRATOR, job.id)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('a single item by parameters', () => {
  const parameters = {
    shelljump_hostname: 'h1',
    name: 'One',
    group: 'kiosks',
    jumpoint: 'berlin',
    port: '2200',
  };

  it('is created, then found unchanged, then updated', async () => {
    const outcomes = [];
    for (const change of [{}, {}, { port: '2300' }]) {
      outcomes.push(await world.service.importOne(ADMINISTRATOR, { ...parameters, ...change }));
    }
    expect(outcomes).toEqual([{ outcome: 'created' }, { outcome: 'unchanged' }, { outcome: 'updated' }]);
    expect(await world.items()).toMatchObject([{ name: 'One', port: 2300, settings: { protocol: 'ssh' } }]);
    expect(
      await world.sql`select 1 from import_row where not exists (select 1 from import_job j where j.id = job_id)`,
    ).toHaveLength(0);
  });

  it('is made once by simultaneous calls', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => world.service.importOne(ADMINISTRATOR, parameters)),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    expect(await world.items()).toHaveLength(1);
  });

  it('is refused with every problem', async () => {
    const refused = await world.service.importOne(ADMINISTRATOR, {
      ...parameters,
      group: 'x',
      port: '99999',
    });
    expect(refused).toMatchObject({
      outcome: 'refused',
      problems: [{ column: 'group' }, { column: 'port' }],
    });
    expect(await world.service.importOne(ADMINISTRATOR, { colour: 'red' })).toMatchObject({
      outcome: 'refused',
      problems: [{ column: 'colour', reason: 'There is no parameter "colour".' }],
    });
  });

  it('needs full access to the command API or the right to configure', async () => {
    const actor = {
      kind: 'api_account' as const,
      apiAccountId: 1,
      name: 'reader',
      commandLevel: 'read_only' as const,
      permissions: new Set<never>(),
      address: '127.0.0.1',
    };
    await expect(world.service.importOne(actor, parameters)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await world.service.importOne({ ...actor, commandLevel: 'full_access' }, parameters)).toEqual({
      outcome: 'created',
    });
  });
});

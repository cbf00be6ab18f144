import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { JUMP_ITEM_KINDS } from '../../appliance/jump/jump-item.ts';
import { type ImportWorld, importWorld } from './import-world.ts';

let world: ImportWorld;
beforeAll(async () => {
  world = await importWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  await world.sql`delete from jump_item`;
  await world.sql`delete from jump_group where code_name not in ('kiosks', 'servers')`;
});

const MIXED = [
  'shelljump_hostname,remote_rdp_hostname,local_jump_hostname,name,group,jumpoint,port,protocol,tag,external_id',
  'web1.example.com,,,Web 1,kiosks,berlin,2222,ssh,blue,CI1',
  ',win1.example.com,,Win 1,servers,local,,,,CI2',
  ',,pc7,PC 7,kiosks,,,,,',
  '',
].join('\n');
const HEADER = 'shelljump_hostname,name,group,jumpoint';

describe('a file of several kinds', () => {
  it('creates every item with its defaults', async () => {
    const job = await world.import(MIXED);
    expect(job).toMatchObject({ state: 'succeeded', createdCount: 3, rowsBad: 0, failure: null });
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

  it('writes an audit row for each change, with what changed before and after', async () => {
    await world.import(MIXED);
    await world.import(MIXED.replace('blue', 'green'));
    const rows = await world.sql`
      select event_type, actor_name, object_name, before, after from audit_event
       where event_type like 'jump_item.%' order by id desc limit 4`;
    expect(rows[0]).toMatchObject({
      event_type: 'jump_item.updated',
      actor_name: 'admin',
      object_name: 'Web 1',
      before: { tag: 'blue' },
      after: { tag: 'green' },
    });
    expect(rows.slice(1).map((row) => [row.event_type, row.after.name])).toEqual([
      ['jump_item.created', 'PC 7'],
      ['jump_item.created', 'Win 1'],
      ['jump_item.created', 'Web 1'],
    ]);
  });

  it('has a template for each kind that it reads without complaint', async () => {
    for (const kind of JUMP_ITEM_KINDS) {
      const header = world.service.template(kind).trim().split(',');
      const values: Record<string, string> = {
        name: `From template ${kind}`,
        group: 'kiosks',
        jumpoint: 'berlin',
        webjump_url: 'https://intranet.example.com/',
        tcp_tunnels: '8080;80',
        networktunnel_filter_rules: '"[{""ip_addresses"":{""cidr"":""10.0.0.0/8""}}]"',
      };
      const cells = header.map(
        (column) => values[column] ?? (column.endsWith('_hostname') ? 'host.example.com' : ''),
      );
      const job = await world.import(`${header.join(',')}\n${cells.join(',')}\n`);
      expect([kind, job.state, await world.problems(job)]).toEqual([kind, 'succeeded', []]);
    }
    expect((await world.items()).map(({ kind }) => kind)).toEqual([...JUMP_ITEM_KINDS]);
  });
});

describe('the shape of a file', () => {
  it.each([
    ['semicolons', 'shelljump_hostname;name;group;jumpoint\nh;A, B;kiosks;berlin\n'],
    ['tabs', 'shelljump_hostname\tname\tgroup\tjumpoint\nh\tA, B\tkiosks\tberlin\n'],
    ['a byte order mark and CRLF', `\uFEFF${HEADER}\r\nh,"A, B",kiosks,berlin\r\n`],
    [
      'a byte order mark and quoted headings',
      `\uFEFF"shelljump_hostname","name","group","jumpoint"\nh,"A, B",kiosks,berlin`,
    ],
    ['CR alone', `${HEADER}\rh,"A, B",kiosks,berlin\r`],
    ['blank and empty lines', `${HEADER}\n\n,,,\nh,"A, B",kiosks,berlin\n\n`],
    [
      'headings as people write them',
      'Hostname / IP,Name,Jump Group,Jumpoint,Type\nh,"A, B",Kiosks,BERLIN,Shell Jump\n',
    ],
  ])('may have %s', async (_, text) => {
    const job = await world.import(text);
    expect(await world.problems(job)).toEqual([]);
    expect(await world.items()).toMatchObject([{ kind: 'shell_jump', name: 'A, B', hostname: 'h' }]);
  });

  it('may hold one kind under general headings when the kind is chosen', async () => {
    const job = await world.import('Hostname,Name,Jump Group,Jumpoint\nvnc1,V,kiosks,local\n', {
      kind: 'remote_vnc',
    });
    expect(await world.problems(job)).toEqual([]);
    expect(await world.items()).toMatchObject([{ kind: 'remote_vnc', hostname: 'vnc1', port: 5900 }]);
  });

  it('keeps line breaks inside quotes and still counts lines', async () => {
    const job = await world.import(
      `${HEADER},comments\r\nh1,A,kiosks,berlin,"one\r\ntwo\r\nthree"\r\nh2,B,nowhere,berlin,\r\n`,
      { mode: 'keep_good_rows' },
    );
    expect(await world.problems(job)).toEqual([
      '5 group: There is no Jump Group with the code name "nowhere".',
    ]);
    expect(await world.items()).toMatchObject([{ name: 'A', comments: 'one\r\ntwo\r\nthree' }]);
  });

  it.each([
    [
      'Latin-1',
      Buffer.from(`${HEADER}\nh,ok,kiosks,berlin\nh2,M\u00fcnchen,kiosks,berlin\n`, 'latin1'),
      '3 : This line is not UTF-8 text.',
    ],
    ['UTF-16', Buffer.from(`\uFEFF${HEADER}\n`, 'utf16le'), '1 : The file is UTF-16 text.'],
    ['a NUL', Buffer.from(`${HEADER}\nh,a\0b,kiosks,berlin\n`), '2 : This line contains a NUL character.'],
    [
      'an open quote',
      Buffer.from(`${HEADER}\nh,ok,kiosks,berlin\nh2,"open,kiosks,berlin\n`),
      '3 : A quote is opened',
    ],
    ['a broken quote', Buffer.from(`${HEADER}\nh,"a"b,kiosks,berlin\n`), '2 : After a closing quote'],
    ['nothing', Buffer.from(''), '0 : The file contains no rows.'],
    ['only headings', Buffer.from(`${HEADER}\n`), '0 : The file contains no rows.'],
    [
      'an unknown column',
      Buffer.from(`${HEADER},colour\nh,A,kiosks,berlin,red\n`),
      '1 colour: There is no column "colour".',
    ],
    [
      'a column twice',
      Buffer.from(`${HEADER},name\nh,A,kiosks,berlin,A\n`),
      '1 name: This column occurs twice.',
    ],
    [
      'two headings of one meaning',
      Buffer.from(`${HEADER},Jump Group\nh,A,kiosks,berlin,x\n`),
      '1 Jump Group: This column means the same as "group".',
    ],
  ])('is refused as a whole with the line for %s', async (_, content, problem) => {
    const job = await world.import(content, { mode: 'keep_good_rows' });
    expect(job.state).toBe('failed');
    expect((await world.problems(job))[0]).toContain(problem);
    expect(job.failure).toContain('Nothing was imported.');
    expect(await world.items()).toEqual([]);
  });

  it('is refused at the line that never ends, without reading the rest into memory', async () => {
    const job = await world.import(`${HEADER}\nh,"open${'x'.repeat(3_000_000)}`);
    expect((await world.problems(job))[0]).toContain('2 : This row is longer than 65536 characters.');
  });

  it('may be JSON lines, each with the members it needs', async () => {
    const lines = [
      { shelljump_hostname: 'h1', name: 'A', group: 'kiosks', jumpoint: 'berlin', port: 2200 },
      {
        type: 'remote_rdp',
        hostname: 'w1',
        name: 'B',
        group: 'kiosks',
        jumpoint: 'berlin',
        console: true,
        tag: null,
      },
    ].map((line) => JSON.stringify(line));
    const job = await world.import(`${lines.join('\n')}\n\n`, { format: 'json_lines' });
    expect(await world.problems(job)).toEqual([]);
    expect(await world.items()).toMatchObject([
      { port: 2200 },
      { kind: 'remote_rdp', settings: { console: true } },
    ]);
  });

  it('names what is wrong with a JSON line', async () => {
    const lines = [
      '{"name":',
      '[1]',
      '{"type":"vpro","color":1}',
      '{"type":"vpro","name":{"a":1}}',
      '{"name":"a\\u0000b"}',
    ];
    const job = await world.import(lines.join('\n'), { format: 'json_lines' });
    expect(await world.problems(job)).toMatchObject([
      '1 : This line is not valid JSON.',
      '2 : This line is not a JSON object.',
      '3 color: There is no column "color".',
      '4 name: This must be text, a number, true or false.',
      '5 name: This contains a NUL character.',
      expect.stringContaining('5 : The type of this row is not clear'),
    ]);
  });
});

describe('rows that cannot be imported', () => {
  it('are all reported with line, column, value and reason, and nothing is imported', async () => {
    const header =
      'type,hostname,name,group,jumpoint,port,tag,jump_policy,session_policy,remote_rdp_hostname,quality';
    const rows = [
      'shell_jump,h1,A,kiosks,berlin,22,,weekdays,full_permissions,,',
      'shell_jump,h2,,kiosks,berlin,0,,,,,',
      'teleport,h3,C,kiosks,berlin,,,,,,',
      'shell_jump,,D,kiosks,,,,,,,',
      `shell_jump,h5,${'n'.repeat(129)},kiosks,berlin,,${'t'.repeat(1025)},,,,`,
      'shell_jump,h6,F,kiosks,paris,,,never,nobody,,',
      'local_jump,h7,G,,,,,,,,',
      'local_jump,h8,H,kiosks,,22,,,,,low',
      ',,I,kiosks,,,,,,,',
      'remote_rdp,,J,kiosks,berlin,,,,,w1,superb',
      'local_jump,h9,K,kiosks',
    ];
    const job = await world.import([header, ...rows].join('\n'));
    expect(job).toMatchObject({ state: 'failed', rowsValidated: 11, rowsBad: 10, createdCount: 0 });
    expect(job.failure).toBe('10 rows have problems. Nothing was imported.');
    expect(await world.problems(job)).toEqual([
      '3 name: name is required.',
      '3 port: port must be from 1 to 65535.',
      `4 type: There is no type "teleport". It is one of ${JUMP_ITEM_KINDS.join(', ')}.`,
      '5 jumpoint: jumpoint is required.',
      '5 shelljump_hostname: shelljump_hostname is required.',
      '6 name: name may have at most 128 characters, not 129.',
      '6 tag: tag may have at most 1024 characters, not 1025.',
      '7 jump_policy: There is no Jump Policy with the code name "never".',
      '7 session_policy: There is no session policy for Jump Items with the code name "nobody".',
      '7 jumpoint: There is no Jumpoint with the code name "paris".',
      '8 group: group is required: the code name of a Jump Group.',
      '9 port: A Local Jump has no port; leave it empty.',
      '9 quality: A Local Jump has no quality; leave it empty.',
      expect.stringContaining('10 : The type of this row is not clear'),
      '11 quality: quality must be one of low, performance, performance_quality, quality, best_performance, lossless.',
      '12 : This row has 4 cells; the header has 11.',
    ]);
    expect(await world.items()).toEqual([]);
  });

  it('are left out when the good rows are to be kept', async () => {
    const text = `${HEADER}\nh1,A,kiosks,berlin\nh2,B,nowhere,berlin\nh3,C,kiosks,berlin\n`;
    const job = await world.import(text, { mode: 'keep_good_rows' });
    expect(job).toMatchObject({ state: 'succeeded', createdCount: 2, rowsBad: 1 });
    expect((await world.items()).map(({ name }) => name)).toEqual(['A', 'C']);
  });

  it('include rules over several cells', async () => {
    const text = [
      'type,name,group,jumpoint,hostname,url,tcp_tunnels,tunnel_type,webjump_url',
      'protocol_tunnel,T,kiosks,berlin,h,,22;x,,',
      'web_jump,W,kiosks,berlin,,,,,ftp://h',
    ].join('\n');
    const problems = await world.problems(await world.import(text));
    expect(problems).toMatchObject([
      expect.stringContaining('2 tcp_tunnels: tcp_tunnels must be local and remote ports in pairs'),
      expect.stringContaining('3 webjump_url: webjump_url must be a web address'),
    ]);
  });
});

describe('Jump Groups that do not exist', () => {
  const text = `${HEADER}\nh1,A,tills,berlin\nh2,B,Tills,berlin\nh3,C,pumps,berlin\n`;

  it('are created when asked for, once each, and used', async () => {
    const job = await world.import(text, { createGroups: true });
    expect(job).toMatchObject({ state: 'succeeded', createdCount: 3, groupsCreated: 2 });
    const again = await world.import(text);
    expect(again).toMatchObject({ state: 'succeeded', unchangedCount: 3 });
    const created =
      await world.sql`select object_name from audit_event where event_type = 'jump_group.created'
      and object_name in ('tills', 'Tills', 'pumps')`;
    expect(created.length).toBe(2);
  });

  it('are counted and not created by a dry run', async () => {
    const job = await world.import(text, { createGroups: true, dryRun: true });
    expect(job).toMatchObject({ state: 'validated', createdCount: 3, groupsCreated: 2, rowsBad: 0 });
    expect(await world.sql`select 1 from jump_group where code_name = 'pumps'`).toHaveLength(0);
  });

  it('cannot be created under a name that is no code name or belongs to another group', async () => {
    const job = await world.import(`${HEADER}\nh1,A,big tills,berlin\nh2,B,All servers,berlin\n`, {
      createGroups: true,
    });
    expect(await world.problems(job)).toEqual([
      '2 group: A Jump Group cannot be created with this code name: 1 to 64 letters, digits, _ or -.',
      '3 group: The Jump Group of this name has the code name "servers"; give that.',
    ]);
  });
});

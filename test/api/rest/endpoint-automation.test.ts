import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { testPerson } from '../../support/test-person.ts';

const BASE = '/endpoint-automation';
/** Built-in Jump Item Role “Start Sessions Only”. */
const START_ONLY = 2;

let appliance: TestAppliance;
let api: Call;
let servers: number;
let kiosks: number;

beforeAll(async () => {
  appliance = await testAppliance();
  api = configurationCalls(appliance.api);
  await liftRateLimits(appliance);
  servers = (await api('POST', '/jump-group', { name: 'Servers' })).body.id;
  kiosks = (await api('POST', '/jump-group', { name: 'Kiosks' })).body.id;
});
afterAll(() => appliance?.stop());

/** What a Jump Client leaves in the database when it registers; answers the id of its Jump Item. */
async function jumpClient(client: {
  machine: number;
  name: string;
  group: number;
  system?: string;
  tag?: string;
}): Promise<number> {
  const { sql } = appliance;
  const [item] = await sql<{ id: number }[]>`
    insert into jump_item (kind, name, hostname, jump_group_id, tag, private_ip)
    values ('jump_client', ${client.name}, ${`host-${client.machine}`}, ${client.group}, ${client.tag ?? ''},
            ${`10.0.0.${client.machine}`})
    returning id`;
  await sql`
    insert into jump_client (jump_item_id, machine_id, operating_system, last_connected_at)
    values (${item!.id}, ${`00000000-0000-0000-0000-${String(client.machine).padStart(12, '0')}`},
            ${client.system ?? 'Debian GNU/Linux 12'}, now())`;
  return item!.id;
}

const job = (changes: object) => ({
  name: 'Clean up',
  start_at: '2030-01-31T22:00:00.250Z',
  operating_system: 'Linux',
  payload: { cmd: 'sh ./clean-up.sh', script: 'rm -rf /var/tmp/old' },
  ...changes,
});

describe('scripts', () => {
  it('are created and read, and name who made them', async () => {
    const input = { name: 'Disk', cmd: 'sh disk.sh', script: 'df -h', operating_system: 'Linux' };
    const made = await api('POST', `${BASE}/script`, { ...input, resource_ids: [] });
    expect(made).toMatchObject({
      status: 201,
      body: { ...input, description: '', tag: '', resource_ids: [], created_by_user_id: null },
    });
    expect(made.body.created_by_api_account_id).toEqual(expect.any(Number));
    expect((await api('GET', `${BASE}/script/${made.body.id}`)).body).toEqual(made.body);
    expect((await api('GET', `${BASE}/script`)).body).toEqual([made.body]);
    expect((await api('GET', `${BASE}/script/${made.body.id}/resource`)).body).toEqual([]);
    expect((await api('GET', `${BASE}/script/4711/resource`)).status).toBe(404);
    const refused = await api('POST', `${BASE}/script`, { ...input, resource_ids: [7] });
    expect(refused).toMatchObject({ status: 422, body: { errors: { resource_ids: [expect.any(String)] } } });
    const tooMany = Array.from({ length: 21 }, (_, n) => n + 1);
    expect((await api('POST', `${BASE}/script`, { ...input, resource_ids: tooMany })).status).toBe(422);
    expect((await api('POST', `${BASE}/script`, { ...input, operating_system: 'OS/2' })).status).toBe(422);
    expect((await api('PATCH', `${BASE}/script/${made.body.id}`, {})).status).toBe(405);
  });

  it('come with the resources they name, in that order', async () => {
    const { sql } = appliance;
    await sql`insert into endpoint_automation_resource (id, file_name, file_size, hash)
              values (101, 'one.zip', 1, 'aa'), (102, 'two.zip', 2, 'bb')`;
    expect((await api('GET', `${BASE}/resource`)).body).toMatchObject([{ id: 101 }, { id: 102 }]);
    expect((await api('GET', `${BASE}/resource/102`)).body).toMatchObject({
      file_name: 'two.zip',
      file_size: 2,
    });
    expect((await api('GET', `${BASE}/resource/103`)).status).toBe(404);
    const { body: script } = await api('POST', `${BASE}/script`, {
      name: 'With files',
      cmd: 'x',
      script: 'y',
      operating_system: 'Mac',
      resource_ids: [102, 101],
    });
    expect(script.resource_ids).toEqual([102, 101]);
    const resources = (await api('GET', `${BASE}/script/${script.id}/resource`)).body;
    expect(resources.map(({ id }: { id: number }) => id)).toEqual([102, 101]);
  });
});

describe('endpoints and jobs', () => {
  let first: number;
  let windows: number;

  beforeAll(async () => {
    first = await jumpClient({ machine: 1, name: 'Web server', group: servers, tag: 'web' });
    await jumpClient({ machine: 1, name: 'Web server for kiosks', group: kiosks });
    windows = await jumpClient({ machine: 2, name: 'Kiosk', group: kiosks, system: 'Windows 11 Pro' });
  });

  it('show the Jump Clients of one machine as one endpoint', async () => {
    const { body } = await api('GET', `${BASE}/endpoint`);
    expect(body).toEqual([
      {
        id: first,
        operating_system_type: 'Linux',
        names: ['Web server', 'Web server for kiosks'],
        hostname: 'host-1',
        tags: ['web'],
        public_ip: '',
        private_ip: '10.0.0.1',
        is_active: true,
        jump_group_id: [servers, kiosks],
      },
      expect.objectContaining({ id: windows, operating_system_type: 'Windows' }),
    ]);
    expect((await api('GET', `${BASE}/endpoint/${first}`)).body).toEqual(body[0]);
    expect((await api('GET', `${BASE}/endpoint/${first + 1}`)).status).toBe(404);
    const ids = async (query: string) =>
      (await api('GET', `${BASE}/endpoint?${query}`)).body.map(({ id }: { id: number }) => id);
    expect(await ids('operating_system=Windows')).toEqual([windows]);
    expect(await ids('names=web%20SERVER%20for%20kiosks')).toEqual([first]);
    expect(await ids(`jump_group_id=${kiosks}`)).toEqual([first, windows]);
    expect(await ids(`jump_group_id=${kiosks}&tags=web`)).toEqual([]);
    expect(await ids('tags=WEB&private_ip=10.0.0.1&hostname=host-1')).toEqual([first]);
    expect((await api('GET', `${BASE}/endpoint?operating_system=OS2`)).status).toBe(422);
  });

  it('keep a job with one waiting execution for each endpoint', async () => {
    const made = await api('POST', `${BASE}/job`, job({ endpoint_ids: [first, first], tag: 'nightly' }));
    expect(made).toMatchObject({
      status: 201,
      body: {
        name: 'Clean up',
        notes: '',
        start_at: '2030-01-31T22:00:00+00:00',
        tag: 'nightly',
        finished_timestamp: null,
        payload: { cmd: 'sh ./clean-up.sh', script: 'rm -rf /var/tmp/old', resources: [] },
      },
    });
    const path = `${BASE}/job/${made.body.id}`;
    expect((await api('GET', path)).body).toEqual(made.body);
    expect((await api('GET', `${BASE}/job?name=CLEAN%20up`)).body).toEqual([made.body]);
    expect((await api('GET', `${path}/execution`)).body).toEqual([
      expect.objectContaining({ state: 'pending', endpoint_id: first, started_running_timestamp: null }),
    ]);
    expect((await api('GET', `${BASE}/job/4711/execution`)).status).toBe(404);
    await appliance.sql`delete from jump_item where id = ${await jobOnDoomed()}`;
  });

  /** A machine that is deleted later leaves the execution behind without it. */
  async function jobOnDoomed(): Promise<number> {
    const doomed = await jumpClient({ machine: 9, name: 'Doomed', group: servers });
    expect((await api('POST', `${BASE}/job`, job({ endpoint_ids: [doomed] }))).status).toBe(201);
    return doomed;
  }

  it('refuse machines that do not exist or have another system, by name', async () => {
    for (const [ids, sentence] of [
      [[first, 4711], /4711/],
      [[first + 1], /There is no endpoint/],
      [[windows], /operating system/],
    ] as const) {
      const refused = await api('POST', `${BASE}/job`, job({ endpoint_ids: ids }));
      expect(refused).toMatchObject({
        status: 422,
        body: { errors: { endpoint_ids: [expect.stringMatching(sentence)] } },
      });
    }
    expect((await api('POST', `${BASE}/job`, job({ endpoint_ids: [] }))).status).toBe(422);
    expect((await api('POST', `${BASE}/job`, job({}))).status).toBe(422);
    expect((await api('POST', `${BASE}/job`, job({ endpoint_ids: [first], start_at: 'now' }))).status).toBe(
      422,
    );
    const resources = { cmd: 'x', script: 'y', resource_ids: [4711] };
    expect(
      await api('POST', `${BASE}/job`, job({ endpoint_ids: [first], payload: resources })),
    ).toMatchObject({ status: 422, body: { errors: { 'payload.resource_ids': [expect.any(String)] } } });
  });

  it('are for people with perm_endpoint_automation, each as far as it goes', async () => {
    const none = await testPerson(appliance, 'no_automation');
    const user = await testPerson(appliance, 'uses_automation', { perm_endpoint_automation: 'user' });
    const other = await testPerson(appliance, 'uses_it_too', { perm_endpoint_automation: 'user' });
    const administrator = await testPerson(appliance, 'runs_automation', {
      perm_endpoint_automation: 'administrator',
    });
    await api('POST', `/jump-group/${servers}/user`, { user_id: user.id, jump_item_role_id: START_ONLY });
    for (const path of ['script', 'resource', 'job', 'endpoint']) {
      expect([path, (await none.call('GET', `${BASE}/${path}`)).status]).toEqual([path, 403]);
      expect([path, (await user.call('GET', `${BASE}/${path}`)).status]).toEqual([path, 200]);
    }
    const script = { name: 'S', cmd: 'c', script: 's', operating_system: 'Linux' };
    expect((await user.call('POST', `${BASE}/script`, script)).status).toBe(403);
    expect((await administrator.call('POST', `${BASE}/script`, script)).status).toBe(201);

    const seen = (await user.call('GET', `${BASE}/endpoint`)).body;
    expect(seen).toMatchObject([{ id: first, names: ['Web server'], jump_group_id: [servers] }]);
    expect((await other.call('GET', `${BASE}/endpoint`)).body).toEqual([]);
    const made = await user.call('POST', `${BASE}/job`, job({ endpoint_ids: [first] }));
    expect(made).toMatchObject({ status: 201, body: { created_by_user_id: user.id } });
    expect((await user.call('GET', `${BASE}/job`)).body).toEqual([made.body]);
    expect((await other.call('GET', `${BASE}/job`)).body).toEqual([]);
    expect((await other.call('GET', `${BASE}/job/${made.body.id}`)).status).toBe(404);
    expect((await other.call('GET', `${BASE}/job/${made.body.id}/execution`)).status).toBe(404);
    expect((await other.call('POST', `${BASE}/job`, job({ endpoint_ids: [first] }))).status).toBe(422);
    expect((await administrator.call('GET', `${BASE}/job/${made.body.id}`)).status).toBe(200);
  });
});

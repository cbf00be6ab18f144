import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { components } from '../../api/generated/openapi.ts';
import { signIn, type TestAppliance, testAppliance } from '../support/test-appliance.ts';

type Job = components['schemas']['ImportJob'];
type Problems = components['schemas']['ImportProblemList'];

const BASE = '/api/config/v1';
let site: TestAppliance;
beforeAll(async () => {
  site = await testAppliance();
  // These tests ask more often than an API account may.
  await site.admin(`${BASE}/site-setting`, { method: 'PATCH', json: { rate_limit_per_second: 1000 } });
  await site.api(`${BASE}/jump-group`, { method: 'POST', json: { name: 'Kiosks', code_name: 'kiosks' } });
  await site.sql`insert into jumpoint (name, platform, code_name) values ('Berlin', 'linux-x86', 'berlin')`;
});
afterAll(() => site.stop());
beforeEach(async () => {
  await site.sql`delete from jump_item`;
});

const CSV = 'shelljump_hostname,name,group,jumpoint\nh1,A,kiosks,berlin\nh2,B,kiosks,berlin\n';

async function upload(body: string, query = '', type = 'text/csv'): Promise<Response> {
  return await site.api(`${BASE}/jump-item/import${query}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
}

async function finished(answer: Response): Promise<Job> {
  expect(answer.status).toBe(202);
  let job = (await answer.json()) as Job;
  while (!['validated', 'succeeded', 'failed', 'cancelled'].includes(job.state)) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    job = (await (await site.api(`${BASE}/import-job/${job.id}`)).json()) as Job;
  }
  return job;
}

function big(rows: number): string {
  let text = 'local_jump_hostname,name,group\n';
  for (let index = 0; index < rows; index += 1) text += `h${index},Name ${index},kiosks\n`;
  return text;
}

/** Events of a stream until it ends, as [id, name, job]. */
async function events(path: string, headers: Record<string, string> = {}): Promise<[string, string, Job][]> {
  const answer = await site.api(path, { headers });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  return [...(await answer.text()).matchAll(/id: (\d+)\nevent: (\w+)\ndata: (.*)\n/g)].map(
    ([, id, name, data]) => [id!, name!, JSON.parse(data!) as Job],
  );
}

describe('importing over REST', () => {
  it('takes a file, works on it and tells how it went', async () => {
    const answer = await upload(CSV, '?file_name=kiosks.csv');
    expect(answer.headers.get('location')).toMatch(/\/api\/config\/v1\/import-job\/[0-9a-f-]{36}$/);
    const job = await finished(answer);
    expect(job).toMatchObject({
      state: 'succeeded',
      file_name: 'kiosks.csv',
      created_by: 'First API account',
      created_count: 2,
      progress: 1,
      failure: null,
      options: { dry_run: false, mode: 'all_or_nothing', prune: 'none' },
    });
    expect(job.finished_at).toMatch(/\+00:00$/);
  });

  it('takes JSON lines, told by the content type or the name of the file', async () => {
    const line = JSON.stringify({ shelljump_hostname: 'h', name: 'A', group: 'kiosks', jumpoint: 'berlin' });
    expect(await finished(await upload(line, '', 'application/x-ndjson'))).toMatchObject({
      created_count: 1,
    });
    const again = await upload(line, '?file_name=items.jsonl', 'application/octet-stream');
    expect(await finished(again)).toMatchObject({ unchanged_count: 1 });
  });

  it('imports ten thousand rows', async () => {
    const job = await finished(await upload(big(10_000)));
    expect(job).toMatchObject({ state: 'succeeded', created_count: 10_000, rows_bad: 0 });
    const [{ count }] = (await site.sql`select count(*) as count from jump_item`) as unknown as [
      { count: number },
    ];
    expect(count).toBe(10_000);
  }, 60_000);

  it('pages through every problem in the order of the file', async () => {
    const rows = Array.from({ length: 25 }, (_, index) => `h${index},Name ${index},nowhere,berlin`);
    const job = await finished(await upload(`shelljump_hostname,name,group,jumpoint\n${rows.join('\n')}`));
    expect(job).toMatchObject({ state: 'failed', rows_bad: 25 });
    const lines: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path = `${BASE}/import-job/${job.id}/problem?limit=10${cursor && `&cursor=${cursor}`}`;
      const page = (await (await site.api(path)).json()) as Problems;
      expect(page.total).toBe(25);
      lines.push(...page.items.map(({ line }) => line));
      cursor = page.next_cursor;
    }
    expect(lines).toEqual(rows.map((_, index) => index + 2));
  });

  it('stops for a dry run, which can be applied or cancelled', async () => {
    const job = await finished(await upload(CSV, '?dry_run=true'));
    expect(job).toMatchObject({ state: 'validated', created_count: 2 });
    const applied = await site.api(`${BASE}/import-job/${job.id}/apply`, { method: 'POST' });
    expect(await finished(applied)).toMatchObject({ state: 'succeeded', created_count: 2 });
    const agreed = await site.sql`
      select object_id, after from audit_event where event_type = 'jump_item_import.agreed'`;
    expect(agreed).toEqual([{ object_id: job.id, after: { removed: 0 } }]);
    const tooLate = await site.api(`${BASE}/import-job/${job.id}/cancel`, { method: 'POST' });
    expect(tooLate.status).toBe(409);
    const other = await finished(await upload(CSV, '?dry_run=true'));
    const cancelled = await site.api(`${BASE}/import-job/${other.id}/cancel`, { method: 'POST' });
    expect(await finished(cancelled)).toMatchObject({ state: 'cancelled' });
  });

  it('lists jobs, newest first', async () => {
    const job = await finished(await upload(CSV));
    const list = (await (
      await site.api(`${BASE}/import-job?limit=1`)
    ).json()) as components['schemas']['ImportJobList'];
    expect(list.items.map(({ id }) => id)).toEqual([job.id]);
    const next = await site.api(`${BASE}/import-job?limit=1&cursor=${list.next_cursor}`);
    expect(((await next.json()) as typeof list).items).toHaveLength(1);
  });

  it('has a template for each kind', async () => {
    const answer = await site.api(`${BASE}/jump-item/import-template/remote-vnc`);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="remote-vnc.csv"');
    expect(await answer.text()).toBe(
      'name,remote_vnc_hostname,group,jumpoint,port,tag,comments,jump_policy,session_policy,public_portal,external_id\r\n',
    );
  });

  it('refuses a file above the limit of the site, and says so', async () => {
    await site.admin(`${BASE}/site-setting`, { method: 'PATCH', json: { import_maximum_megabytes: 1 } });
    const answer = await upload(big(60_000));
    expect([answer.status, await answer.json()]).toEqual([
      413,
      { message: 'The file is larger than 1 MB, the limit of this site.' },
    ]);
    await site.admin(`${BASE}/site-setting`, { method: 'PATCH', json: { import_maximum_megabytes: null } });
  });

  it('refuses other content types, unknown jobs and bad cursors', async () => {
    expect((await upload(CSV, '', 'application/pdf')).status).toBe(422);
    const id = '00000000-0000-0000-0000-000000000000';
    expect((await site.api(`${BASE}/import-job/${id}`)).status).toBe(404);
    expect((await site.api(`${BASE}/import-job/${id}/events`)).status).toBe(404);
    expect((await site.api(`${BASE}/import-job?cursor=nonsense`)).status).toBe(422);
    expect((await site.api(`${BASE}/jump-item/import-template/teleport`)).status).toBe(422);
  });

  it('is not for strangers', async () => {
    expect((await site.anonymous(`${BASE}/import-job`)).status).toBe(401);
  });
});

describe('following a job by server-sent events', () => {
  it('shows both phases to several watchers and ends with the job', async () => {
    const job = (await (await upload(big(12_000))).json()) as Job;
    const path = `${BASE}/import-job/${job.id}/events`;
    const [first, second] = await Promise.all([events(path), events(path)]);
    for (const seen of [first, second]) {
      expect(seen.at(-1)).toMatchObject([
        expect.anything(),
        'finished',
        { state: 'succeeded', created_count: 12_000 },
      ]);
      expect(seen.slice(0, -1).every(([, name]) => name === 'progress')).toBe(true);
      const progress = seen.map(([, , { progress: done }]) => done);
      expect(progress).toEqual([...progress].sort((a, b) => a - b));
    }
  }, 60_000);

  it('goes on after a broken connection without telling the same again', async () => {
    const job = (await (await upload(big(12_000))).json()) as Job;
    const path = `${BASE}/import-job/${job.id}/events`;
    const answer = await site.api(path);
    const reader = answer.body!.getReader();
    let text = '';
    while (!/^id: \d+/m.test(text)) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`The stream ended early: ${answer.status} ${text}`);
      text += new TextDecoder().decode(value);
    }
    await reader.cancel();
    const last = /^id: (\d+)/m.exec(text)![1]!;
    const rest = await events(path, { 'last-event-id': last });
    expect(rest.every(([id]) => Number(id) > Number(last))).toBe(true);
    expect(rest.at(-1)![1]).toBe('finished');
  }, 60_000);

  it('tells a finished job once and ends', async () => {
    const job = await finished(await upload(CSV));
    expect((await events(`${BASE}/import-job/${job.id}/events`)).map(([, name]) => name)).toEqual([
      'finished',
    ]);
  });
});

describe('an exported file', () => {
  it('imports back unchanged, whatever is in its cells', async () => {
    const awkward = ['=1+1', "'=1", '-5', '@x', 'a,"b"', ' spaced ', 'two\nlines', "'plain", 'naïve ☃'];
    const rows = awkward.map((text, index) =>
      JSON.stringify({
        shelljump_hostname: `h${index}`,
        name: text,
        group: 'kiosks',
        jumpoint: 'berlin',
        tag: text,
      }),
    );
    rows.push(
      JSON.stringify({
        type: 'web_jump',
        url: 'https://x.example.com/?a=1',
        name: 'Web',
        group: 'kiosks',
        jumpoint: 'berlin',
      }),
      JSON.stringify({
        type: 'protocol_tunnel',
        hostname: 't',
        name: 'T',
        group: 'kiosks',
        jumpoint: 'berlin',
        tcp_tunnels: '22;24',
      }),
      JSON.stringify({
        type: 'remote_rdp',
        hostname: 'r',
        name: 'R',
        group: 'kiosks',
        jumpoint: 'berlin',
        console: true,
      }),
      JSON.stringify({ type: 'local_jump', hostname: 'l', name: 'L', group: 'kiosks', external_id: '=X' }),
    );
    expect(await finished(await upload(rows.join('\n'), '', 'application/x-ndjson'))).toMatchObject({
      created_count: rows.length,
    });
    const exported = await (await site.api(`${BASE}/jump-item/export`)).text();
    const back = await finished(await upload(exported));
    expect(back).toMatchObject({
      state: 'succeeded',
      created_count: 0,
      updated_count: 0,
      unchanged_count: rows.length,
    });
  });
});

describe('a signed-in person without rights', () => {
  it('may not import', async () => {
    await site.sql`insert into app_user (username, password_hash)
      select 'bob', password_hash from app_user where username = 'admin'`;
    const headers = await signIn(site.url, 'bob', site.adminPassword);
    const answer = await fetch(`${site.url}${BASE}/jump-item/import`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'text/csv' },
      body: CSV,
    });
    expect(answer.status).toBe(403);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DirectoryRecordingStore } from '../../integrations/files/directory-recording-store.ts';
import { loadSiteKey } from '../../integrations/files/site-key-file.ts';
import { seededLsid, seedSessions } from '../support/seeded-sessions.ts';
import { type Caller, type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { expectValid, rootOf } from '../support/xml-schema.ts';

const NS = 'https://www.beyondtrust.com/namespaces/API/reporting';
const NOTHING = 'No report information matching your chosen criteria is available.';
const START = Math.floor(Date.now() / 1000) - 7200;

let appliance: TestAppliance;
let lsid: string;

beforeAll(async () => {
  appliance = await testAppliance();
  await appliance.admin('/api/config/v1/site-setting', {
    method: 'PATCH',
    json: { rate_limit_per_second: 10_000 },
  });
  await seedSessions(appliance.sql, {
    count: 5,
    from: new Date(START * 1000 + 400),
    secondsApart: 100,
    lastingSeconds: 900,
  });
  lsid = await seededLsid(appliance.sql, 1);
  await appliance.sql`
    update support_session set state = 'active', ended_at = null, end_reason = null, jump_group_type = null,
           jumpoint_name = null, external_key = '' where lsid = ${await seededLsid(appliance.sql, 5)}`;
  await appliance.sql`delete from recording where lsid = ${await seededLsid(appliance.sql, 5)}`;
});
afterAll(() => appliance.stop());

const error = (text: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n\n<error xmlns="${NS}">${text}</error>\n`;

/** Asks for a report and answers the document, which has to keep to the schema. */
async function report(
  name: string,
  query: Record<string, string> = {},
  as: Caller = appliance.api,
): Promise<string> {
  const parameters = new URLSearchParams({ generate_report: name, ...query });
  const answer = await as(`/api/reporting?${parameters}`);
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/xml; charset=UTF-8');
  await expectValid(appliance, '/api/reporting.xsd', text);
  return text;
}
const sessions = (query: Record<string, string>) => report('SupportSession', query);
const lseqs = (text: string) => [...text.matchAll(/<lseq>(\d+)</g)].map(([, lseq]) => Number(lseq));
const iso = (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}+00:00`;

describe('SupportSession', () => {
  it('tells everything about a session in the published order', async () => {
    const { publicUrl } = appliance.config;
    const download = `${publicUrl}/api/reporting?generate_report=CommandShellRecording&amp;lsid=${lsid}&amp;instance=0`;
    const view = `${publicUrl}/login/sessions?lsid=${lsid}&amp;recording=0`;
    const user = await appliance.sql`select min(id)::int as id from app_user`;
    expect(user[0]).toEqual({ id: 1 });
    expect(await sessions({ lsid })).toBe(`<?xml version="1.0" encoding="UTF-8"?>

<session_list xmlns="${NS}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
	<session lsid="${lsid}">
		<session_type>support</session_type>
		<lseq>1</lseq>
		<start_time timestamp="${START}">${iso(START)}</start_time>
		<end_time timestamp="${START + 900}">${iso(START + 900)}</end_time>
		<duration>00:15:00</duration>
		<jumpoint id="7">Net1</jumpoint>
		<public_site id="1">Default</public_site>
		<external_key>INC1</external_key>
		<custom_attributes>
			<custom_attribute display_name="Department" code_name="department">sales</custom_attribute>
		</custom_attributes>
		<command_shell_recordings>
			<command_shell_recording instance="0">
				<download_url>${download}</download_url>
				<view_url>${view}</view_url>
			</command_shell_recording>
		</command_shell_recordings>
		<file_transfer_count>0</file_transfer_count>
		<file_move_count>0</file_move_count>
		<file_delete_count>0</file_delete_count>
		<primary_customer gsnumber="2">host 1</primary_customer>
		<jump_group type="shared" id="1">Kiosks</jump_group>
		<primary_rep gsnumber="1" id="1">Admin</primary_rep>
		<rep_join_time timestamp="${START}">${iso(START)}</rep_join_time>
		<customer_list>
			<customer gsnumber="2">
				<username>host 1</username>
				<public_ip>203.0.113.9:22</public_ip>
				<private_ip>10.0.0.4</private_ip>
				<hostname>host-1</hostname>
				<os>Unknown</os>
				<primary_cust>1</primary_cust>
				<info>
					<name></name>
					<company></company>
					<company_code></company_code>
					<issue></issue>
					<details></details>
				</info>
			</customer>
		</customer_list>
		<rep_list>
			<representative gsnumber="1" id="1">
				<username>admin</username>
				<display_name>Admin</display_name>
				<public_display_name>Admin</public_display_name>
				<private_display_name>Administrator</private_display_name>
				<public_ip>203.0.113.10:50000</public_ip>
				<private_ip>Unknown</private_ip>
				<os>Unknown</os>
				<session_owner>1</session_owner>
				<primary_rep>1</primary_rep>
				<seconds_involved>900</seconds_involved>
			</representative>
		</rep_list>
		<team_list></team_list>
		<cust_survey_list></cust_survey_list>
		<rep_survey_list></rep_survey_list>
		<session_details>
			<event timestamp="${START + 1}" event_type="Session Start"/>
			<event timestamp="${START + 2}" event_type="Conference Owner Changed">
				<destination type="system" gsnumber="0">Pre-start Conference</destination>
				<data>
					<value name="owner" value="Pre-start Conference"/>
				</data>
			</event>
			<event timestamp="${START + 3}" event_type="Conference Member Added">
				<destination type="representative" gsnumber="1">Admin</destination>
				<data>
					<value name="username" value="admin"/>
					<value name="public_ip" value="203.0.113.10:50000"/>
				</data>
			</event>
			<event timestamp="${START + 4}" event_type="Conference Owner Changed">
				<destination type="representative" gsnumber="1">Admin</destination>
				<data>
					<value name="owner" value="Admin"/>
				</data>
			</event>
			<event timestamp="${START + 5}" event_type="Conference Member Added">
				<destination type="customer" gsnumber="2">host</destination>
				<data>
					<value name="hostname" value="host"/>
				</data>
			</event>
			<event timestamp="${START + 6}" event_type="Command Shell Session Started">
				<performed_by type="representative" gsnumber="1">Admin</performed_by>
				<data>
					<value name="instance" value="0"/>
					<value name="download_url" value="${download}"/>
					<value name="view_url" value="${view}"/>
				</data>
			</event>
			<event timestamp="${START + 7}" event_type="Session Note Added">
				<performed_by type="representative" gsnumber="1">Admin</performed_by>
				<body>Restarted &lt;the&gt; &amp; "service".</body>
			</event>
			<event timestamp="${START + 8}" event_type="Session End">
				<performed_by type="representative" gsnumber="1">Admin</performed_by>
			</event>
		</session_details>
	</session>
</session_list>
`);
  });

  it('shows a running session without what it does not have', async () => {
    const running = await sessions({ lsid: await seededLsid(appliance.sql, 5) });
    expect(running).toContain('<end_time></end_time>\n');
    expect(running).toMatch(/<duration>0[12]:\d\d:\d\d<\/duration>\n\t\t<public_site/);
    expect(running).toContain('<external_key></external_key>');
    expect(running).not.toContain('<jump_group');
    expect(running).not.toContain('<command_shell_recordings>');
  });

  it('sends a note that XML cannot hold as base64', async () => {
    const note = 'bell \u0007 and escape \u001b[0m';
    const third = await seededLsid(appliance.sql, 3);
    await appliance.database.ownerSql`
      update session_event set body = ${note} where lsid = ${third} and event_type = 'Session Note Added'`;
    expect(await sessions({ lsid: third })).toContain(
      `<encoded_body>${Buffer.from(note).toString('base64')}</encoded_body>`,
    );
  });

  it('chooses by start, running sessions included, and by end, closed ones only', async () => {
    expect(lseqs(await sessions({ start_time: String(START), duration: '0' }))).toEqual([1, 2, 3, 4, 5]);
    expect(lseqs(await sessions({ start_time: String(START), duration: '101' }))).toEqual([1, 2]);
    expect(lseqs(await sessions({ end_time: String(START), duration: '0' }))).toEqual([1, 2, 3, 4]);
    const yesterday = new Date((START - 86_400) * 1000).toISOString().slice(0, 10);
    expect(lseqs(await sessions({ start_date: yesterday, duration: '3' }))).toHaveLength(5);
    expect(
      await sessions({ start_date: yesterday, start_time: String(START + 400), duration: '0' }),
    ).toContain('<lseq>5<');
    expect(lseqs(await sessions({ end_time: '0', duration: '0', limit: 'rep:1' }))).toHaveLength(4);
    const both = `${lsid},${await seededLsid(appliance.sql, 2)}`;
    expect(lseqs(await sessions({ lsids: both }))).toEqual([1, 2]);
  });

  it('brings the last known session again to a collector that asks from its end on', async () => {
    const seen = new Set<number>();
    let last = String(START);
    for (const expected of [4, 0]) {
      const text = await sessions({ end_time: last, duration: '0' });
      const fresh = lseqs(text).filter((lseq) => !seen.has(lseq));
      expect(fresh).toHaveLength(expected);
      for (const lseq of fresh) seen.add(lseq);
      last = [...text.matchAll(/<end_time timestamp="(\d+)"/g)].at(-1)![1]!;
    }
    expect(seen).toEqual(new Set([1, 2, 3, 4]));
    expect(last).toBe(String(START + 300 + 900));
  });

  it('answers the published sentence when there is nothing', async () => {
    expect(await sessions({ lsid: 'f'.repeat(32) })).toBe(error(NOTHING));
    expect(await sessions({ end_time: '4102444800', duration: '0' })).toBe(error(NOTHING));
    expect(await sessions({ start_time: String(START), limit: 'rep:999' })).toBe(error(NOTHING));
  });

  it.each([
    [{}, 'Choose sessions by'],
    [{ start_date: 'yesterday' }, 'start_date must be a date'],
    [{ lsid: '../etc/passwd' }, 'lsid must hold'],
  ])('explains bad parameters: %j', async (query, reason) => {
    const text = await sessions(query as Record<string, string>);
    expect(rootOf(text)).toBe('error');
    expect(text).toContain(reason);
  });

  it('uses the days of the site and its namespace', async () => {
    const change = (json: Record<string, unknown>) =>
      appliance.admin('/api/config/v1/site-setting', { method: 'PATCH', json });
    const older = 'http://www.beyondtrust.com/sra/namespaces/API/reporting';
    await change({ xml_namespace_reporting: older, time_zone: 'Pacific/Kiritimati' });
    const day = new Date(START * 1000 + 14 * 3_600_000).toISOString().slice(0, 10);
    const text = await sessions({ start_date: day, duration: '2' });
    expect(text).toContain(`<session_list xmlns="${older}"`);
    expect(lseqs(text)).toHaveLength(5);
    const dayBefore = new Date(START * 1000 - 10 * 3_600_000).toISOString().slice(0, 10);
    expect(rootOf(await sessions({ start_date: dayBefore, duration: '1' }))).toBe('error');
    await change({ xml_namespace_reporting: null, time_zone: null });
  });
});

describe('SupportSessionListing', () => {
  it('lists sessions with external key and recording, without any window too', async () => {
    const running = await seededLsid(appliance.sql, 5);
    const text = await report('SupportSessionListing');
    expect(text).toContain(
      `<session_summary_list xmlns="${NS}">\n\t<session_summary lsid="${lsid}" external_key="INC1" has_recording="1"/>\n`,
    );
    expect(text).toContain(
      `\t<session_summary lsid="${running}" has_recording="0"/>\n</session_summary_list>\n`,
    );
    expect(rootOf(await report('SupportSessionListing', { start_time: '4102444800' }))).toBe('error');
  });
});

describe('CommandShellRecording', () => {
  const path = (of: string, instance = '0') =>
    `/api/reporting?generate_report=CommandShellRecording&lsid=${of}&instance=${instance}`;

  beforeAll(async () => {
    const store = new DirectoryRecordingStore({
      directory: appliance.config.recordingsDir,
      wrappingKey: loadSiteKey(appliance.config.siteKeyFile).derive('recordings'),
    });
    const writer = await store.create(
      { lsid, instance: 0, startedAt: new Date(START * 1000), columns: 100, rows: 30 },
      { onDrain: () => undefined, onFailure: (_reason, cause) => expect.fail(String(cause)) },
    );
    writer.output(Buffer.from('hello\r\n'));
    await writer.close();
    await appliance.sql`update recording set location = ${writer.location} where lsid = ${lsid}`;
  });

  it('downloads for a token and for a signed-in administrator, audited each time', async () => {
    for (const who of [appliance.api, appliance.admin]) {
      const answer = await who(path(lsid));
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('application/x-asciicast');
      expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${lsid}-0.cast"`);
      const lines = (await answer.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines[0]).toMatchObject({ version: 2, width: 100, height: 30, timestamp: START });
      expect(lines[1]).toEqual([expect.any(Number), 'o', 'hello\r\n']);
    }
    const audited = await appliance.sql`
      select actor_kind from audit_event where event_type = 'recording.viewed' and object_id = ${lsid} order by id`;
    expect(audited.map((row) => row.actor_kind)).toEqual(['api_account', 'user']);
  });

  it('tells what is gone from what never was', async () => {
    const gone = await appliance.api(path(await seededLsid(appliance.sql, 2)));
    expect(gone.status).toBe(200);
    expect(await gone.text()).toBe(
      error('This recording has expired and can no longer be viewed or downloaded.'),
    );
    for (const never of [path('f'.repeat(32)), path(lsid, '7'), path(await seededLsid(appliance.sql, 5))]) {
      expect(await (await appliance.api(never)).text()).toBe(error(NOTHING));
    }
    expect(await (await appliance.api(path(lsid, '-1'))).text()).toContain('instance must be');
    expect(await (await appliance.api(path('x'))).text()).toContain('lsid must have');
  });
});

describe('who may read reports', () => {
  it('needs the permission of the report, or the right to see reports', async () => {
    expect(rootOf(await report('SupportSessionListing', {}, appliance.admin))).toBe('session_summary_list');
    await appliance.sql`update api_account set permissions = array_remove(permissions, 'perm_reporting_support')`;
    expect(await report('SupportSessionListing')).toBe(
      error('This account may not read this report: it needs the permission perm_reporting_support.'),
    );
    const recording = await appliance.api(
      `/api/reporting?generate_report=CommandShellRecording&lsid=${lsid}`,
    );
    expect(await recording.text()).toBe(
      error('This account may not read this report: it needs the permission perm_reporting_support.'),
    );
    await appliance.sql`update api_account set permissions = array_append(permissions, 'perm_reporting_support')`;
    await appliance.sql`update app_user set perm_admin = false`;
    expect(await report('SupportSessionListing', {}, appliance.admin)).toBe(
      error('This account may not read this report: it needs the right perm_view_support_reports.'),
    );
    await appliance.sql`update app_user set settings = settings || '{"perm_view_support_reports": "user_sessions"}'`;
    expect(rootOf(await report('SupportSessionListing', {}, appliance.admin))).toBe('session_summary_list');
    await appliance.sql`update app_user set perm_admin = true`;
    expect((await appliance.anonymous('/api/reporting?generate_report=SupportSessionListing')).status).toBe(
      401,
    );
  });

  it('knows misspellings from what is not offered yet, and takes forms', async () => {
    expect(await report('SupportTeam')).toBe(
      error('The report SupportTeam is not offered by this appliance yet.'),
    );
    expect(await report('SupportSesion')).toBe(error('There is no report "SupportSesion".'));
    expect(await report('')).toBe(error('The parameter generate_report is missing.'));
    const form = await appliance.api('/api/reporting.ns', {
      method: 'POST',
      body: new URLSearchParams({ generate_report: 'SupportSession', lsid }),
    });
    expect(rootOf(await form.text())).toBe('session_list');
  });
});

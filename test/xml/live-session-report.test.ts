import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/live-jumpoint.ts';
import { LiveSite, post } from '../support/live-site.ts';
import { expectValid } from '../support/xml-schema.ts';

let site: LiveSite;

beforeAll(async () => {
  site = await LiveSite.start();
});
afterAll(() => site?.stop());

it('reports a real session, running and ended, with the recording its links lead to', async () => {
  const { api, admin } = site.appliance;
  await post(api, '/custom-session-attribute', { display_name: 'Priority', code_name: 'priority' });
  const started = await site.start(admin, await site.item(), {
    external_key: 'INC1',
    custom_attributes: { priority: 'high' },
  });
  const terminal = await site.work(started);
  await until('the session to be active', async () => (await site.show(started.lsid)).state === 'active');
  const running = await reportOf(started.lsid);
  expect(running).toMatchObject({
    end_time: '',
    external_key: 'INC1',
    primary_customer: { '#text': 'build host' },
  });

  const command = (parameters: Record<string, string>) =>
    api('/api/command', { method: 'POST', body: new URLSearchParams({ lsid: started.lsid, ...parameters }) });
  await command({ action: 'set_session_attributes', 'session.custom.external_key': 'INC2' });
  terminal.type('echo marker-$((40+2))\n');
  await terminal.shows('marker-42');
  expect(await (await command({ action: 'terminate_session' })).text()).toContain('Successfully terminated');
  expect(await terminal.message('ended')).toMatchObject({ reason: 'terminated' });
  await site.recorded(started.lsid);

  const ended = await reportOf(started.lsid);
  expect(ended).toMatchObject({
    session_type: 'support',
    external_key: 'INC2',
    custom_attributes: { custom_attribute: { '#text': 'high', '@code_name': 'priority' } },
    jumpoint: { '@id': String(site.jumpoint.jumpointId) },
    jump_group: { '#text': 'Servers', '@type': 'shared', '@id': String(site.groupId) },
    rep_list: { representative: { username: 'admin', session_owner: '1' } },
  });
  const gsnumbers = [ended.customer_list.customer, ended.rep_list.representative].map(
    (who) => who['@gsnumber'],
  );
  // biome-ignore lint/suspicious/noExplicitAny: a parsed document has no type
  const events = ended.session_details.event as Record<string, any>[];
  for (const event of events) {
    for (const party of [event.performed_by, event.destination]) {
      if (party !== undefined) expect([...gsnumbers, '0']).toContain(party['@gsnumber']);
    }
  }
  expect(events.map((event) => event['@event_type'])).toEqual([
    'Session Start',
    'Conference Owner Changed',
    'Conference Member Added',
    'Conference Owner Changed',
    'External Key',
    'Conference Member Added',
    'Command Shell Session Started',
    'External Key',
    'Conference Member Departed',
    'Conference Member Departed',
    'Session End',
  ]);
  expect(ended.customer_list.customer.public_ip).toMatch(/^\S+:\d+$/);
  expect(ended.rep_list.representative.public_ip).toMatch(/^\S+:\d+$/);

  const { download_url: link } = ended.command_shell_recordings.command_shell_recording;
  for (const who of [api, admin]) {
    const recording = await who(link);
    expect(recording.headers.get('content-type')).toBe('application/x-asciicast');
    expect(await recording.text()).toContain('marker-42');
  }
});

// biome-ignore lint/suspicious/noExplicitAny: a parsed document has no type
async function reportOf(lsid: string): Promise<any> {
  const answer = await site.appliance.api(`/api/reporting?generate_report=SupportSession&lsid=${lsid}`);
  const text = await answer.text();
  await expectValid(site.appliance, '/api/reporting.xsd', text);
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@', parseTagValue: false });
  return parser.parse(text).session_list.session;
}

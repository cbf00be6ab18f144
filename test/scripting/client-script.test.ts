import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseScript } from '../../appliance/jump/launch-script.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await testAppliance();
});
afterAll(() => appliance.stop());

const REP = '/api/client_script?type=rep&operation=generate&';
const CONSOLE = '/api/client_script?type=web_console&operation=execute&';

describe('client_script for the installed console', () => {
  it('answers a script file as a download that the console is bound to', async () => {
    const answer = await appliance.anonymous(
      `${REP}action=start_pinned_client_session&search_string=PC-1&session.custom.external_key=INC1`,
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="start_pinned_client_session.brcs-bridgehead"',
    );
    expect(await answer.text()).toBe(
      'BRCS1.0\naction=start_pinned_client_session&search_string=PC-1&session.custom.external_key=INC1\n',
    );
  });

  it('encodes values anew, so that none can add a line or a parameter', async () => {
    const evil = encodeURIComponent('PC\r\naction=login\n&action=x%0A');
    const answer = await appliance.anonymous(`${REP}action=start_jump_item_session&client.hostname=${evil}`);
    const script = await answer.text();
    expect(script.trimEnd().split('\n')).toHaveLength(2);
    expect(parseScript(script)).toEqual([
      { action: 'start_jump_item_session', 'client.hostname': 'PC\r\naction=login\n&action=x%0A' },
    ]);
  });

  it('takes links of the older name, with &amp; and with plus signs for spaces', async () => {
    const answer = await appliance.anonymous(
      '/api/client_script.ns?type=rep&amp;operation=generate&amp;action=start_vpro_session&amp;target=PC+1&amp;jumpoint=Net1',
    );
    expect(await answer.text()).toBe('BRCS1.0\naction=start_vpro_session&target=PC%201&jumpoint=Net1\n');
  });

  it.each([
    ['', 'The parameter type is missing.'],
    ['type=app&action=login', 'type must be rep or web_console.'],
    ['type=rep&operation=execute&action=login', 'operation must be generate'],
    ['type=rep&operation=generate', 'The parameter action is missing.'],
    ['type=rep&operation=generate&action=format_disk', 'There is no action "format_disk".'],
    ['type=rep&action=start_vpro_session&target=x', 'The parameter jumpoint is missing.'],
    ['type=rep&action=login&action=login', 'given twice'],
    ['type=rep&action=login&username=%ff', 'percent-encoded'],
  ])('explains what is wrong with ?%s', async (query, reason) => {
    const answer = await appliance.anonymous(`/api/client_script?${query}`, { headers: { accept: '*/*' } });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('text/xml; charset=UTF-8');
    expect(await answer.text()).toContain(reason);
  });

  it('explains it to a person as a page that runs nothing', async () => {
    const answer = await appliance.anonymous(
      `${REP}action=${encodeURIComponent('<script>alert(1)</script>')}`,
      {
        headers: { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' },
      },
    );
    expect(answer.status).toBe(400);
    const page = await answer.text();
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page).toContain('There is no action &quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;.');
    expect(page).not.toContain('<script>');
  });
});

describe('client_script for the web console', () => {
  it('sends the browser to the console with the command and starts nothing', async () => {
    const answer = await appliance.anonymous(
      `${CONSOLE}action=start_jump_item_session&client.hostname=${encodeURIComponent('a b&c')}`,
    );
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe(
      '/console?action=start_jump_item_session&client.hostname=a%20b%26c',
    );
  });

  it('takes a link that names no operation', async () => {
    const answer = await appliance.anonymous('/api/client_script?type=web_console&action=login');
    expect(answer.headers.get('location')).toBe('/console?action=login');
  });
});

describe('the switch of the XML API', () => {
  it('gates client scripting', async () => {
    await setSwitch(false);
    const answer = await appliance.anonymous(`${REP}action=login`);
    await setSwitch(true);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('not enabled');
  });

  async function setSwitch(on: boolean): Promise<void> {
    const answer = await appliance.admin('/api/config/v1/site-setting', {
      method: 'PATCH',
      json: { xml_api_enabled: on },
    });
    expect(answer.status).toBe(200);
  }
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { testPerson } from '../../support/test-person.ts';

let appliance: TestAppliance;
let api: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  api = configurationCalls(appliance.api);
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

const refusal = (...fields: string[]) => ({
  status: 422,
  body: { errors: Object.fromEntries(fields.map((field) => [field, [expect.any(String)]])) },
});

describe('representative statuses', () => {
  it('available, away and busy are there from the first start and keep what they are', async () => {
    const { body } = await api('GET', '/rep-status?per_page=5');
    expect(body).toEqual([
      { id: 1, name: 'Available', code_name: 'available', display_as: null },
      { id: 2, name: 'Away', code_name: 'away', display_as: 'away' },
      { id: 3, name: 'Busy', code_name: 'busy', display_as: 'busy' },
    ]);
    expect(await api('PATCH', '/rep-status/1', { name: 'Here' })).toMatchObject(refusal('name'));
    expect(await api('PATCH', '/rep-status/1', { display_as: 'busy' })).toMatchObject(refusal('display_as'));
    expect(await api('PATCH', '/rep-status/2', { display_as: 'busy' })).toMatchObject(refusal('display_as'));
    expect((await api('PATCH', '/rep-status/1', { name: 'Available' })).status).toBe(200);
    const renamed = await api('PATCH', '/rep-status/3', { name: 'Occupied', display_as: 'busy' });
    expect(renamed.body).toEqual({ id: 3, name: 'Occupied', code_name: 'busy', display_as: 'busy' });
    for (const id of [1, 2, 3]) expect((await api('DELETE', `/rep-status/${id}`)).status).toBe(422);
  });

  it('of our own are away or busy', async () => {
    const made = await api('POST', '/rep-status', { name: 'At lunch' });
    expect(made).toMatchObject({ status: 201, body: { code_name: 'at_lunch', display_as: 'away' } });
    const path = `/rep-status/${made.body.id}`;
    expect((await api('PATCH', path, { display_as: 'busy' })).body.display_as).toBe('busy');
    expect(await api('PATCH', path, { display_as: 'gone' })).toMatchObject(refusal('display_as'));
    expect(await api('POST', '/rep-status', { name: 'AT LUNCH' })).toMatchObject(refusal('name'));
    expect(await api('POST', '/rep-status', { name: 'x'.repeat(65) })).toMatchObject(refusal('name'));
    expect((await api('GET', '/rep-status?name=at%20lunch')).body).toHaveLength(1);
    expect((await api('DELETE', path)).status).toBe(204);
    expect((await api('GET', path)).status).toBe(404);
  });

  it('are read by everybody who signs in and changed by administrators', async () => {
    const person = await testPerson(appliance, 'with_a_status', { perm_edit_sd_teams: true });
    expect((await person.call('GET', '/rep-status')).status).toBe(200);
    expect((await person.call('POST', '/rep-status', { name: 'Mine' })).status).toBe(403);
  });
});

describe('skills', () => {
  it('belong to people and cannot go while issues ask for them', async () => {
    const { body: skill } = await api('POST', '/skill', { name: 'Printers' });
    expect(skill).toEqual({ id: skill.id, name: 'Printers', code_name: 'printers', description: '' });
    const person = await testPerson(appliance, 'knows_printers');
    const path = `/skill/${skill.id}/user`;
    const given = await api('POST', path, { user_id: person.id });
    expect(given).toMatchObject({ status: 201, body: { skill_id: skill.id, user_id: person.id } });
    expect(await api('POST', path, { user_id: person.id })).toMatchObject(refusal('user_id'));
    expect(await api('POST', path, { user_id: 4711 })).toMatchObject(refusal('user_id'));
    expect((await api('GET', path)).body).toEqual([given.body]);
    expect((await api('GET', `${path}/${person.id}`)).body).toEqual(given.body);
    const { body: issue } = await api('POST', '/issue', { name: 'Paper jam', skill_ids: [skill.id] });
    expect((await api('DELETE', `/skill/${skill.id}`)).body.message).toBe(
      'This skill is used by the issue "Paper jam".',
    );
    expect((await api('PATCH', `/issue/${issue.id}`, { skill_ids: [] })).body.skill_ids).toEqual([]);
    expect((await api('DELETE', `${path}/${person.id}`)).status).toBe(204);
    expect((await api('DELETE', `${path}/${person.id}`)).status).toBe(404);
    await api('POST', path, { user_id: person.id });
    expect((await api('DELETE', `/skill/${skill.id}`)).status).toBe(204);
    expect((await api('GET', path)).status).toBe(404);
  });
});

describe('issues', () => {
  it('go to teams in an order and ask for skills', async () => {
    const { body: first } = await api('POST', '/team', { name: 'First line' });
    const { body: second } = await api('POST', '/team', { name: 'Second line' });
    const { body: skill } = await api('POST', '/skill', { name: 'Mail' });
    const made = await api('POST', '/issue', {
      name: 'Mail does not arrive',
      priority: 'high',
      team_ids: [second.id, first.id, second.id],
      skill_ids: [skill.id],
    });
    expect(made.body).toEqual({
      id: made.body.id,
      name: 'Mail does not arrive',
      code_name: 'mail_does_not_arrive',
      description: '',
      active: true,
      priority: 'high',
      skill_ids: [skill.id],
      team_ids: [second.id, first.id],
    });
    const path = `/issue/${made.body.id}`;
    const reordered = await api('PATCH', path, { team_ids: [first.id, second.id], active: false });
    expect(reordered.body).toMatchObject({ team_ids: [first.id, second.id], active: false });
    expect((await api('GET', path)).body).toEqual(reordered.body);
    expect((await api('GET', `/issue?team_id=${first.id}&active=false`)).body).toEqual([reordered.body]);
    expect((await api('GET', `/issue?team_id=${first.id}&active=true`)).body).toEqual([]);
    expect(await api('PATCH', path, { team_ids: [4711] })).toMatchObject(refusal('team_ids'));
    expect(await api('PATCH', path, { skill_ids: [4711] })).toMatchObject(refusal('skill_ids'));
    expect(await api('PATCH', path, { priority: 'urgent' })).toMatchObject(refusal('priority'));
    expect((await api('GET', path)).body).toEqual(reordered.body);
  });
});

describe('canned scripts', () => {
  it('keep categories, teams, systems and shells, and are found by category', async () => {
    const made = await api('POST', '/canned-script', {
      name: 'Flush the DNS cache',
      commands: 'ipconfig /flushdns\n',
      categories: [' Network / DNS ', 'network/dns', 'Windows'],
      operating_systems: ['Windows'],
      shell_kinds: ['powershell', 'command_prompt'],
      elevated: true,
    });
    expect(made.body).toEqual({
      id: made.body.id,
      name: 'Flush the DNS cache',
      code_name: 'flush_the_dns_cache',
      description: '',
      commands: 'ipconfig /flushdns\n',
      categories: ['Network/DNS', 'Windows'],
      team_ids: [],
      operating_systems: ['Windows'],
      shell_kinds: ['command_prompt', 'powershell'],
      elevated: true,
    });
    const found = async (query: string) => (await api('GET', `/canned-script?${query}`)).body;
    expect(await found('category=network/DNS')).toEqual([made.body]);
    expect(await found('category=Network')).toEqual([]);
    expect(await found('code_name=FLUSH_the_dns_cache')).toEqual([made.body]);
    const path = `/canned-script/${made.body.id}`;
    const changed = await api('PATCH', path, { categories: [], shell_kinds: [], elevated: false });
    expect(changed.body).toEqual({ ...made.body, categories: [], shell_kinds: [], elevated: false });
    expect(await api('PATCH', path, { categories: ['a//b'] })).toMatchObject(refusal('categories'));
    expect(await api('PATCH', path, { team_ids: [4711] })).toMatchObject(refusal('team_ids'));
    expect((await api('PATCH', path, { shell_kinds: ['fish'] })).status).toBe(422);
    expect(await api('POST', '/canned-script', { name: 'No commands' })).toMatchObject(refusal('commands'));
    expect(await api('PATCH', path, { commands: '' })).toMatchObject(refusal('commands'));
    expect((await api('GET', path)).body).toEqual(changed.body);
    expect((await api('DELETE', path)).status).toBe(204);
    expect((await api('GET', path)).status).toBe(404);
  });
});

describe.each([
  {
    path: '/canned-script',
    right: 'perm_edit_canned_scripts',
    make: (name: string) => ({ name, commands: 'ls' }),
  },
  {
    path: '/canned-message',
    right: 'perm_edit_messages',
    make: (title: string) => ({ title, message: 'Hello!' }),
  },
])('$path', ({ path, right, make }) => {
  it('shows a representative what is for everybody and what is for a team of theirs', async () => {
    const { body: team } = await api('POST', '/team', { name: `Team of ${path}` });
    const { body: other } = await api('POST', '/team', { name: `Other team of ${path}` });
    const { body: forAll } = await api('POST', path, make('For all'));
    const { body: forTeam } = await api('POST', path, { ...make('For a team'), team_ids: [team.id] });
    const { body: forOther } = await api('POST', path, { ...make('For others'), team_ids: [other.id] });
    const { body: forBoth } = await api('POST', path, {
      ...make('For both'),
      team_ids: [other.id, team.id],
    });
    const name = path.slice(1).replace('-', '_');
    const outsider = await testPerson(appliance, `outsider_${name}`);
    const member = await testPerson(appliance, `member_${name}`);
    const editor = await testPerson(appliance, `editor_${name}`, { [right]: true });
    await api('POST', `/team/${team.id}/user`, { user_id: member.id });

    expect((await outsider.call('GET', path)).body).toEqual([forAll]);
    expect((await member.call('GET', path)).body).toEqual([forAll, forTeam, forBoth]);
    expect((await member.call('GET', path)).headers.get('x-bt-pagination-total')).toBe('3');
    expect((await member.call('GET', `${path}?team_id=${other.id}`)).body).toEqual([forBoth]);
    expect((await member.call('GET', `${path}/${forBoth.id}`)).status).toBe(200);
    expect((await member.call('GET', `${path}/${forOther.id}`)).status).toBe(404);
    expect((await editor.call('GET', `${path}/${forOther.id}`)).status).toBe(200);

    expect((await member.call('PATCH', `${path}/${forAll.id}`, { team_ids: [] })).status).toBe(403);
    expect((await member.call('POST', path, make('Mine'))).status).toBe(403);
    expect((await member.call('DELETE', `${path}/${forAll.id}`)).status).toBe(403);
    expect((await editor.call('PATCH', `${path}/${forAll.id}`, { team_ids: [team.id] })).status).toBe(200);
    expect((await outsider.call('GET', path)).body).toEqual([]);
  });
});

describe('canned messages', () => {
  it('may share a title but not a code name', async () => {
    const first = await api('POST', '/canned-message', { title: 'Greeting', message: '[b]Hello[/b]' });
    const second = await api('POST', '/canned-message', { title: 'Greeting', message: 'Good day' });
    expect([first.body.code_name, second.body.code_name]).toEqual(['greeting', 'greeting_2']);
    expect((await api('GET', '/canned-message?title=GREETING')).body).toHaveLength(2);
    const taken = await api('PATCH', `/canned-message/${second.body.id}`, { code_name: 'Greeting' });
    expect(taken).toMatchObject(refusal('code_name'));
    const blank = await api('PATCH', `/canned-message/${second.body.id}`, { title: 'Day', code_name: '' });
    expect(blank.body.code_name).toBe('day');
  });
});

describe('custom links', () => {
  const url = 'https://tickets.example.com/open?id=%SESSION.EXTERNAL_KEY%&who=%SESSION.CUSTOMER.NAME%#top';

  it('keep their macros as they were given and lead to the web only', async () => {
    const made = await api('POST', '/custom-rep-link', { name: 'Ticket', url });
    expect(made).toMatchObject({ status: 201, body: { name: 'Ticket', code_name: 'ticket', url } });
    const path = `/custom-rep-link/${made.body.id}`;
    for (const wrong of ['javascript:alert(1)', 'ftp://x/', 'https://%SESSION.HOST%/', 'https://a b/']) {
      expect(await api('PATCH', path, { url: wrong })).toMatchObject(refusal('url'));
    }
    expect(await api('POST', '/custom-rep-link', { name: 'No address' })).toMatchObject(refusal('url'));
    expect((await api('GET', path)).body.url).toBe(url);
    const person = await testPerson(appliance, 'follows_links');
    expect((await person.call('GET', '/custom-rep-link')).body).toEqual([made.body]);
    expect((await person.call('PATCH', path, { name: 'x' })).status).toBe(403);
    const editor = await testPerson(appliance, 'edits_links', { perm_edit_custom_rep_links: true });
    expect((await editor.call('PATCH', path, { name: 'Incident' })).body.name).toBe('Incident');
    expect((await editor.call('DELETE', path)).status).toBe(204);
  });
});

describe('custom session attributes', () => {
  it('are read by everybody who signs in and changed by administrators and API accounts', async () => {
    const made = await api('POST', '/custom-session-attribute', { display_name: 'Cost centre' });
    expect(made).toMatchObject({ status: 201, body: { code_name: 'cost_centre' } });
    const path = `/custom-session-attribute/${made.body.id}`;
    const person = await testPerson(appliance, 'sets_attributes');
    expect((await person.call('GET', '/custom-session-attribute')).body).toEqual([made.body]);
    expect((await person.call('GET', path)).body).toEqual(made.body);
    for (const [method, at] of [
      ['POST', '/custom-session-attribute'],
      ['PATCH', path],
      ['DELETE', path],
    ] as const) {
      const json = method === 'DELETE' ? undefined : { display_name: 'Mine' };
      expect([method, (await person.call(method, at, json)).status]).toEqual([method, 403]);
    }
    expect((await api('PATCH', path, { display_name: 'Department' })).body).toEqual({
      ...made.body,
      display_name: 'Department',
    });
    expect((await api('DELETE', path)).status).toBe(204);
  });
});

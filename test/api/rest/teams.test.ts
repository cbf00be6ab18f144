import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CredentialEvents } from '../../../appliance/access/credential-events.ts';
import { TeamMemberService } from '../../../appliance/support/team-member-service.ts';
import { TeamService } from '../../../appliance/support/team-service.ts';
import { PgUnitOfWork, pgStores } from '../../../schema/pg-stores.ts';
import { type Call, configurationCalls, liftRateLimits } from '../../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';
import { testPerson } from '../../support/test-person.ts';

let appliance: TestAppliance;
let api: Call;
let admin: Call;

beforeAll(async () => {
  appliance = await testAppliance();
  api = configurationCalls(appliance.api);
  admin = configurationCalls(appliance.admin);
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

/** A group policy whose members are in the team. */
async function policyTeam(userId: number, teamId: number, role: string): Promise<number> {
  const { sql } = appliance;
  const [policy] = await sql<{ id: number }[]>`
    insert into group_policy (name, position)
    values (${`Policy ${teamId}/${userId}`}, (select max(position) + 1 from group_policy)) returning id`;
  const { id } = policy!;
  await sql`insert into group_policy_member (group_policy_id, security_provider_id, user_id) values (${id}, 1, ${userId})`;
  await sql`insert into group_policy_team (group_policy_id, team_id, role) values (${id}, ${teamId}, ${role})`;
  return id;
}

describe('a team', () => {
  it('is created with what is not said, id first, and is where Location says', async () => {
    const response = await appliance.api('/api/config/v1/team', {
      method: 'POST',
      json: { name: 'Service desk', comments: null },
    });
    expect(response.status).toBe(201);
    const text = await response.text();
    const { id } = JSON.parse(text);
    expect(text).toBe(
      `{"id":${id},"name":"Service desk","code_name":"service_desk","comments":"","persistent_queue":false,"public_portal_ids":["all"]}`,
    );
    expect(response.headers.get('location')).toBe(`${appliance.url}/api/config/v1/team/${id}`);
    const shown = await api('GET', `/team/${id}`);
    expect([JSON.stringify(shown.body), shown.headers.get('etag')]).toEqual([
      text,
      response.headers.get('etag'),
    ]);
  });

  it('is offered on the portals it names, or on all', async () => {
    const made = await api('POST', '/team', { name: 'On one portal', public_portal_ids: [1, '1'] });
    expect(made.body.public_portal_ids).toEqual([1]);
    const path = `/team/${made.body.id}`;
    expect((await api('PATCH', path, { public_portal_ids: [1, 'all'] })).body.public_portal_ids).toEqual([
      'all',
    ]);
    expect((await api('PATCH', path, { public_portal_ids: [] })).body.public_portal_ids).toEqual([]);
    expect((await api('PATCH', path, { comments: 'x' })).body.public_portal_ids).toEqual([]);
    for (const wrong of [[4711], ['everything'], [1.5], [0], [true], 'all']) {
      expect(await api('PATCH', path, { public_portal_ids: wrong })).toMatchObject({
        status: 422,
        body: { errors: expect.anything() },
      });
    }
    expect(await api('PATCH', path, { public_portal_ids: [4711] })).toMatchObject({
      body: { errors: { public_portal_ids: [expect.any(String)] } },
    });
    expect((await api('GET', path)).body.public_portal_ids).toEqual([]);
  });

  it('has a name and a code name of its own', async () => {
    await api('POST', '/team', { name: 'Taken', code_name: 'taken' });
    expect((await api('POST', '/team', { name: 'taken' })).body.errors).toEqual({
      name: [expect.any(String)],
    });
    expect((await api('POST', '/team', { name: 'Other', code_name: 'TAKEN' })).body.errors).toEqual({
      code_name: [expect.any(String)],
    });
    expect((await api('POST', '/team', { name: 'Täken' })).body.code_name).toBe('taken_2');
    expect((await api('POST', '/team', { name: 'x'.repeat(256) })).body.errors).toEqual({
      name: [expect.stringMatching(/255/)],
    });
    expect((await api('POST', '/team', { name: 'Y', colour: 'red' })).status).toBe(401);
    expect((await api('GET', '/team?name=TAKEN')).body).toHaveLength(1);
    expect((await api('GET', '/team?code_name=Taken&name=other')).body).toEqual([]);
  });

  it('is changed field by field, with before and after in the audit', async () => {
    const { body: team } = await api('POST', '/team', { name: 'Before', comments: 'stays' });
    const changed = await api('PATCH', `/team/${team.id}`, {
      id: 7,
      name: 'After',
      persistent_queue: true,
      public_portal_ids: [1],
    });
    expect(changed.body).toEqual({
      ...team,
      name: 'After',
      persistent_queue: true,
      public_portal_ids: [1],
    });
    const { body: audit } = await admin(
      'GET',
      `/audit-event?object_type=team&object_id=${team.id}&type=team.updated`,
    );
    expect(audit.items[0]).toMatchObject({
      before: { name: 'Before', persistent_queue: false, public_portal_ids: 'all' },
      after: { name: 'After', persistent_queue: true, public_portal_ids: [1] },
    });
  });

  it('cannot be deleted while something needs it, which the refusal names', async () => {
    const { body: team } = await api('POST', '/team', { name: 'Needed' });
    const person = await testPerson(appliance, 'in_needed');
    await api('POST', `/team/${team.id}/user`, { user_id: person.id });
    const issue = await api('POST', '/issue', { name: 'Needs a team', team_ids: [team.id] });
    const script = await api('POST', '/canned-script', {
      name: 'Of a team',
      commands: 'dir',
      team_ids: [team.id],
    });
    const policy = await policyTeam(person.id, team.id, 'member');
    expect((await api('DELETE', `/team/${team.id}`)).body).toEqual({
      message: `This team is used by the issue "Needs a team", and by the canned script "Of a team", and by the group policy "Policy ${team.id}/${person.id}".`,
    });
    expect((await api('DELETE', `/issue/${issue.body.id}`)).status).toBe(204);
    expect((await api('DELETE', `/canned-script/${script.body.id}`)).status).toBe(204);
    await appliance.sql`delete from group_policy where id = ${policy}`;
    expect((await api('DELETE', `/team/${team.id}`)).status).toBe(204);
    expect((await api('GET', `/team/${team.id}`)).status).toBe(404);
    expect((await api('DELETE', `/team/${team.id}`)).status).toBe(404);
  });
});

describe('who may', () => {
  it('see a team: its members, also by a group policy, and whoever may edit teams', async () => {
    const { body: direct } = await api('POST', '/team', { name: 'Direct' });
    const { body: derived } = await api('POST', '/team', { name: 'Derived' });
    const { body: other } = await api('POST', '/team', { name: 'Other one' });
    const member = await testPerson(appliance, 'sees_two');
    await api('POST', `/team/${direct.id}/user`, { user_id: member.id });
    await policyTeam(member.id, derived.id, 'lead');
    expect((await member.call('GET', '/team')).body).toEqual([direct, derived]);
    expect((await member.call('GET', `/team/${derived.id}`)).status).toBe(200);
    expect((await member.call('GET', `/team/${other.id}`)).status).toBe(404);
    const editor = await testPerson(appliance, 'edits_teams', { perm_edit_sd_teams: true });
    expect((await editor.call('GET', `/team/${other.id}`)).status).toBe(200);
  });

  it('change a team: whoever has the right, nobody else', async () => {
    const { body: team } = await api('POST', '/team', { name: 'Guarded' });
    const member = await testPerson(appliance, 'only_a_lead');
    await api('POST', `/team/${team.id}/user`, { user_id: member.id, role: 'manager' });
    const editor = await testPerson(appliance, 'edits_guarded', { perm_edit_sd_teams: true });
    const attempts = [
      ['PATCH', `/team/${team.id}`, { comments: 'mine' }],
      ['POST', '/team', { name: 'Mine' }],
      ['GET', `/team/${team.id}/user`, undefined],
      ['POST', `/team/${team.id}/user`, { user_id: editor.id }],
      ['DELETE', `/team/${team.id}/user/${member.id}`, undefined],
      ['DELETE', `/team/${team.id}`, undefined],
    ] as const;
    for (const [method, path, json] of attempts) {
      expect([path, (await member.call(method, path, json)).status]).toEqual([path, 403]);
    }
    for (const [method, path, json] of attempts) {
      expect([path, (await editor.call(method, path, json)).status]).toEqual([
        path,
        expect.toSatisfy((status: number) => status < 300),
      ]);
    }
  });
});

it('nobody who edits teams becomes their lead or manager by it', async () => {
  const { body: team } = await api('POST', '/team', { name: 'Unled' });
  const { body: led } = await api('POST', '/team', { name: 'Led' });
  const editor = await testPerson(appliance, 'edits_unled', { perm_edit_sd_teams: true });
  const self = `/team/${team.id}/user/${editor.id}`;
  const add = (role: string) => editor.call('POST', `/team/${team.id}/user`, { user_id: editor.id, role });
  expect((await add('manager')).status).toBe(403);
  expect((await add('member')).status).toBe(201);
  expect((await editor.call('PATCH', self, { role: 'lead' })).status).toBe(403);
  expect((await api('PATCH', self, { role: 'lead' })).status).toBe(200);
  expect((await editor.call('PATCH', self, { team_id: led.id })).status).toBe(403);
  expect((await editor.call('PATCH', self, { role: 'member' })).status).toBe(200);
});

describe('members of a team', () => {
  it('are added as members, listed, promoted and removed', async () => {
    const { body: team } = await api('POST', '/team', { name: 'Staffed' });
    const { id: userId } = await testPerson(appliance, 'staff');
    const path = `/team/${team.id}/user`;
    const added = await api('POST', path, { team_id: team.id, user_id: userId });
    expect(added).toMatchObject({ status: 201, body: { team_id: team.id, user_id: userId, role: 'member' } });
    expect(added.headers.get('location')).toBe(`${appliance.url}/api/config/v1${path}/${userId}`);
    expect((await api('POST', path, { user_id: userId })).body.errors).toEqual({
      user_id: [expect.any(String)],
    });
    expect((await api('POST', path, { user_id: 4711 })).body.errors).toEqual({
      user_id: [expect.any(String)],
    });
    expect((await api('POST', path, { team_id: team.id + 1, user_id: userId })).body.errors).toEqual({
      team_id: [expect.any(String)],
    });
    expect((await api('POST', path, { user_id: userId, role: 'owner' })).status).toBe(422);
    expect((await api('PATCH', `${path}/${userId}`, { role: 'lead' })).body.role).toBe('lead');
    expect((await api('PATCH', `${path}/${userId}`, {})).body.role).toBe('lead');
    expect((await api('GET', path)).body).toEqual([{ team_id: team.id, user_id: userId, role: 'lead' }]);
    expect((await api('DELETE', `${path}/${userId}`)).status).toBe(204);
    expect((await api('GET', `${path}/${userId}`)).status).toBe(404);
    expect((await api('DELETE', `${path}/${userId}`)).status).toBe(404);
    expect((await api('GET', '/team/4711/user')).status).toBe(404);
    expect((await api('POST', '/team/4711/user', { user_id: userId })).status).toBe(404);
  });

  it('move to another team with their role, unless they are in it already', async () => {
    const { body: from } = await api('POST', '/team', { name: 'From' });
    const { body: to } = await api('POST', '/team', { name: 'To' });
    const { id: userId } = await testPerson(appliance, 'mover');
    await api('POST', `/team/${from.id}/user`, { user_id: userId, role: 'lead' });
    expect((await api('PATCH', `/team/${from.id}/user/${userId}`, { team_id: 4711 })).body.errors).toEqual({
      team_id: [expect.any(String)],
    });
    const moved = await api('PATCH', `/team/${from.id}/user/${userId}`, { team_id: to.id });
    expect(moved).toMatchObject({ status: 200, body: { team_id: to.id, user_id: userId, role: 'lead' } });
    expect((await api('GET', `/team/${from.id}/user`)).body).toEqual([]);
    expect((await api('GET', `/team/${to.id}/user/${userId}`)).body).toEqual(moved.body);
    await api('POST', `/team/${from.id}/user`, { user_id: userId });
    expect((await api('PATCH', `/team/${from.id}/user/${userId}`, { team_id: to.id })).status).toBe(422);
    expect((await api('GET', `/team/${from.id}/user/${userId}`)).status).toBe(200);
    const { body: audit } = await admin('GET', `/audit-event?object_type=team&type=team.user_moved`);
    expect(audit.items).toMatchObject([{ before: { team_id: from.id }, after: { team_id: to.id } }]);
  });

  it('by a group policy cannot be changed or removed here', async () => {
    const { body: team } = await api('POST', '/team', { name: 'By policy' });
    const { id: userId } = await testPerson(appliance, 'by_policy');
    await policyTeam(userId, team.id, 'member');
    const path = `/team/${team.id}/user/${userId}`;
    for (const refused of [await api('PATCH', path, { role: 'lead' }), await api('DELETE', path)]) {
      expect(refused).toMatchObject({
        status: 422,
        body: { message: expect.stringMatching(/group policy/) },
      });
    }
  });
});

it('tells whose rights a change of a team touches: the member and who leads the team', async () => {
  const told: unknown[] = [];
  const credentialEvents: CredentialEvents = {
    publish: (event) => told.push(event),
    subscribe: () => () => {},
  };
  const { sql } = appliance;
  const deps = { stores: pgStores(sql), unitOfWork: new PgUnitOfWork(sql), credentialEvents };
  const members = new TeamMemberService(deps);
  const actor = { kind: 'system', name: 'test' } as const;
  const { body: team } = await api('POST', '/team', { name: 'Told of' });
  const { body: next } = await api('POST', '/team', { name: 'Told of next' });
  const lead = await testPerson(appliance, 'told_lead');
  const derived = await testPerson(appliance, 'told_by_policy');
  const { id: userId } = await testPerson(appliance, 'told_member');
  await members.add(actor, { teamId: team.id, userId: lead.id, role: 'lead' });
  await policyTeam(derived.id, next.id, 'manager');
  const changed = (...ids: number[]) => ids.map((id) => ({ kind: 'user_rights_changed', userId: id }));
  const toldBy = async (change: () => Promise<unknown>) => {
    told.length = 0;
    await change();
    return [...told];
  };
  expect(await toldBy(() => members.add(actor, { teamId: team.id, userId, role: 'member' }))).toEqual(
    changed(userId, lead.id),
  );
  expect(await toldBy(() => members.change(actor, team.id, userId, { teamId: next.id }))).toEqual(
    changed(userId, lead.id, derived.id),
  );
  expect(await toldBy(() => members.remove(actor, next.id, userId))).toEqual(changed(userId, derived.id));
  const deleted = await toldBy(() => new TeamService(deps).delete(actor, team.id));
  expect(deleted).toEqual(changed(lead.id));
});

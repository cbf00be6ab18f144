import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, configurationCalls } from '../support/configuration-calls.ts';
import { LiveSite, ROLE } from '../support/live-site.ts';
import { bearer, patch, scimAccount, scimCalls } from '../support/scim-site.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';

let site: LiveSite;
let neighbour: TestAppliance;
let scim: Call;
let providerId: number;
beforeAll(async () => {
  site = await LiveSite.start();
  const admin = configurationCalls(site.appliance.admin);
  providerId = (await admin('POST', '/security-provider', { type: 'scim', name: 'Directory' })).body.id;
  const { secret } = await scimAccount(admin);
  // Another process of the same site: what ends there ends here.
  neighbour = await testAppliance({ database: site.appliance.database, dataDir: site.appliance.dataDir });
  scim = scimCalls(bearer(neighbour, secret));
});
afterAll(async () => {
  await neighbour?.stop();
  await site?.stop();
});

/** Somebody who is signed in and whose account belongs to the directory. */
async function provisionedPerson(settings: Record<string, unknown> = {}) {
  const person = await site.person(settings, ROLE.startSessions);
  const { sql } = site.appliance;
  await sql`update app_user set security_provider_id = ${providerId} where id = ${person.id}`;
  const [row] = await sql<{ id: string }[]>`
    insert into scim_user (user_id, security_provider_id, user_name)
    values (${person.id}, ${providerId}, ${person.username}) returning id`;
  return { ...person, scimId: row!.id };
}

describe('a person who is', () => {
  it('made inactive loses every sign-in and every live connection, on every process', async () => {
    const person = await provisionedPerson();
    const started = await site.start(person.call, await site.item());
    const terminal = await site.work(started);
    expect((await person.call('/api/config/v1/me')).status).toBe(200);
    const answer = await scim(
      'PATCH',
      `/Users/${person.scimId}`,
      patch({ op: 'Replace', path: 'active', value: 'False' }),
    );
    expect(answer).toMatchObject({ status: 200, body: { active: false } });
    expect((await person.call('/api/config/v1/me')).status).toBe(401);
    expect(await terminal.closed()).toBeGreaterThan(0);
    expect(await site.ended(started.lsid)).toMatchObject({ end_reason: 'signed_out' });
  });

  it('deleted loses them too', async () => {
    const person = await provisionedPerson();
    const terminal = await site.work(await site.start(person.call, await site.item()));
    expect((await scim('DELETE', `/Users/${person.scimId}`)).status).toBe(204);
    expect((await person.call('/api/config/v1/me')).status).toBe(401);
    expect(await terminal.closed()).toBeGreaterThan(0);
  });

  it('the last enabled administrator stays, by PATCH, PUT and DELETE', async () => {
    const person = await provisionedPerson();
    const { sql } = site.appliance;
    await sql`update app_user set perm_admin = id = ${person.id}`;
    const off = patch({ op: 'replace', value: { active: false } });
    const tries = [
      await scim('PATCH', `/Users/${person.scimId}`, off),
      await scim('PUT', `/Users/${person.scimId}`, { userName: person.username, active: false }),
      await scim('DELETE', `/Users/${person.scimId}`),
    ];
    for (const { status, body } of tries) {
      expect(`${status} ${body.detail}`).toMatch(/^403 .*last enabled administrator/);
    }
    await sql`update app_user set perm_admin = true where username = 'admin'`;
    expect((await scim('PATCH', `/Users/${person.scimId}`, off)).status).toBe(200);
  });
});

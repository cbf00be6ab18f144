import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/live-jumpoint.ts';
import { LiveSite, post, ROLE } from '../support/live-site.ts';
import { keptLog, tablesHolding } from '../support/planted-secrets.ts';
import { RepresentativeTerminal } from '../support/representative-terminal.ts';
import { letsIn, RotationSite } from '../support/rotation-site.ts';
import { canMakeUsers, type TestUser, testUser } from '../support/test-user.ts';

let site: LiveSite;
let user: TestUser;
const logged = keptLog();

beforeAll(async () => {
  if (!canMakeUsers) return;
  [site, user] = await Promise.all([LiveSite.start({ log: logged.log }), testUser()]);
}, 60_000);
afterAll(async () => {
  await site?.stop();
  await user?.remove();
});

it.runIf(canMakeUsers)(
  'a password that a session used is another one once the session is over, and nobody ever saw either',
  async () => {
    const { api, sql } = site.appliance;
    const vault = new RotationSite(api);
    const endpoint = await vault.endpoint(
      site.jumpoint.jumpointId,
      site.sshd.port,
      await site.sshd.hostKey(),
    );
    await vault.get('POST', '/vault/account-policy', {
      name: 'after use',
      code_name: 'after_use',
      auto_rotate_credentials: true,
    });
    const { username, password } = user;
    const id = await vault.account({
      name: 'deploy',
      username,
      password,
      endpoint_id: endpoint,
      account_policy: 'after_use',
    });
    const person = await site.person({}, ROLE.startSessions);
    await post(api, `/vault/account/${id}/user`, { user_id: person.id, role: 'inject' });
    const started = await site.start(person.call, await site.item(), {
      credential: { source: 'vault', id: String(id) },
    });
    const terminal = await RepresentativeTerminal.dial(started.channel.relay_url);
    terminal.answer(await terminal.message('prompt'), { choice: 'save' });
    await terminal.shows(/[$#] /);
    // Whoever works in the session cannot have it changed under his or her hands.
    expect((await vault.call('POST', `/vault/account/${id}/rotate`)).status).toBe(422);
    terminal.send({ t: 'close' });
    await site.ended(started.lsid);
    await until('the rotation', async () => (await vault.standing(id)).state === 'done', 30_000);
    expect(await vault.get('GET', `/vault/rotation?account_id=${id}`)).toMatchObject([
      { cause: 'checked_in', requested_by: person.username, state: 'done' },
    ]);
    const secret = await vault.secret(id);
    expect(await letsIn(site.sshd.port, username, secret)).toBe(true);
    expect(await letsIn(site.sshd.port, username, { password })).toBe(false);
    const secrets = [password, secret.password ?? ''];
    expect(await tablesHolding(sql, secrets)).toEqual([]);
    for (const one of secrets) expect(logged.text()).not.toContain(one);
  },
  60_000,
);

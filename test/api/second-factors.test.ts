import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recoverAdministrator } from '../../appliance/access/administrator-recovery.ts';
import { Argon2PasswordHasher } from '../../integrations/argon2/argon2-password-hasher.ts';
import { PgUnitOfWork } from '../../schema/pg-stores.ts';
import { type Call, configurationCalls, liftRateLimits } from '../support/configuration-calls.ts';
import { type Caller, caller, type TestAppliance, testAppliance } from '../support/test-appliance.ts';

const PASSWORD = 'a password of a person';
const API = '/api/config/v1';
const STEP_MS = 30_000;

let appliance: TestAppliance;
let admin: Call;
let people = 0;

beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  admin = configurationCalls(appliance.admin);
});
afterAll(() => appliance.stop());

interface Person {
  id: number;
  username: string;
}

async function person(settings: Record<string, unknown> = {}): Promise<Person> {
  people += 1;
  const username = `person${people}`;
  const { status, body } = await admin('POST', '/user', {
    username,
    public_display_name: username,
    private_display_name: username,
    password: PASSWORD,
    ...settings,
  });
  expect(`${status} ${JSON.stringify(body)}`).toMatch(/^201/);
  return { id: body.id, username };
}

// biome-ignore lint/suspicious/noExplicitAny: tests look at members by name; the contract check types the answer
async function post(path: string, json: object): Promise<{ status: number; body: any; cookie: string }> {
  const answer = await appliance.anonymous(`${API}${path}`, { method: 'POST', json });
  const cookie = answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  return { status: answer.status, body: await answer.json(), cookie };
}

const password = (who: Person) => post('/sign-in', { username: who.username, password: PASSWORD });

function browser(cookie: string): { call: Call; caller: Caller } {
  const one = caller(appliance.url, async () => ({ cookie, origin: appliance.url }));
  return { call: configurationCalls(one), caller: one };
}

async function signedIn(who: Person): Promise<Call> {
  const { status, body, cookie } = await password(who);
  expect(`${status} ${JSON.stringify(body)}`).toMatch(/^200/);
  return browser(cookie).call;
}

/** The code of the step so many steps from now. */
function codeOf(secret: string, steps = 0): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({
    timestamp: Date.now() + steps * STEP_MS,
  });
}

/** Registered as with the step before the present one, so that the present code is still good. */
async function withApp(who: Person): Promise<{ call: Call; secret: string; codes: string[] }> {
  const call = await signedIn(who);
  const begun = await call('POST', '/me/totp');
  expect(begun.status).toBe(201);
  const { status, body } = await call('POST', '/me/totp/confirm', { code: codeOf(begun.body.secret) });
  expect(status).toBe(200);
  await appliance.sql`update user_second_factor set totp_last_step = totp_last_step - 1 where user_id = ${who.id}`;
  return { call, secret: begun.body.secret, codes: body.recovery_codes };
}

async function audited(who: Person): Promise<string[]> {
  const rows = await appliance.sql<{ type: string }[]>`
    select concat_ws(': ', event_type, after ->> 'reason') as type from audit_event
     where object_type = 'user' and object_id = ${String(who.id)} order by id`;
  return rows.map(({ type }) => type);
}

describe('an authenticator app', () => {
  it('counts once a code has confirmed it, and is asked for from then on', async () => {
    const who = await person();
    const call = await signedIn(who);
    const begun = await call('POST', '/me/totp');
    expect(begun.body.uri).toMatch(/^otpauth:\/\/totp\/Bridgehead:person\d+\?/);
    expect(new URL(begun.body.uri).searchParams.get('secret')).toBe(begun.body.secret);
    expect((await password(who)).status).toBe(200);
    const wrong = await call('POST', '/me/totp/confirm', { code: '000000' });
    expect([wrong.status, Object.keys(wrong.body.errors)]).toEqual([422, ['code']]);
    const code = codeOf(begun.body.secret);
    const confirmed = await call('POST', '/me/totp/confirm', { code });
    expect(confirmed.status).toBe(200);
    expect(confirmed.body.recovery_codes).toHaveLength(10);
    expect(await audited(who)).toContain('user.second_factor_added');

    const asked = await password(who);
    expect(asked.status).toBe(202);
    expect(asked.cookie).toBe('');
    expect(asked.body).toMatchObject({
      step: 'second_factor',
      details: { methods: ['totp', 'recovery_code'] },
    });
    // The code that confirmed it was used; the one after it was not.
    const used = await post('/sign-in/step', { sign_in: asked.body.sign_in, code });
    expect(used.status).toBe(202);
    expect(used.body.problem).toContain('used before');
    const right = await post('/sign-in/step', {
      sign_in: used.body.sign_in,
      code: codeOf(begun.body.secret, 1),
    });
    expect(right.status).toBe(200);
    expect(await audited(who)).toContain('user.sign_in_failed: a code that was used before');
  });

  it('is asked for by programs too, and single calls with a password are refused', async () => {
    const who = await person();
    const { secret } = await withApp(who);
    const asked = await post('/user-token', { username: who.username, password: PASSWORD, name: 'laptop' });
    expect(asked.status).toBe(202);
    const answered = await post('/user-token/step', { sign_in: asked.body.sign_in, code: codeOf(secret) });
    expect(answered.status).toBe(201);
    expect(answered.body).toMatchObject({ second_factor_due: false });

    await admin('PATCH', '/site-setting', { legacy_password_authentication: true });
    const call = async ({ username }: Person) => {
      const query = new URLSearchParams({ username, password: PASSWORD, action: 'get_api_info' });
      const answer = await appliance.anonymous(`/api/command.ns?${query}`);
      return (await answer.text()).includes('Login failed') ? 'refused' : 'answered';
    };
    const without = await person();
    const owing = await person({ two_factor_required: true });
    expect([await call(without), await call(who), await call(owing)]).toEqual([
      'answered',
      'refused',
      'refused',
    ]);
  });

  it('takes no code twice, not even at the same time', async () => {
    const who = await person();
    const { secret } = await withApp(who);
    const [one, two] = [await password(who), await password(who)];
    const answers = await Promise.all(
      [one, two].map(({ body }) => post('/sign-in/step', { sign_in: body.sign_in, code: codeOf(secret) })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 202]);
  });

  it('ends a sign-in after five wrong codes and closes for longer and longer, while a recovery code still works', async () => {
    const who = await person();
    const { secret, codes } = await withApp(who);
    let asked = await password(who);
    for (let wrong = 1; wrong <= 5; wrong += 1) {
      asked = await post('/sign-in/step', { sign_in: asked.body.sign_in, code: '000000' });
    }
    expect([asked.status, asked.body.error]).toEqual([401, 'sign_in_over']);
    expect(await audited(who)).toContain('user.second_factor_locked');
    asked = await password(who);
    const locked = await post('/sign-in/step', { sign_in: asked.body.sign_in, code: codeOf(secret) });
    expect(locked.body.problem).toContain('Too many wrong codes');
    const recovered = await post('/sign-in/step', {
      sign_in: locked.body.sign_in,
      code: codes[0]!.toUpperCase(),
    });
    expect(recovered.status).toBe(200);
  });

  it('is kept as a sealed secret alone, which goes with the person', async () => {
    const who = await person();
    const { secret } = await withApp(who);
    const rows = await appliance.sql<{ sealed: Buffer }[]>`
      select sealed from sealed_secret where owner_type = 'user' and owner_id = ${who.id}`;
    expect(rows).toHaveLength(1);
    expect(rows[0]!.sealed.includes(secret)).toBe(false);
    expect((await admin('DELETE', `/user/${who.id}`)).status).toBe(204);
    const left = await appliance.sql`
      select from sealed_secret where owner_type = 'user' and owner_id = ${who.id}`;
    expect(left).toHaveLength(0);
  });

  it('can be removed with a fresh proof, which ends the other sign-ins', async () => {
    const who = await person();
    const { call, secret } = await withApp(who);
    const asked = await password(who);
    const { cookie } = await post('/sign-in/step', { sign_in: asked.body.sign_in, code: codeOf(secret) });
    const other = browser(cookie).call;
    await appliance.sql`
      update user_credential set second_factor_at = now() - interval '11 minutes' where user_id = ${who.id}`;
    const refused = await call('DELETE', '/me/totp');
    expect([refused.status, refused.body.error, refused.body.methods]).toEqual([
      403,
      'fresh_proof_required',
      ['totp', 'recovery_code'],
    ]);
    const byPassword = await call('POST', '/me/second-factor/verify', { password: PASSWORD });
    expect(byPassword.status).toBe(422);
    expect((await call('POST', '/me/second-factor/verify', { code: '000000' })).status).toBe(422);
    const proven = await call('POST', '/me/second-factor/verify', { code: codeOf(secret, 1) });
    expect(proven.body).toEqual({ method: 'totp', expires_in: 600 });
    expect((await call('DELETE', '/me/totp')).status).toBe(204);
    expect((await other('GET', '/me')).status).toBe(401);
    expect((await call('GET', '/me/second-factor')).body).toMatchObject({
      methods: [],
      totp: null,
      recovery_codes_left: 0,
    });
    expect((await password(who)).status).toBe(200);
  });
});

describe('a cookie that is not fresh', () => {
  it('adds no factor until the password was given again', async () => {
    const who = await person();
    const call = await signedIn(who);
    await appliance.sql`
      update user_credential set proven_at = now() - interval '11 minutes' where user_id = ${who.id}`;
    const refused = await call('POST', '/me/totp');
    expect([refused.status, refused.body.methods]).toEqual([403, ['password']]);
    expect((await call('POST', '/me/second-factor/verify', { password: 'wrong' })).status).toBe(422);
    expect((await call('POST', '/me/second-factor/verify', { password: PASSWORD })).status).toBe(200);
    expect((await call('POST', '/me/totp')).status).toBe(201);
  });
});

describe('recovery codes', () => {
  it('are good once each, and a new set makes the old one worthless', async () => {
    const who = await person();
    const { call, codes } = await withApp(who);
    const use = async (code: string) => {
      const asked = await password(who);
      return (await post('/sign-in/step', { sign_in: asked.body.sign_in, code })).status;
    };
    expect(await use(codes[0]!)).toBe(200);
    expect(await use(codes[0]!)).toBe(202);
    expect((await call('GET', '/me/second-factor')).body.recovery_codes_left).toBe(9);
    const renewed = await call('POST', '/me/recovery-code');
    expect([renewed.status, new Set(renewed.body.recovery_codes).size]).toEqual([201, 10]);
    expect(await use(codes[1]!)).toBe(202);
    expect(await use(renewed.body.recovery_codes[1])).toBe(200);
    expect(await audited(who)).toContain('user.recovery_code_used');
  });

  it('are not made for people without a factor', async () => {
    const call = await signedIn(await person());
    expect((await call('POST', '/me/recovery-code')).status).toBe(422);
  });
});

describe('a policy that asks for a second factor', () => {
  it('lets people without one do nothing but register it', async () => {
    const who = await person({ two_factor_required: true });
    const { body, cookie } = await password(who);
    expect(body).toMatchObject({ second_factor_due: true, must_change_password: false });
    const { call } = browser(cookie);
    const refused = await call('GET', '/jump-group');
    expect([refused.status, refused.body.error]).toEqual([403, 'second_factor_required']);
    expect((await call('GET', '/me')).body.second_factor_due).toBe(true);
    const begun = await call('POST', '/me/totp');
    expect((await call('POST', '/me/totp/confirm', { code: codeOf(begun.body.secret) })).status).toBe(200);
    expect((await call('GET', '/jump-group')).status).toBe(200);
    const last = await call('DELETE', '/me/totp');
    expect([last.status, last.body.message]).toEqual([
      422,
      expect.stringContaining('must have a second factor'),
    ]);
  });

  it('holds back a sign-in that began before it, until the factor is proven', async () => {
    const who = await person();
    const earlier = await signedIn(who);
    const { secret } = await withApp(who);
    await admin('PATCH', `/user/${who.id}`, { two_factor_required: true });
    expect((await earlier('GET', '/jump-group')).status).toBe(403);
    expect((await earlier('POST', '/me/totp')).body.error).toBe('fresh_proof_required');
    expect((await earlier('POST', '/me/second-factor/verify', { code: codeOf(secret) })).status).toBe(200);
    expect((await earlier('GET', '/jump-group')).status).toBe(200);
  });
});

describe('administrators', () => {
  it('see who has a second factor and reset it, which ends the sign-ins of the person', async () => {
    const who = await person();
    const { call } = await withApp(who);
    expect((await admin('GET', `/user/${who.id}`)).body).toMatchObject({
      two_factor_enabled: true,
      fido2_credential_count: 0,
      fido2_last_used_date: null,
    });
    expect((await admin('DELETE', `/user/${who.id}/second-factor`)).status).toBe(204);
    expect((await call('GET', '/me')).status).toBe(401);
    expect((await admin('GET', `/user/${who.id}`)).body.two_factor_enabled).toBe(false);
    expect((await password(who)).status).toBe(200);
    expect(await audited(who)).toContain('user.second_factor_reset');
  });

  it('alone may: not whoever sets passwords', async () => {
    const setter = await signedIn(await person({ perm_set_passwords: true }));
    const who = await person();
    await withApp(who);
    expect((await setter('DELETE', `/user/${who.id}/second-factor`)).status).toBe(403);
    expect((await admin('DELETE', '/user/999999/second-factor')).status).toBe(404);
  });

  it('alone hand out new guesses at the code: whoever sets passwords unlocks no more than those', async () => {
    const setter = await signedIn(await person({ perm_set_passwords: true }));
    const who = await person();
    const { secret } = await withApp(who);
    let asked = await password(who);
    for (let wrong = 1; wrong <= 5; wrong += 1) {
      asked = await post('/sign-in/step', { sign_in: asked.body.sign_in, code: '000000' });
    }
    const problem = async () => {
      const { body } = await password(who);
      return (await post('/sign-in/step', { sign_in: body.sign_in, code: codeOf(secret) })).body.problem;
    };
    expect((await setter('PATCH', `/user/${who.id}`, { failed_logins: 0 })).status).toBe(200);
    expect(await problem()).toContain('Too many wrong codes');
    expect((await admin('PATCH', `/user/${who.id}`, { failed_logins: 0 })).status).toBe(200);
    expect(await problem()).toBeUndefined();
  });

  it('who are recovered on the host get in without the factor they lost', async () => {
    const who = await person();
    await withApp(who);
    const recovered = await recoverAdministrator(
      {
        unitOfWork: new PgUnitOfWork(appliance.sql),
        passwords: new Argon2PasswordHasher(),
        events: { publish: () => {}, subscribe: () => () => {} },
      },
      who.username,
      { kind: 'system', name: 'test' },
    );
    const { status, body } = await post('/sign-in', { username: who.username, password: recovered.password });
    expect([status, body.must_change_password]).toEqual([200, true]);
  });
});

describe('a site that is reached by an address', () => {
  it('says why nobody can have passkeys', async () => {
    const call = await signedIn(await person());
    expect((await call('GET', '/me/second-factor')).body.passkeys_unavailable).toContain('host name');
    expect((await call('POST', '/me/passkey/options')).status).toBe(422);
    expect((await post('/sign-in/passkey', {})).status).toBe(422);
    expect(await (await appliance.anonymous(`${API}/sign-in/options`)).json()).toMatchObject({
      passkeys: false,
    });
  });
});

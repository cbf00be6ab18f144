import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashSecret } from '../../appliance/secrets.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';

const DENIED =
  '{"error":"access_denied","message":"The resource owner or authorization server denied the request."}';
const BAD_CLIENT = '{"error":"invalid_client","message":"Client authentication failed."}';
const SECRET = 's3cret/with+odd%20chars:and=signs';
/** An operation that any caller with the configuration permission may make. */
const CONFIGURATION_CALL = '/api/config/v1/jump-group';

let appliance: TestAppliance;
let accounts = 0;
/** A fresh account for each test, so that locks and token counts do not meet. */
let clientId: string;
let accountId: number;

beforeAll(async () => {
  appliance = await testAppliance();
});
afterAll(() => appliance.stop());

beforeEach(async () => {
  accounts += 1;
  clientId = `client-${accounts}`;
  const [row] = await appliance.sql<{ id: number }[]>`
    insert into api_account (name, client_id, secret_hash, permissions)
    values (${clientId}, ${clientId}, ${hashSecret(SECRET)}, '{perm_configuration}') returning id`;
  accountId = row!.id;
});

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

async function post(init: { headers?: Record<string, string>; body?: BodyInit }): Promise<Response> {
  return appliance.anonymous('/oauth2/token', { method: 'POST', ...init });
}

async function ask(id = clientId, secret = SECRET): Promise<Response> {
  return post({
    headers: { authorization: basic(id, secret) },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
}

async function newToken(): Promise<string> {
  return ((await (await ask()).json()) as { access_token: string }).access_token;
}

async function call(token: string, path = CONFIGURATION_CALL): Promise<Response> {
  return appliance.anonymous(path, { headers: { authorization: `Bearer ${token}` } });
}

/** A second of the database's clock has just begun. */
async function nextSecond(): Promise<void> {
  await appliance.sql`
    select pg_sleep(extract(epoch from date_trunc('second', clock_timestamp()) + '1.01 s' - clock_timestamp()))`;
}

async function auditTypes(): Promise<string[]> {
  const rows = await appliance.sql<{ event_type: string; reason: string | null }[]>`
    select event_type, after ->> 'reason' as reason from audit_event
     where object_type = 'api_account' and object_id = ${String(accountId)} order by id`;
  return rows.map((row) => (row.reason === null ? row.event_type : `${row.event_type}: ${row.reason}`));
}

describe('a token request that nobody can read', () => {
  const grant = 'grant_type=client_credentials&client_secret=x';
  it.each<[string, number, string, { headers?: Record<string, string>; body: BodyInit }]>([
    ['a NUL in the client id', 401, 'invalid_client', { body: `${grant}&client_id=a%00b` }],
    [
      'a NUL in the client id of HTTP Basic',
      401,
      'invalid_client',
      { headers: { authorization: basic('a\0b', 'x') }, body: grant },
    ],
    ['a NUL in the secret', 401, 'invalid_client', { body: `${grant}%00&client_id=a` }],
    [
      'half a surrogate pair',
      401,
      'invalid_client',
      { body: `{"grant_type":"client_credentials","client_id":"a\\ud800","client_secret":"x"}` },
    ],
    ['escapes that are not UTF-8', 401, 'invalid_client', { body: `${grant}&client_id=%ff%fe` }],
    [
      'bytes that are not UTF-8',
      401,
      'invalid_client',
      { body: Buffer.concat([Buffer.from(`${grant}&client_id=`), Buffer.from([0xff, 0xfe])]) },
    ],
    ['a NUL in the grant type', 400, 'unsupported_grant_type', { body: 'grant_type=client_credentials%00' }],
    [
      'a character set nobody knows',
      415,
      'invalid_request',
      { headers: { 'content-type': 'text/plain; charset=klingon' }, body: grant },
    ],
    ['a body without end', 413, 'invalid_request', { body: 'x'.repeat(20_000) }],
  ])('says so in the published form: %s', async (_what, status, error, init) => {
    const answer = await post(init);
    expect([answer.status, await answer.json()]).toEqual([status, { error, message: expect.any(String) }]);
  });

  it('is told of a failure of the server in the published form', async () => {
    await appliance.database.ownerSql`alter table api_token rename to api_token_away`;
    try {
      const answer = await ask();
      expect([answer.status, await answer.json()]).toEqual([
        500,
        { error: 'server_error', message: 'The authorization server encountered an unexpected condition.' },
      ]);
    } finally {
      await appliance.database.ownerSql`alter table api_token_away rename to api_token`;
    }
    expect((await ask()).status).toBe(200);
  });
});

describe('asking for a token', () => {
  it('answers the published body, in its order and without white space, and the published headers', async () => {
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(
      /^\{"access_token":"[A-Za-z0-9]{40}","token_type":"Bearer","expires_in":3600\}$/,
    );
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect(answer.headers.get('vary')).toBe('Accept,X-Requested-With,Authorization');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
  const multipart = (fields: Record<string, string>) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return body;
  };
  const grant = { grant_type: 'client_credentials' };
  it.each<[string, () => { headers?: Record<string, string>; body?: BodyInit }]>([
    [
      'Basic and a form',
      () => ({ headers: { authorization: basic(clientId, SECRET) }, body: new URLSearchParams(grant) }),
    ],
    [
      'Basic and JSON',
      () => ({
        headers: { authorization: basic(clientId, SECRET), 'content-type': 'application/json' },
        body: JSON.stringify(grant),
      }),
    ],
    [
      'credentials in the form',
      () => ({ body: new URLSearchParams({ ...grant, client_id: clientId, client_secret: SECRET }) }),
    ],
    [
      'credentials in JSON',
      () => ({
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...grant, client_id: clientId, client_secret: SECRET }),
      }),
    ],
    [
      'a raw string without a type',
      () => ({ headers: { authorization: basic(clientId, SECRET) }, body: Buffer.from(form(grant)) }),
    ],
    [
      'a raw string as text/plain',
      () => ({
        headers: { authorization: basic(clientId, SECRET), 'content-type': 'text/plain' },
        body: form(grant),
      }),
    ],
    [
      'a form that says it is JSON',
      () => ({
        headers: { authorization: basic(clientId, SECRET), 'content-type': 'application/json' },
        body: form(grant),
      }),
    ],
    ['multipart', () => ({ body: multipart({ ...grant, client_id: clientId, client_secret: SECRET }) })],
    [
      'Basic with a form-encoded secret',
      () => ({
        headers: { authorization: basic(clientId, encodeURIComponent(SECRET)) },
        body: new URLSearchParams(grant),
      }),
    ],
    [
      'a lower-case header and scheme',
      () => ({
        headers: { authorization: basic(clientId, SECRET).replace('Basic', 'basic') },
        body: new URLSearchParams(grant),
      }),
    ],
  ])('understands %s', async (_name, request) => {
    const answer = await post(request());
    expect(await answer.text()).toContain('"access_token"');
    expect(answer.status).toBe(200);
  });

  it.each([
    ['no grant', {}, 400, 'invalid_request'],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['no credentials', { grant_type: 'client_credentials' }, 401, 'invalid_client'],
  ])('refuses %s with an error and a message', async (_name, fields, status, error) => {
    const answer = await post({ body: new URLSearchParams(fields as Record<string, string>) });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ error, message: expect.stringMatching(/\w/) });
  });

  it('refuses broken JSON and an endless body', async () => {
    const broken = await post({ headers: { 'content-type': 'application/json' }, body: '{"grant_type":' });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: 'invalid_request' });
    const endless = await post({ body: `grant_type=${'x'.repeat(100_000)}` });
    expect(endless.status).toBeGreaterThanOrEqual(400);
    expect(endless.status).toBeLessThan(500);
  });

  it('does not take credentials from the query string', async () => {
    const query = new URLSearchParams({ ...grant, client_id: clientId, client_secret: SECRET });
    expect((await appliance.anonymous(`/oauth2/token?${query}`, { method: 'POST' })).status).toBe(401);
  });

  it('keeps neither token nor secret as text', async () => {
    const token = await newToken();
    const [row] = await appliance.sql<{ text: string }[]>`
      select (select string_agg(t::text, ' ') from api_token t) || (select string_agg(a::text, ' ') from api_account a)
          || coalesce((select string_agg(e::text, ' ') from audit_event e), '') as text`;
    expect(row!.text).not.toContain(token);
    expect(row!.text).not.toContain(SECRET);
  });
});

describe('failures of the token endpoint', () => {
  it('read the same whatever is wrong, and the audit log says what it was', async () => {
    const answers = [await ask('nobody', SECRET), await ask(clientId, 'wrong')];
    await appliance.sql`update api_account set ip_addresses = '203.0.113.0/24' where id = ${accountId}`;
    answers.push(await ask());
    await appliance.sql`update api_account set ip_addresses = '', enabled = false where id = ${accountId}`;
    answers.push(await ask());
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(await answer.text()).toBe(BAD_CLIENT);
    }
    expect(await auditTypes()).toEqual([
      'api_token.refused: wrong secret',
      'api_token.refused: network',
      'api_token.refused: disabled',
    ]);
  });

  it('lock the account after ten wrong secrets in a row, even for the right one, until the lock runs out', async () => {
    for (let attempt = 0; attempt < 10; attempt += 1) await ask(clientId, 'wrong');
    expect(await (await ask()).text()).toBe(BAD_CLIENT);
    expect(await auditTypes()).toContain('api_account.locked_out');
    const [row] = await appliance.sql`
      select failed_login_attempts as attempts, failed_login_expiration > now() as locked from api_account where id = ${accountId}`;
    expect(row).toEqual({ attempts: 10, locked: true });

    await appliance.sql`update api_account set failed_login_expiration = now() - interval '1 s' where id = ${accountId}`;
    expect((await ask(clientId, 'wrong')).status).toBe(401);
    expect((await ask()).status).toBe(200);
    const [after] = await appliance.sql`
      select failed_login_attempts as attempts, failed_login_expiration as expiration from api_account where id = ${accountId}`;
    expect(after).toEqual({ attempts: 0, expiration: null });
  });

  it('count guesses made at the same time', async () => {
    await Promise.all(Array.from({ length: 30 }, () => ask(clientId, 'wrong')));
    const wrong = (await auditTypes()).filter((type) => type === 'api_token.refused: wrong secret');
    expect(wrong).toHaveLength(10);
  });
});

describe('a bearer token', () => {
  it('opens the API and carries the rate headers', async () => {
    const answer = await call(await newToken());
    expect(answer.status).not.toBe(401);
    expect(answer.status).not.toBe(403);
    expect(answer.headers.get('x-ratelimit-limit')).toBe('15000');
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('14999');
  });

  it('is refused in the published words when it is unknown, malformed, expired, missing or of another scheme', async () => {
    const expired = await newToken();
    await appliance.sql`update api_token set expires_at = now() - interval '1 s' where api_account_id = ${accountId}`;
    const answers = [
      await call(expired),
      await call('x'.repeat(40)),
      await call("' or 1=1 --"),
      await call('bhu_nothing'),
      await appliance.anonymous(CONFIGURATION_CALL),
      await appliance.anonymous(CONFIGURATION_CALL, { headers: { authorization: basic(clientId, SECRET) } }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(await answer.text()).toBe(DENIED);
    }
  });

  it('lives beside 29 others; the 31st ends the oldest', async () => {
    const tokens: string[] = [];
    for (let n = 0; n < 30; n += 1) tokens.push(await newToken());
    expect((await call(tokens[0]!)).status).not.toBe(401);
    tokens.push(await newToken());
    expect((await call(tokens[0]!)).status).toBe(401);
    expect((await call(tokens[1]!)).status).not.toBe(401);
    expect((await call(tokens[30]!)).status).not.toBe(401);
  });

  it('dies when its account is disabled', async () => {
    const token = await newToken();
    await appliance.sql`update api_account set enabled = false where id = ${accountId}`;
    expect((await call(token)).status).toBe(401);
  });

  it('is refused from a network its account is not allowed on', async () => {
    const token = await newToken();
    await appliance.sql`update api_account set ip_addresses = '203.0.113.0/24' where id = ${accountId}`;
    const elsewhere = await call(token);
    expect(elsewhere.status).toBe(401);
    expect(await elsewhere.text()).toBe(DENIED);
    await appliance.sql`update api_account set ip_addresses = '203.0.113.0/24 127.0.0.0/8' where id = ${accountId}`;
    expect((await call(token)).status).not.toBe(401);
  });

  it('without the permission of an API is answered 403 with a message', async () => {
    const token = await newToken();
    await appliance.sql`update api_account set permissions = '{perm_ecm}' where id = ${accountId}`;
    const answer = await call(token);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ message: expect.stringContaining('Configuration API') });
    // One made for a person.
    expect((await call(token, '/api/config/v1/me')).status).toBe(403);
  });

  it('makes twenty calls in a second and is then told to wait', async () => {
    const token = await newToken();
    await nextSecond();
    const answers = await Promise.all(Array.from({ length: 40 }, () => call(token)));
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused).toHaveLength(20);
    expect(refused[0]!.headers.get('retry-after')).toBe('1');
    expect(refused[0]!.headers.get('x-ratelimit-limit')).toBe('15000');
    expect(await refused[0]!.json()).toEqual({ message: expect.stringMatching(/\w/) });
  });

  it('shares its limit with the other processes of the site', async () => {
    const other = await testAppliance({
      database: appliance.database,
      env: { BRIDGEHEAD_SITE_KEY_FILE: appliance.config.siteKeyFile },
    });
    try {
      const token = await newToken();
      const callOther = () =>
        other.anonymous(CONFIGURATION_CALL, { headers: { authorization: `Bearer ${token}` } });
      await nextSecond();
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, n) => (n % 2 ? call(token) : callOther())),
      );
      expect(answers.filter((answer) => answer.status === 429)).toHaveLength(20);
    } finally {
      await other.stop();
    }
  });
});

it('honours a changed rate limit within seconds', async () => {
  await appliance.sql`
    insert into site_setting (name, value) values ('rate_limit_per_hour', '3'::jsonb)`;
  try {
    const token = await newToken();
    await expect
      .poll(async () => (await call(token)).headers.get('x-ratelimit-limit'), {
        timeout: 5000,
        interval: 500,
      })
      .toBe('3');
    await expect.poll(async () => (await call(token)).status, { timeout: 5000, interval: 100 }).toBe(429);
    expect(Number((await call(token)).headers.get('retry-after'))).toBeGreaterThan(0);
  } finally {
    await appliance.sql`delete from site_setting`;
  }
});

// The last one: it uses up what this address may get wrong in a minute.
it('turns an address away that keeps guessing', async () => {
  const answers: Response[] = [];
  while (answers.length < 400 && !answers.some(({ status }) => status === 429)) {
    answers.push(...(await Promise.all(Array.from({ length: 25 }, () => ask('nobody', 'wrong')))));
  }
  const turnedAway = answers.find(({ status }) => status === 429)!;
  expect(Number(turnedAway.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await turnedAway.json()).toEqual({ error: 'access_denied', message: expect.stringMatching(/\w/) });
});

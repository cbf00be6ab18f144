import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CredentialReleases } from '../../../appliance/sessions/credential-releases.ts';
import { type Injection, InjectionService } from '../../../appliance/sessions/injection-service.ts';
import { endSession } from '../../../appliance/sessions/session-lifecycle.ts';
import { CredentialRefusal, type CredentialSource } from '../../../appliance/vault/credential-source.ts';
import { CredentialSources } from '../../../appliance/vault/credential-sources.ts';
import { PgUnitOfWork, pgStores } from '../../../schema/pg-stores.ts';
import { type TestDatabase, testDatabase } from '../../support/test-database.ts';

const CHANNEL = '5d0c7a52-56a5-4f43-9a5e-6f0f3f0f0a01';

let database: TestDatabase;
let stores: ReturnType<typeof pgStores>;
let unitOfWork: PgUnitOfWork;
let injection: InjectionService;
let releases: CredentialReleases;
let lsid: string;
let number = 0;
let failures: unknown[];

/** A credential manager that does what the test says, and writes down what it is told. */
const manager = {
  give: (): ReturnType<CredentialSource['give']> => Promise.reject(new Error('not set')),
  release: (): Promise<void> => Promise.resolve(),
  released: [] as { id: string; userId: number | undefined; lease: string | undefined }[],
};

beforeAll(async () => {
  database = await testDatabase();
  const { sql } = database;
  stores = pgStores(sql);
  unitOfWork = new PgUnitOfWork(sql);
  await sql`insert into app_user (id, username) values (70, 'rep')`;
  await sql`insert into jumpoint (id, name, code_name, platform) values (70, 'net', 'net', 'linux-x86')`;
  await sql`
    insert into jumpoint_node (id, jumpoint_id, identity_public_key, sealing_public_key)
    values (70, 70, ${Buffer.alloc(32, 1)}, ${Buffer.alloc(32, 2)})`;
  const source: CredentialSource = {
    name: 'ecm',
    limit: 200,
    find: () => Promise.reject(new Error('not asked')),
    findOne: () => Promise.reject(new Error('not asked')),
    give: () => manager.give(),
    release: async ({ userId }, id, _endedAt, { lease }) => {
      manager.released.push({ id, userId, lease });
      await manager.release();
    },
  };
  const credentials = new CredentialSources([source]);
  const common = { stores, unitOfWork, credentials, onError: (error: unknown) => void failures.push(error) };
  injection = new InjectionService({ ...common, sealingContext: (id) => `for ${id}` });
  releases = new CredentialReleases({ ...common, injection });
});
afterAll(() => database.drop());

beforeEach(async () => {
  failures = [];
  manager.released = [];
  manager.release = () => Promise.resolve();
  number += 1;
  lsid = number.toString(16).padStart(32, '0');
  await database.sql`
    insert into support_session (lsid, state, start_method, jump_item_kind, jump_item_name, target, user_id,
                                 jumpoint_id, jumpoint_node_id)
    values (${lsid}, 'starting', 'jump', 'shell_jump', 'host', '{"hostname":"h","port":22,"username":"root"}', 70, 70, 70)`;
  await stores.sessionCredentials.insert({
    lsid,
    source: 'ecm',
    id: `item-${number}`,
    name: 'root of host',
    keepsUsername: false,
    userId: 70,
  });
});
afterEach(() => database.sql`delete from session_credential`);

async function end(): Promise<void> {
  await unitOfWork.inTransaction(async (own) => {
    const session = await own.sessions.lock(lsid);
    await endSession(own, session!, { reason: 'terminated' });
  });
}

async function row() {
  const [found] = await database.sql<
    {
      state: string;
      reason: string | null;
      due: boolean;
      released: boolean;
      givenUp: boolean;
      dueIn: number;
    }[]
  >`
    select state, failure_reason as reason, release_due_at is not null as due, released_at is not null as released,
           given_up_at is not null as "givenUp",
           round(extract(epoch from release_due_at - clock_timestamp()))::int as "dueIn"
      from session_credential where lsid = ${lsid}`;
  return found!;
}

const give = (signal = new AbortController().signal): Promise<Injection> =>
  injection.give(lsid, CHANNEL, signal);

async function events(): Promise<string[]> {
  const session = await stores.sessions.find(lsid);
  return (await stores.sessions.events(session!, 0, 100)).map(({ type }) => type);
}

describe('giving', () => {
  it('happens once', async () => {
    manager.give = () => Promise.resolve({ sealed: 'box', name: 'x', username: 'root', lease: 'lease-1' });
    expect(await give()).toMatchObject({ sealed: 'box', username: 'root' });
    expect(await give()).toEqual({ refused: 'No credential waits for this session.' });
    await injection.used(lsid);
    await injection.used(lsid);
    expect(await row()).toMatchObject({ state: 'used', due: false });
    const used = await stores.credentialPreferences.used(70, { hostname: 'H', context: 'login' }, 5);
    expect(used).toEqual([{ source: 'ecm', id: `item-${number}`, name: 'root of host' }]);
    expect(await events()).toEqual(['Credential Injection Attempt']);
  });

  it('says why a source refused, and tells nobody what a source that broke said', async () => {
    manager.give = () => Promise.reject(new CredentialRefusal('in_use', 'Kim has it.'));
    expect(await give()).toEqual({ refused: 'Kim has it.' });
    expect(await row()).toMatchObject({ state: 'failed', reason: 'Kim has it.' });
    expect(await events()).toEqual(['Credential Injection Attempt', 'Credential Injection Attempt Failed']);
    await end();
    expect(await row()).toMatchObject({ due: false });
    expect(failures).toEqual([]);
  });

  it('that broke, or was not waited for, may have happened: its source is told of the end', async () => {
    manager.give = () => Promise.reject(new Error('password=hunter2'));
    const answer = await give();
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(failures).toHaveLength(1);
    await end();
    expect(await row()).toMatchObject({ state: 'failed', due: true });
    expect(await releases.carryOut()).toBe(1);
    expect(manager.released).toEqual([{ id: `item-${number}`, userId: 70, lease: undefined }]);
  });

  it('ends with the channel', async () => {
    const gone = new AbortController();
    manager.give = async () => {
      gone.abort();
      await end();
      throw gone.signal.reason;
    };
    expect(await give(gone.signal)).toEqual({ refused: 'The session was over before the credential came.' });
    expect(await row()).toMatchObject({ state: 'failed', due: true, dueIn: 0 });
  });
});

describe('giving back', () => {
  beforeEach(() => {
    manager.give = () => Promise.resolve({ sealed: 'box', name: 'x', username: 'root', lease: 'lease-2' });
  });

  it('is due with the end of the session, and happens once', async () => {
    await give();
    expect(await releases.carryOut()).toBe(0);
    await end();
    expect(await releases.carryOut()).toBe(1);
    expect(await releases.carryOut()).toBe(0);
    expect(manager.released).toEqual([{ id: `item-${number}`, userId: 70, lease: 'lease-2' }]);
    expect(await row()).toMatchObject({ released: true });
  });

  it('tells that an attempt failed of which nobody heard how it went, whatever ended the session', async () => {
    await give();
    await end();
    manager.release = () => Promise.reject(new Error('no route to the vault'));
    expect(await releases.carryOut()).toBe(1);
    const { state, reason, dueIn } = await row();
    expect([state, reason]).toEqual(['failed', expect.stringContaining('ended before')]);
    expect(dueIn).toBeGreaterThan(25);
    await database.sql`update session_credential set release_due_at = now()`;
    await releases.carryOut();
    await injection.used(lsid);
    expect((await row()).state).toBe('failed');
    const told = ['Credential Injection Attempt', 'Credential Injection Attempt Failed'];
    expect((await events()).filter((type) => type.startsWith('Credential'))).toEqual(told);
  });

  it('tells no failure of one that was used', async () => {
    await give();
    await injection.used(lsid);
    await end();
    expect(await releases.carryOut()).toBe(1);
    expect(await row()).toMatchObject({ state: 'used', released: true });
    expect(await events()).not.toContain('Credential Injection Attempt Failed');
  });

  it('is not due for one that nobody asked for', async () => {
    await end();
    expect(await row()).toMatchObject({ state: 'chosen', due: false });
  });

  it('waits for a source that is still being asked, and is due at once when it answers after the end', async () => {
    let answer: (given: Awaited<ReturnType<CredentialSource['give']>>) => void = () => undefined;
    manager.give = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const giving = give();
    await expect.poll(async () => (await row()).state).toBe('asked');
    await end();
    expect(await releases.carryOut()).toBe(0);
    expect((await row()).dueIn).toBeGreaterThan(50);
    answer({ sealed: 'box', name: 'x', username: '' });
    await giving;
    expect(await releases.carryOut()).toBe(1);
  });

  it('comes about a minute later when the process that asked was killed meanwhile', async () => {
    manager.give = () => new Promise(() => undefined);
    void give();
    await expect.poll(async () => (await row()).state).toBe('asked');
    await end();
    await database.sql`update session_credential set release_due_at = now() - interval '1 second'`;
    expect(await releases.carryOut()).toBe(1);
  });

  it('is told of a lease that comes to light while the source is told that there may be one', async () => {
    let answer: (given: Awaited<ReturnType<CredentialSource['give']>>) => void = () => undefined;
    manager.give = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const giving = give();
    await expect.poll(async () => (await row()).state).toBe('asked');
    await end();
    await database.sql`update session_credential set release_due_at = now() - interval '1 second'`;
    manager.release = async () => {
      manager.release = () => Promise.resolve();
      answer({ sealed: 'box', name: 'x', username: '', lease: 'late' });
      await giving;
    };
    expect(await releases.carryOut()).toBe(1);
    expect(await releases.carryOut()).toBe(1);
    expect(manager.released.map(({ lease }) => lease)).toEqual([undefined, 'late']);
    expect(await row()).toMatchObject({ state: 'failed', released: true });
    const told = (await events()).filter((type) => type === 'Credential Injection Attempt Failed');
    expect(told).toHaveLength(1);
  });

  it('is tried again with growing pauses, and given up with an audit row after three days', async () => {
    await give();
    await end();
    manager.release = () => Promise.reject(new Error('no route to the vault'));
    const overdue = () =>
      database.sql`update session_credential set release_due_at = now() - interval '1 second'`;
    for (const pause of [30, 60, 120]) {
      await overdue();
      await releases.carryOut();
      expect((await row()).dueIn).toBeGreaterThan(pause - 5);
      expect((await row()).dueIn).toBeLessThanOrEqual(pause);
    }
    await database.sql`update session_credential set release_attempts = 40`;
    await overdue();
    await releases.carryOut();
    expect((await row()).dueIn).toBeLessThanOrEqual(900);
    await database.sql`update support_session set ended_at = now() - interval '73 hours' where lsid = ${lsid}`;
    await overdue();
    await releases.carryOut();
    expect(await row()).toMatchObject({ released: false, givenUp: true });
    await overdue();
    expect(await releases.carryOut()).toBe(0);
    const audit = await database.sql`
      select object_id as lsid, after from audit_event where event_type = 'credential.release_given_up'`;
    expect(audit).toMatchObject([
      { lsid, after: { source: 'ecm', credential_id: `item-${number}`, attempts: 42 } },
    ]);
  });

  it('is taken by one process at a time', async () => {
    await give();
    await end();
    let others = -1;
    manager.release = async () => {
      others = await new CredentialReleases({
        stores,
        unitOfWork,
        credentials: new CredentialSources(),
        injection,
        onError: () => undefined,
      }).carryOut();
    };
    expect(await releases.carryOut()).toBe(1);
    expect(others).toBe(0);
  });

  it('goes on for a person who was deleted', async () => {
    await give();
    await end();
    await database.sql`update session_credential set user_id = null`;
    await releases.carryOut();
    expect(manager.released).toMatchObject([{ userId: undefined }]);
  });
});

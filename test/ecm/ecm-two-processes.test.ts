import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { rawPublicKey } from '../../agents/handshake.ts';
import { CloseCode } from '../../agents/protocol.ts';
import { unseal } from '../../agents/sealed-box.ts';
import type { CredentialSource } from '../../appliance/vault/credential-source.ts';
import { liftRateLimits } from '../support/configuration-calls.ts';
import {
  adHocContext,
  approve,
  ecmClient,
  enrolledEcm,
  LiveEcmHost,
  liveEcmHost,
  revoke,
  runScripted,
  showEcmHost,
} from '../support/live-ecm.ts';
import { until } from '../support/live-jumpoint.ts';
import { hangs, ScriptedEcm } from '../support/scripted-ecm.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { ADMIN_PASSWORD, type Caller, type TestAppliance, testAppliance } from '../support/test-appliance.ts';

const signal = AbortSignal.timeout(120_000);
const find = { search: '', limit: 200, signal };
const jumpoint = generateKeyPairSync('x25519');
const recipient = { publicKey: rawPublicKey(jumpoint.publicKey), context: 'credential for channel 1' };
const choosing = () => adHocContext(1, undefined);
const inSession = () => adHocContext(1, 'ab'.repeat(16));

let asking: TestAppliance;
let other: ServerProcess;
let directory: string;
let admin: Caller;
let ecm: CredentialSource;
const hosts: LiveEcmHost[] = [];

/** The process of this test asks; hosts dial the other process of the same site. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bridgehead-ecm-two-'));
  asking = await testAppliance();
  await liftRateLimits(asking);
  admin = asking.admin;
  ecm = asking.credentials.get('ecm');
  other = await startOther();
}, 120_000);

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

afterAll(async () => {
  other?.kill('SIGTERM');
  await other?.ended;
  await asking?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function startOther(): Promise<ServerProcess> {
  const { database, config } = asking;
  return await startServerProcess({
    dataDir: join(directory, 'other'),
    env: {
      DATABASE_URL: database.runtimeUrl,
      DATABASE_OWNER_URL: database.ownerUrl,
      BRIDGEHEAD_ADMIN_PASSWORD: ADMIN_PASSWORD,
      BRIDGEHEAD_PUBLIC_URL: config.publicUrl,
      BRIDGEHEAD_SITE_KEY_FILE: config.siteKeyFile,
      BRIDGEHEAD_RECORDINGS: join(directory, 'recordings'),
    },
  });
}

async function there(name: string): Promise<LiveEcmHost> {
  const host = await liveEcmHost(admin, other.url, name);
  hosts.push(host);
  return host;
}

async function rows(): Promise<number> {
  const [row] = await asking.sql<{ n: number }[]>`select count(*)::int as n from ecm_request`;
  return row!.n;
}

it('asks a host that another process holds; a credential passes the database sealed', async () => {
  const one = await there('one');
  one.operations.credential = { username: 'root', password: 'planted-secret-4712' };
  expect((await ecm.find(choosing(), find)).items).toMatchObject([{ name: 'root at one' }]);
  let stored = '';
  one.operations.before = async (kind) => {
    if (kind !== 'get') return;
    stored += JSON.stringify(await asking.sql`select * from ecm_request`);
  };
  const answered = asking.sql.listen('bridgehead', async (payload) => {
    if (payload.includes('ecm.answered'))
      stored += JSON.stringify(await asking.sql`select * from ecm_request`);
  });
  const { unlisten } = await answered;
  const given = await ecm.give(inSession(), 'store:root', recipient, { signal });
  expect(given).toMatchObject({ username: 'root', lease: 'lease of one' });
  const opened = unseal(jumpoint.privateKey, recipient.context, given.sealed).toString();
  expect(opened).toContain('planted-secret-4712');
  await unlisten();
  expect(stored).toContain('get_credential');
  expect(stored).not.toContain('planted-secret');
  expect(other.output()).not.toContain('planted-secret');
  await until('the rows to be gone', async () => (await rows()) === 0);
});

it('answers many questions at once, and stops asking when nobody waits', async () => {
  const one = await there('one');
  const answers = await Promise.all(Array.from({ length: 40 }, () => ecm.find(choosing(), find)));
  expect(answers.flatMap(({ items }) => items)).toHaveLength(40);
  let cancelled = false;
  one.operations.before = async (_kind, given) => {
    await new Promise<void>((resolve) => given.addEventListener('abort', () => resolve()));
    cancelled = true;
  };
  const before = one.operations.asked.length;
  const controller = new AbortController();
  const found = ecm.find(choosing(), { ...find, signal: controller.signal });
  await until('it to be asked', async () => one.operations.asked.length > before);
  controller.abort();
  await found;
  await until('it to be told', async () => cancelled, 5_000);
  expect(await rows()).toBe(0);
});

it('approves and revokes hosts that another process holds', async () => {
  const enrolled = await enrolledEcm(other.url, await ecmClient(admin), 'pending');
  const operations = new ScriptedEcm('pending');
  const host = new LiveEcmHost(enrolled, operations, await runScripted(enrolled, operations));
  hosts.push(host);
  await until('it to wait', async () => host.program.place === 'waiting');
  await approve(admin, host.id);
  await until('it to be asked', async () => host.program.place === 'asked', 3_000);
  await revoke(admin, host.id);
  expect(await host.program.refused).toMatchObject({ code: CloseCode.notEnrolled });
});

it('counts five over all processes', async () => {
  const five = [];
  for (let number = 1; number <= 5; number += 1) {
    const host = await liveEcmHost(admin, number % 2 ? other.url : asking.url, `place ${number}`);
    hosts.push(host);
    five.push(host);
  }
  const enrolled = await enrolledEcm(asking.url, await ecmClient(admin), 'sixth');
  await approve(admin, enrolled.id);
  const operations = new ScriptedEcm('sixth');
  const sixth = new LiveEcmHost(enrolled, operations, await runScripted(enrolled, operations));
  hosts.push(sixth);
  await until('it to wait', async () => sixth.program.place === 'waiting');
  await five[0]!.program.stop();
  await until('it to be asked', async () => sixth.program.place === 'asked', 5_000);
});

it('goes on with the next host when the process that holds the first one is killed', async () => {
  const one = await there('one');
  one.operations.before = hangs;
  const two = await liveEcmHost(admin, asking.url, 'two');
  hosts.push(two);
  const given = ecm.give(inSession(), 'store:root', recipient, { signal });
  await until('it to be asked', async () => one.operations.asked.length > 0);
  other.kill('SIGKILL');
  expect((await given).lease).toBe('lease of two');
  // The host knows the other URL of the site by now and comes over by itself.
  await until('it to come over', async () => one.program.place === 'asked', 25_000);
  await until(
    'that to be known',
    async () => (await showEcmHost(admin, one.id)).connection === 'connected',
    25_000,
  );
  expect((await showEcmHost(admin, one.id)).clone_suspected_at).toBeNull();

  // The process comes back; what is connected to it and stops in good order leaves at once.
  other = await startOther();
  const three = await there('three');
  other.kill('SIGTERM');
  await until(
    'it to be back elsewhere',
    async () => three.program.place === 'asked' && (await isHere(three)),
  );
  other = await startOther();
}, 120_000);

async function isHere({ id }: LiveEcmHost): Promise<boolean> {
  return (await showEcmHost(admin, id)).connection === 'connected';
}

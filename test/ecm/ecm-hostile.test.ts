import { createPrivateKey } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ECM_PATH, ECM_SUBPROTOCOL } from '../../agents/ecm-protocol.ts';
import { newKeyPair } from '../../agents/handshake.ts';
import { CloseCode } from '../../agents/protocol.ts';
import type { CredentialSource } from '../../appliance/vault/credential-source.ts';
import { liftRateLimits } from '../support/configuration-calls.ts';
import {
  adHocContext,
  approve,
  type EnrolledEcm,
  ecmClient,
  enrolledEcm,
  type LiveEcmHost,
  liveEcmHost,
  showEcmHost,
} from '../support/live-ecm.ts';
import { until } from '../support/live-jumpoint.ts';
import { RawEcmProgram } from '../support/raw-ecm-program.ts';
import { type Caller, type TestAppliance, testAppliance } from '../support/test-appliance.ts';

const find = { search: '', limit: 200, signal: AbortSignal.timeout(60_000) };
const choosing = () => adHocContext(1, undefined);

let appliance: TestAppliance;
let admin: Caller;
let ecm: CredentialSource;
let hostile: EnrolledEcm;
let honest: LiveEcmHost | undefined;
beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
  admin = appliance.admin;
  ecm = appliance.credentials.get('ecm');
  hostile = await enrolledEcm(appliance.url, await ecmClient(admin), 'hostile');
  await approve(admin, hostile.id);
});
afterEach(async () => {
  await honest?.stop();
  honest = undefined;
  await until(
    'all to be gone',
    async () => (await showEcmHost(admin, hostile.id)).connection === 'disconnected',
  );
});
afterAll(async () => {
  await appliance?.stop();
  await rm(hostile.stateDir, { recursive: true });
});

/** Connected longest, and with a better one behind it. */
async function welcomedBeforeTheHonest(): Promise<RawEcmProgram> {
  const program = await RawEcmProgram.dial(appliance.url);
  await program.hello(hostile.identity);
  expect(await program.next()).toMatchObject({ t: 'welcome' });
  honest = await liveEcmHost(admin, appliance.url, 'honest');
  return program;
}

it.each([
  ['another key', { identityKey: createPrivateKey(newKeyPair('ed25519').privateKeyPem) }, 'ecm'],
  ['an unknown id', { ecmHostId: 999_999 }, 'ecm'],
  ['a signature for a Jumpoint', {}, 'jumpoint'],
] as const)('refuses %s', async (_what, change, kind) => {
  const program = await RawEcmProgram.dial(appliance.url);
  await program.hello({ ...hostile.identity, ...change }, kind);
  expect(await program.closed).toBe(CloseCode.notEnrolled);
});

it.each([
  ['no JSON', '{'],
  ['an unknown message', JSON.stringify({ t: 'open sesame' })],
  ['an answer before hello', JSON.stringify({ t: 'answer', id: 1, answer: {} })],
  ['bytes', Buffer.from([1, 2, 3])],
])('closes the connection over %s', async (_what, said) => {
  const program = await RawEcmProgram.dial(appliance.url);
  await program.next();
  program.say(said);
  expect(await program.closed).toBe(1002);
});

it('closes the connection over a message that is too long', async () => {
  const program = await RawEcmProgram.dial(appliance.url);
  program.say('x'.repeat(2 * 1024 * 1024));
  expect(await program.closed).toBe(1009);
});

it('takes neither pages nor cookies for a program', async () => {
  const url = new URL(ECM_PATH, appliance.url.replace('http', 'ws'));
  for (const headers of [{ origin: appliance.url }, { cookie: 'bridgehead=x' }]) {
    const socket = new WebSocket(url, ECM_SUBPROTOCOL, { headers });
    const status = await new Promise((resolve) => {
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    });
    expect(status).toBe(403);
  }
});

it.each([
  ['what no question asks for', { items: 'all of them' }],
  [
    'more than the limit',
    {
      items: Array.from({ length: 201 }, (_, id) => ({ id: `store:${id}`, label: 'x' })),
      truncated: false,
      problems: [],
    },
  ],
  [
    'a label that is too long',
    { items: [{ id: 'store:1', label: 'x'.repeat(256) }], truncated: false, problems: [] },
  ],
])('cuts off a host that answers %s, and asks the next one', async (_what, answer) => {
  const program = await welcomedBeforeTheHonest();
  const found = ecm.find(choosing(), find);
  const request = await program.next();
  program.say(JSON.stringify({ t: 'answer', id: (request as { id: number }).id, answer }));
  expect((await found).items).toMatchObject([{ name: 'root at honest' }]);
  expect(await program.closed).toBe(1002);
});

it('does not let one host answer what another one is asked', async () => {
  const program = await welcomedBeforeTheHonest();
  let answer: () => void = () => undefined;
  honest!.operations.before = () => new Promise((resolve) => (answer = resolve));
  // Its own question goes unanswered, so that the honest host is asked number 1, too.
  const own = ecm.find(choosing(), find);
  const request = (await program.next()) as { id: number };
  program.say(
    JSON.stringify({ t: 'answer', id: request.id, failure: { code: 'unavailable', message: 'not now' } }),
  );
  await until('the honest one to be asked', async () => honest!.operations.asked.length === 1);
  program.say(
    JSON.stringify({
      t: 'answer',
      id: request.id,
      answer: { items: [{ id: 'store:evil', label: 'evil' }], truncated: false, problems: [] },
    }),
  );
  expect(await program.closed).toBe(1002);
  answer();
  expect((await own).items).toMatchObject([{ name: 'root at honest' }]);
});

it('gives no more time than there is to a host that never answers but to pings', async () => {
  const program = await welcomedBeforeTheHonest();
  const began = performance.now();
  expect((await ecm.find(choosing(), find)).items).toMatchObject([{ name: 'root at honest' }]);
  expect(performance.now() - began).toBeLessThan(11_000);
  expect(program.messages.at(-1)).toMatchObject({ t: 'cancel' });
  program.end();
});

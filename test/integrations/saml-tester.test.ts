import { beforeAll, describe, expect, it } from 'vitest';
import { ProviderTrace } from '../../appliance/directory/provider-trace.ts';
import type { ProviderSettings } from '../../appliance/directory/security-provider.ts';
import { OutboundFailure, type OutboundHttp } from '../../appliance/outbound-http.ts';
import { SamlTester } from '../../integrations/saml/saml-tester.ts';
import { type KeyPair, newKeyPair } from '../support/saml/hostile-idp.ts';
import { type SamlWorld, samlWorld } from '../support/saml/saml-world.ts';

let world: SamlWorld;
let stranger: KeyPair;
beforeAll(async () => {
  [world, stranger] = await Promise.all([samlWorld(), newKeyPair('stranger')]);
});

const DAY_MS = 86_400_000;
const answering = (seconds = 0): OutboundHttp => ({
  send: async () => ({
    status: 200,
    headers: { date: new Date(Date.now() + seconds * 1000).toUTCString() },
    body: Buffer.alloc(0),
  }),
});
const failing = (problem: ConstructorParameters<typeof OutboundFailure>[0]): OutboundHttp => ({
  send: async () => {
    throw new OutboundFailure(problem, 'It could not be reached.');
  },
});

async function tested(settings: ProviderSettings = {}, http = answering(), days = 0) {
  const trace = new ProviderTrace();
  const clock = { now: () => new Date(Date.now() + days * DAY_MS) };
  const tester = new SamlTester({ publicUrl: 'https://support.example.test', http, clock });
  await tester.test(world.source(settings), {}, trace);
  return trace;
}

describe('the test of a SAML provider', () => {
  it('passes where everything fits, and says what the other side has to know', async () => {
    const trace = await tested();
    expect(trace.failure).toBeUndefined();
    expect(trace.steps.map(({ step }) => step)).toEqual([
      'idp_certificate',
      'certificate',
      'metadata',
      'login_url',
      'clock',
    ]);
    expect(trace.steps[2]!.message).toContain('https://support.example.test/saml/7/acs');
  });
  it('explains missing and expired certificates of the identity provider', async () => {
    expect((await tested({ idp_certificates: '' })).failure).toMatchObject({
      step: 'idp_certificate',
      advice: expect.stringContaining('Import the metadata'),
    });
    const expired = await tested({}, failing('unreachable'), 60);
    expect(expired.failure).toMatchObject({ step: 'idp_certificate' });
    expect(expired.failure!.advice).toContain('Wrong certificate');
  });
  it('warns before a certificate expires', async () => {
    const trace = await tested({}, failing('unreachable'), 20);
    expect(trace.failure).toBeUndefined();
    expect(trace.steps[0]).toMatchObject({
      outcome: 'noted',
      message: expect.stringMatching(/expires on .*, in \d+ days/),
    });
  });
  it('explains a certificate that is not of our private key, and a missing pair where one is needed', async () => {
    expect((await tested({ certificate: stranger.cert })).failure).toMatchObject({
      step: 'certificate',
      message: expect.stringContaining('does not belong to its certificate'),
    });
    expect((await tested({ certificate: '' })).failure).toBeUndefined();
    expect((await tested({ certificate: '', force_signed_request: true })).failure).toMatchObject({
      step: 'certificate',
    });
  });
  it('explains clock skew', async () => {
    expect((await tested({}, answering(-30))).failure).toBeUndefined();
    const { failure } = await tested({}, answering(-300));
    expect(failure).toMatchObject({ step: 'clock', advice: expect.stringContaining('Clock skew') });
    expect(failure!.message).toMatch(/30\d seconds ahead of/);
  });
  it('takes a login address that this host cannot reach for worth knowing, one without a host for a mistake', async () => {
    expect((await tested({}, failing('unreachable'))).failure).toBeUndefined();
    expect((await tested({}, failing('redirected'))).steps.at(-1)).toMatchObject({
      step: 'login_url',
      outcome: 'passed',
    });
    expect((await tested({}, failing('unknown_host'))).failure).toMatchObject({ step: 'login_url' });
  });
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { ContractDocument } from '../../../api/contract/contract-document.ts';
import { ReferencePage } from '../../../api/contract/reference-page.ts';
import { type TestAppliance, testAppliance } from '../../support/test-appliance.ts';

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await testAppliance();
});
afterAll(() => appliance.stop());

it('shows every operation without a script or anything from outside', async () => {
  const answer = await appliance.admin('/api/config/v1/reference');
  const page = await answer.text();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/html');
  const nonce = /nonce-([\w-]+)/.exec(answer.headers.get('content-security-policy') ?? '')?.[1];
  expect(page).toContain(`<style nonce="${nonce}">`);
  expect(page).not.toMatch(/<script|style="|src=|href="http/);
  const { operations } = ContractDocument.ofThisVersion();
  for (const { operationId } of operations) expect(page).toContain(`<code>${operationId}</code>`);
});

it('is for the same callers as the document, which is served beside it', async () => {
  expect((await appliance.anonymous('/api/config/v1/reference')).status).toBe(401);
  const spec = await appliance.api('/api/config/v1/openapi.yaml');
  expect([spec.status, spec.headers.get('content-type')]).toEqual([200, 'application/yaml; charset=utf-8']);
  expect(await spec.text()).toMatch(/^openapi: 3\.1/);
});

it('writes texts of the document as text', () => {
  const document = new ContractDocument(
    'openapi: 3.1.0\ninfo: {title: "<b>x</b>", description: "`a` & **b** <i>"}\npaths: {}',
  );
  const page = new ReferencePage(document, '/api').html('n');
  expect(page).toContain('&lt;b&gt;x&lt;/b&gt;');
  expect(page).toContain('<p><code>a</code> &amp; <strong>b</strong> &lt;i&gt;</p>');
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { type TestSamlIdp, testSamlIdp } from '../support/test-saml-idp.ts';
import { administratorsBrowser, looksRight, made } from './administrator.ts';
import { startChromium, watchedPage } from './chromium.ts';

let appliance: TestAppliance;
let idp: TestSamlIdp;
let browser: Browser;
let id: number;

beforeAll(async () => {
  [appliance, idp, browser] = await Promise.all([testAppliance(), testSamlIdp(), startChromium()]);
  const json = { outbound_private_ranges: ['127.0.0.0/8'] };
  await appliance.admin('/api/config/v1/site-setting', { method: 'PATCH', json });
  const { id: policy } = await made(appliance, '/group-policy', { name: 'Support desk' });
  ({ id } = await made(appliance, '/security-provider', {
    type: 'saml',
    name: 'Company sign-in',
    entity_id: 'to be imported',
    login_url: 'https://idp.example.test/',
    user_name: 'uid',
    email: 'email',
    display_name: '{givenName} {sn}',
    default_policy: policy,
  }));
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await idp?.stop();
  await appliance?.stop();
});

it('is set up with a generated key and imported metadata', { timeout: 90_000 }, async () => {
  const { page, complaints } = await watchedPage(await administratorsBrowser(browser, appliance));
  await page.goto(`${appliance.url}/login/security-providers/${id}?section=saml`);
  await page.getByRole('button', { name: 'Generate a key pair' }).click();
  await page.getByRole('button', { name: 'Prepare the next key pair' }).waitFor();
  await page.getByLabel('Or address').fill(idp.metadataUrl);
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.getByRole('cell', { name: idp.entityId, exact: true }).waitFor();
  await looksRight(page, 'saml-setup');
  await page.getByRole('button', { name: 'Save these settings' }).click();
  await page.getByRole('cell', { name: 'identity provider', exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

it.each(['HTTP Redirect', 'HTTP POST'])('signs in and out by %s', { timeout: 90_000 }, async (binding) => {
  const json = { sso_url_protocol_binding: binding };
  await appliance.admin(`/api/config/v1/security-provider/${id}`, { method: 'PATCH', json });
  await idp.trust(await (await appliance.anonymous(`/saml/${id}/metadata`)).text());
  const { page, complaints } = await watchedPage(await browser.newContext());
  await page.goto(`${appliance.url}/console`);
  const button = page.getByRole('button', { name: 'Sign in with Company sign-in' });
  await button.click();
  await page.locator('input[name=username]').fill('alice');
  await page.locator('input[name=password]').fill('alicepw');
  await page.locator('input[name=password]').press('Enter');
  await page.getByText('Alice Archer').first().waitFor();
  expect(new URL(page.url()).pathname).toBe('/console');
  expect(page.url()).not.toContain('sign_in=');
  await page.getByRole('button', { name: /Alice Archer/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await button.waitFor();
  expect(new URL(page.url()).origin).toBe(appliance.url);
  expect(complaints).toEqual([]);
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ScimSite, scimSite } from '../support/scim-site.ts';
import { administratorsBrowser, looksRight, made } from './administrator.ts';
import { startChromium, watchedPage } from './chromium.ts';

let site: ScimSite;
let browser: Browser;
let page: Page;
let complaints: string[];
let policy: number;

beforeAll(async () => {
  [site, browser] = await Promise.all([scimSite(), startChromium()]);
  ({ id: policy } = await made(site.appliance, '/group-policy', { name: 'Representatives' }));
  await made(site.appliance, '/security-provider', {
    type: 'oidc',
    name: 'Company sign-in',
    issuer: 'https://sign-in.example.com',
    client_id: 'bridgehead',
  });
  const { body } = await site.scim('POST', '/Users', { userName: 'ada' });
  await site.scim('POST', '/Groups', { displayName: 'Service desk', members: [{ value: body.id }] });
  ({ page, complaints } = await watchedPage(await administratorsBrowser(browser, site.appliance)));
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

it('shows what to tell the directory and what has come from it', { timeout: 60_000 }, async () => {
  await page.goto(`${site.appliance.url}/login/security-providers/${site.providerId}?section=provisioning`);
  await page.getByText(`${site.appliance.config.publicUrl}/api/scim/v2`).waitFor();
  await page.getByText('1 (1 enabled)').waitFor();
  await page.getByText(/by directory /).waitFor();
  await looksRight(page, 'scim-provisioning');
});

it('takes the provider that signs these people in', { timeout: 60_000 }, async () => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByRole('combobox', { name: 'Signed in by' }).click();
  await page.getByRole('option', { name: 'Company sign-in' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(
      async () => (await site.admin('GET', `/security-provider/${site.providerId}`)).body.sign_in_provider,
    )
    .toBeGreaterThan(1);
});

it('offers provisioned groups as members of group policies', { timeout: 60_000 }, async () => {
  await page.goto(`${site.appliance.url}/login/group-policies/${policy}?section=members`);
  await page.getByRole('combobox', { name: 'Security provider' }).click();
  await page.getByRole('option', { name: 'Directory' }).click();
  await page.getByRole('combobox', { name: 'By' }).click();
  await page.getByRole('option', { name: /Group name/ }).click();
  await page.getByRole('combobox', { name: 'Group', exact: true }).fill('desk');
  await page.getByRole('option', { name: /Service desk/ }).click();
  await page.getByRole('button', { name: 'Add' }).last().click();
  await page.getByRole('cell', { name: 'service desk', exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

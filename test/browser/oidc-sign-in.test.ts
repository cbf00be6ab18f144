import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OidcSite, oidcSite } from '../support/oidc-site.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { screenshot, startChromium, watchedPage } from './chromium.ts';

let appliance: TestAppliance;
let site: OidcSite;
let browser: Browser;

beforeAll(async () => {
  [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
  site = await oidcSite(appliance, {}, { button_label: 'Company account' });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await site?.there.stop();
  await appliance?.stop();
});

it('signs in at an OpenID provider, comes back to the page that was asked for, and signs out at both', {
  timeout: 60_000,
}, async () => {
  const { page, complaints } = await watchedPage(await browser.newContext());
  await page.goto(`${appliance.url}/console`);
  const button = page.getByRole('button', { name: 'Sign in with Company account' });
  await button.waitFor();
  await screenshot(page, 'sign-in-with-provider');
  await button.click();
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Password').fill('analytical engine');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Ada Lovelace').first().waitFor();
  expect(new URL(page.url()).pathname).toBe('/console');
  expect(page.url()).not.toContain('sign_in=');

  await page.getByRole('button', { name: /Ada Lovelace/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await button.waitFor();
  expect(new URL(page.url()).pathname).toBe('/login');
  expect(complaints).toEqual([]);
});

it('says no more than that it failed when the person declines', { timeout: 60_000 }, async () => {
  const { page } = await watchedPage(await browser.newContext());
  await page.goto(`${appliance.url}/login`);
  await page.getByRole('button', { name: 'Sign in with Company account' }).click();
  await page.getByLabel('User name').waitFor();
  const decline = '<button name="decline" value="yes" formnovalidate>Decline</button>';
  await page.evaluate(
    (html) => document.querySelector('form')?.insertAdjacentHTML('beforeend', html),
    decline,
  );
  await page.getByRole('button', { name: 'Decline' }).click();
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.textContent()).toMatch(/^Signing in failed/);
});

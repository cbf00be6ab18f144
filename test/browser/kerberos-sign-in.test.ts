import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configurationCalls } from '../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { type TestKdc, testKdc } from '../support/test-kdc.ts';
import { screenshot, startChromium, watchedPage } from './chromium.ts';

let appliance: TestAppliance;
let kdc: TestKdc;
let url: string;
const browsers: Browser[] = [];

beforeAll(async () => {
  [appliance, kdc] = await Promise.all([testAppliance(), testKdc()]);
  url = `http://localhost:${new URL(appliance.url).port}`;
  await kdc.addUser('alice', 'alice pw');
  const call = configurationCalls(appliance.admin);
  const policy = await call('POST', '/group-policy', { name: 'Domain users' });
  await call('POST', '/security-provider', {
    type: 'kerberos',
    name: 'Domain',
    keytab: await kdc.keytab('HTTP/localhost'),
    strip_realm: true,
    default_policy: policy.body.id,
  });
}, 60_000);
afterAll(async () => {
  for (const browser of browsers) await browser.close();
  await appliance?.stop();
  await kdc?.stop();
});

/** Chromium on a desktop with this ticket, set up for the site by its policy or not. */
async function desktop(args: string[]) {
  const browser = await startChromium({ args, env: await kdc.ticketOf('alice', 'alice pw') });
  browsers.push(browser);
  const { page } = await watchedPage(await browser.newContext());
  await page.goto(`${url}/console`);
  return page;
}

it('signs in with the ticket of the desktop, without a password', { timeout: 60_000 }, async () => {
  const page = await desktop([
    '--auth-server-allowlist=localhost',
    '--enable-features=EnableAmbientAuthenticationInIncognito',
  ]);
  const button = page.getByRole('button', { name: 'Sign in as on this computer (Kerberos)' });
  await button.waitFor();
  await screenshot(page, 'sign-in-with-ticket');
  await button.click();
  await page.getByRole('button', { name: /alice/ }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/console');
});

it('falls back to the form in a browser that is not set up', { timeout: 60_000 }, async () => {
  const page = await desktop(['--auth-server-allowlist=nowhere.example.com']);
  await page.getByRole('button', { name: 'Sign in as on this computer (Kerberos)' }).click();
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.textContent()).toMatch(/no ticket for this site/);
  await page.getByLabel('Username').fill('admin');
  await page.locator('input[type=password]').fill(appliance.adminPassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: /admin/i }).waitFor();
});

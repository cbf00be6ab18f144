import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { testPerson } from '../support/test-person.ts';
import { looksRight, made, shown, signedInBrowser } from './administrator.ts';
import { dialogHasFocus, startChromium, watchedPage } from './chromium.ts';

const PASSWORD = 'planted-2b11-password';
const OWN_TOKEN = 'planted-77de-token';

describe('my vault in the console', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let root: number;
  let naomi: number;

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
    await liftRateLimits(appliance);
    naomi = (await testPerson(appliance, 'naomi')).id;
    await testPerson(appliance, 'oskar');
    const policy = { name: 'Strict', auto_rotate_credentials: true };
    const { code_name } = await made<{ code_name: string }>(appliance, '/vault/account-policy', policy);
    const endpoint = await made(appliance, '/vault/endpoint', {
      name: 'web-1',
      hostname: 'web-1.example.com',
    });
    ({ id: root } = await made(appliance, '/vault/account', {
      type: 'username_password',
      name: 'Root of the web servers',
      username: 'root',
      password: PASSWORD,
      account_policy: code_name,
      endpoint_id: endpoint.id,
    }));
    const { id: key } = await made(appliance, '/vault/account', {
      type: 'ssh_ca',
      name: 'Certificates of the plant',
      username: 'support',
    });
    await made(appliance, `/vault/account/${root}/user`, { user_id: naomi, role: 'inject_and_checkout' });
    await made(appliance, `/vault/account/${key}/user`, { user_id: naomi, role: 'inject' });
    const context = await signedInBrowser(browser, appliance, 'naomi');
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: appliance.url });
    ({ page, complaints } = await watchedPage(context));
    page.setDefaultTimeout(10_000);
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  it('lists what I may use and what I may do with it', async () => {
    await page.goto(`${appliance.url}/console`);
    await page.getByRole('link', { name: 'Vault Accounts' }).click();
    await page.getByText('2 entries').waitFor();
    await page.getByRole('cell', { name: 'use it in sessions, check it out' }).waitFor();
    // What may only be injected has no button that would show it.
    expect(await page.getByRole('button', { name: 'Check out: Certificates of the plant' }).count()).toBe(0);
    await looksRight(page, 'my-vault');
  });

  it('shows a checked-out password only when asked to, and copies it without showing it', async () => {
    await page.getByRole('button', { name: 'Check out: Root of the web servers' }).click();
    const dialog = page.getByRole('dialog', { name: 'Root of the web servers is checked out' });
    await dialog.getByText('Its account policy has the password changed then').waitFor();
    expect(await page.content()).not.toContain(PASSWORD);
    await dialog.getByRole('button', { name: 'Copy: Password' }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(PASSWORD);
    expect(await page.content()).not.toContain(PASSWORD);
    await looksRight(page, 'my-vault-checked-out');
    await dialog.getByRole('button', { name: 'Show: Password' }).click();
    await dialog.getByText(PASSWORD).waitFor();
    await looksRight(page, 'my-vault-password-shown');
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(PASSWORD);
  });

  it('tells that I have it, and takes it back', async () => {
    await page.getByRole('cell', { name: 'you', exact: true }).waitFor();
    expect(await shown(appliance, `/vault/account/${root}/check-out`)).toMatchObject([{ user_id: naomi }]);
    await page.getByRole('button', { name: 'Check in: Root of the web servers' }).click();
    await page.getByText('Root of the web servers is checked in').waitFor();
    await expect.poll(() => shown(appliance, `/vault/account/${root}/check-out`)).toEqual([]);
  });

  it('says who has what only one may have', async () => {
    const checkOut = `/api/config/v1/vault/account/${root}/check-out`;
    expect((await appliance.api(checkOut, { method: 'POST' })).status).toBe(200);
    await page.getByRole('button', { name: 'Check out: Root of the web servers' }).click();
    await page.getByText(/^First API account has it since .*\. Nobody else can/).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await looksRight(page, 'my-vault-taken');
    const force = `/api/config/v1/vault/account/${root}/force-check-in`;
    expect((await appliance.admin(force, { method: 'POST' })).status).toBe(200);
  });

  it('keeps personal accounts that nobody else sees', async () => {
    await page.getByRole('button', { name: 'New personal account' }).click();
    await page.getByRole('menuitem', { name: 'Token' }).click();
    await dialogHasFocus(page);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('My monitoring');
    await page.locator('input[type=password]').fill(OWN_TOKEN);
    await looksRight(page, 'my-vault-personal');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Personal account created').waitFor();

    await page.getByRole('button', { name: 'Change My monitoring' }).click();
    await dialogHasFocus(page);
    await page.getByText('Set. It is never shown.').waitFor();
    await page.getByRole('textbox', { name: 'Description' }).fill('In the laboratory');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Personal account saved').waitFor();
    await page.getByRole('button', { name: 'Check out: My monitoring' }).click();
    await page.getByRole('button', { name: 'Show: Token' }).click();
    await page.getByText(OWN_TOKEN).waitFor();
    await page.getByRole('button', { name: 'Check in now' }).click();
    await page.getByText('My monitoring is checked in').waitFor();

    const other = await watchedPage(await signedInBrowser(browser, appliance, 'oskar'));
    await other.page.goto(`${appliance.url}/console/vault-accounts`);
    await other.page.getByText('You may use no vault account yet.').waitFor();
    expect(other.complaints).toEqual([]);
    await other.page.close();
  });

  it('deletes a personal account after a question', async () => {
    await page.getByRole('button', { name: 'Delete My monitoring' }).click();
    await page.getByText('Its secret is deleted for good.').waitFor();
    await page.getByRole('button', { name: 'Delete personal account' }).click();
    await page.getByText('Personal account deleted').waitFor();
    await page.getByText('2 entries').waitFor();
  });

  it('is told in the activity of the vault to those who may see it', async () => {
    await testPerson(appliance, 'rita', { perm_view_vault_reports: 'view_all_events' });
    const reporter = await watchedPage(await signedInBrowser(browser, appliance, 'rita'));
    await reporter.page.goto(`${appliance.url}/login`);
    await reporter.page.getByRole('heading', { name: 'Vault activity' }).waitFor();
    await reporter.page.getByRole('cell', { name: 'Credentials Force Checked In' }).waitFor();
    await reporter.page.getByRole('combobox', { name: 'Event' }).click();
    await reporter.page.getByRole('option', { name: 'Credentials Checked In' }).click();
    await reporter.page
      .getByRole('cell', { name: 'Credentials Force Checked In' })
      .waitFor({ state: 'detached' });
    await looksRight(reporter.page, 'vault-activity');
    expect(reporter.complaints).toEqual([]);
  });

  it('heard no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });
});

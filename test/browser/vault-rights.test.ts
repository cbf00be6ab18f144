import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { testPerson } from '../support/test-person.ts';
import { made, signedInBrowser } from './administrator.ts';
import { startChromium, watchedPage } from './chromium.ts';
import { pick } from './picking.ts';

describe('people with the right to administer the vault', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
    await testPerson(appliance, 'vera', { perm_vault: true });
    await testPerson(appliance, 'naomi');
    await made(appliance, '/vault/account', {
      type: 'opaque_token',
      name: 'Monitoring',
      token: 'planted-token',
    });
    ({ page, complaints } = await watchedPage(await signedInBrowser(browser, appliance, 'vera')));
    page.setDefaultTimeout(10_000);
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  it('see the pages of the vault and no other of the administration', async () => {
    await page.goto(`${appliance.url}/login`);
    await page.getByRole('heading', { name: 'Vault accounts' }).waitFor();
    expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
      'Vault accounts',
      'Account groups',
      'Account policies',
      'Endpoints',
      'Vault activity',
    ]);
    await page.goto(`${appliance.url}/login/users`);
    await page.getByText('This needs rights you do not have').waitFor();
  });

  it('choose among users and let one in', async () => {
    await page.goto(`${appliance.url}/login/vault/accounts`);
    await page.getByRole('button', { name: 'Monitoring' }).click();
    await page.getByRole('tab', { name: 'Users' }).click();
    await pick(page.getByRole('combobox', { name: 'Add a user' }), 'naomi', 'naomi', true);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('combobox', { name: 'Role of naomi' }).waitFor();
  });

  it('are told that they cannot let themselves in', async () => {
    await page.goto(`${appliance.url}/login/vault/account-groups/1?section=users`);
    await pick(page.getByRole('combobox', { name: 'Add a user' }), 'vera', 'vera', true);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('You cannot let yourself use accounts of the vault.').waitFor();
  });

  it('heard no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });
});

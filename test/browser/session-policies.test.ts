import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser, looksRight, made, shown } from './administrator.ts';
import { dialogHasFocus, startChromium, watchedPage } from './chromium.ts';

describe('session policies on the screen', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
    ({ page, complaints } = await watchedPage(await administratorsBrowser(browser, appliance)));
    page.setDefaultTimeout(10_000);
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  it('is created with permissions allowed, denied and left open', async () => {
    await page.goto(`${appliance.url}/login/session-policies`);
    await page.getByRole('link', { name: 'New session policy' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Servers');
    await page.getByLabel('Public portals').uncheck();
    await page.getByRole('button', { name: 'Chat' }).click();
    await decide('Chat with the customer', 'Deny');
    await decide('Send files in the chat', 'Allow');
    await page.getByRole('searchbox', { name: 'Find a permission' }).fill('prompt');
    await choose('Ask the customer before the session starts', 'Do not ask');
    await decide('Wait for the answer to the start prompt', 'Defined');
    await page.getByRole('textbox', { name: 'Wait for the answer to the start prompt: seconds' }).fill('45');
    await page.getByRole('searchbox', { name: 'Find a permission' }).fill('directories of the customer');
    await decide('Directories of the customer’s system', 'Defined');
    await page
      .getByRole('combobox', { name: 'Directories of the customer’s system: directories' })
      .fill('/srv/support');
    await page.keyboard.press('Enter');
    await page.getByRole('searchbox', { name: 'Find a permission' }).fill('');
    await page.getByText('5 of 62 defined').waitFor();
    await looksRight(page, 'session-policy');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('Session policy created').waitFor();
    await page.waitForURL(/session-policies\/\d+$/);
    const id = Number(page.url().split('/').at(-1));
    expect(await shown(appliance, `/session-policy/${id}`)).toMatchObject({
      display_name: 'Servers',
      code_name: 'servers',
      available_to_users: true,
      available_to_portals: false,
      permissions: {
        chat: 'deny',
        chat_files_to_customer: 'allow',
        session_start_prompt: 'no_prompt',
        session_start_prompt_timeout: 45,
        file_transfer_customer_paths: ['/srv/support'],
      },
    });
  });

  it('leaves a permission open again, and says beside it what cannot be', async () => {
    await page.getByRole('button', { name: 'Chat' }).click();
    await decide('Chat with the customer', 'Not defined');
    await page.getByRole('searchbox', { name: 'Find a permission' }).fill('directories');
    const directories = page.getByRole('combobox', {
      name: 'Directories of the customer’s system: directories',
    });
    await directories.fill('not absolute');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('file_transfer_customer_paths takes absolute directories').last().waitFor();
    await page.getByRole('searchbox', { name: 'Find a permission' }).fill('');
    await page.getByText('Not saved yet').waitFor();
    await directories.click();
    await page.keyboard.press('Backspace');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Session policy saved').waitFor();
    const { permissions } = await shown<{ permissions: object }>(
      appliance,
      `/session-policy/${page.url().split('/').at(-1)}`,
    );
    expect(permissions).toMatchObject({ file_transfer_customer_paths: ['/srv/support'] });
    expect(permissions).not.toHaveProperty('chat');
  });

  it('lets who was overtaken choose permission by permission', async () => {
    const id = page.url().split('/').at(-1);
    await decide('Chat with the customer', 'Allow');
    const patch = { method: 'PATCH', json: { permissions: { chat: 'deny', registry: 'deny' } } };
    expect((await appliance.admin(`/api/config/v1/session-policy/${id}`, patch)).status).toBe(200);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Somebody else changed this meanwhile' });
    await dialog.getByRole('radiogroup', { name: 'Registry editor' }).waitFor();
    await dialog.getByRole('radio', { name: 'Yours: Allow' }).check();
    await dialog.getByRole('button', { name: 'Save with these choices' }).click();
    await expect
      .poll(() => shown(appliance, `/session-policy/${id}`))
      .toMatchObject({ permissions: { chat: 'allow', registry: 'deny' } });
  });

  it('is copied, and deleted only when nothing uses it', async () => {
    await page.getByRole('link', { name: 'All session policies' }).click();
    await page.getByRole('button', { name: 'Copy Servers' }).click();
    await dialogHasFocus(page);
    await page.getByRole('textbox', { name: 'Name of the copy' }).fill('Servers in the cellar');
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByRole('heading', { name: 'Servers in the cellar' }).waitFor();
    const copy = Number(page.url().split('/').at(-1));
    const portal = await made(appliance, '/public-portal', {
      name: 'Branch offices',
      addresses: ['support.branch.example.com'],
    });
    const patch = { available_to_portals: true };
    await appliance.admin(`/api/config/v1/session-policy/${copy}`, { method: 'PATCH', json: patch });
    await appliance.admin(`/api/config/v1/public-portal/${portal.id}`, {
      method: 'PATCH',
      json: { session_policy_id: copy },
    });
    await page.getByRole('link', { name: 'All session policies' }).click();
    await page.getByText('4 entries').waitFor();
    await looksRight(page, 'session-policies');
    await page.getByRole('button', { name: 'Delete Servers in the cellar' }).click();
    const question = page.getByRole('dialog', { name: 'Delete Servers in the cellar?' });
    await question.getByRole('button', { name: 'Delete session policy' }).click();
    await question.getByText('Branch offices').waitFor();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Delete Servers', exact: true }).click();
    await page.getByRole('button', { name: 'Delete session policy' }).click();
    await page.getByText('Session policy deleted').waitFor();
    await page.getByText('3 entries').waitFor();
  });

  it('has a global policy that defines everything', async () => {
    await page.getByRole('link', { name: 'Global session policy', exact: true }).click();
    await page.getByText('62 permissions').waitFor();
    await page.getByRole('button', { name: 'Registry' }).click();
    await choose('Registry editor', 'View only');
    await page.getByRole('button', { name: 'Collaboration' }).click();
    const sharing = page.getByRole('radiogroup', { name: 'Share the session with other representatives' });
    expect(await sharing.getByRole('radio').count()).toBe(2);
    await looksRight(page, 'global-session-policy');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Global session policy saved').waitFor();
    expect(await shown(appliance, '/global-session-policy')).toMatchObject({
      permissions: { registry: 'view_only', chat: 'allow' },
    });
  });

  it('heard no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });

  async function decide(permission: string, choice: string): Promise<void> {
    const control = page.getByRole('radiogroup', { name: permission, exact: true });
    await control.getByText(choice, { exact: true }).click();
  }

  async function choose(permission: string, choice: string): Promise<void> {
    await page.getByRole('combobox', { name: permission, exact: true }).click();
    await page.getByRole('option', { name: choice, exact: true }).click();
  }
});

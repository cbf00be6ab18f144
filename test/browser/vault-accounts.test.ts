import { generateKeyPairSync } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser, looksRight, made, shown } from './administrator.ts';
import { dialogHasFocus, startChromium, watchedPage } from './chromium.ts';
import { pick } from './picking.ts';

const PASSWORD = 'planted-7f3a-password';
const TOKEN = 'planted-51bc-token';

describe('the accounts of the vault on the screen', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  /** Everything the server answered to the page. */
  const answered: string[] = [];

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
    await liftRateLimits(appliance);
    ({ page, complaints } = await watchedPage(await administratorsBrowser(browser, appliance)));
    page.setDefaultTimeout(10_000);
    page.on('response', (answer) => {
      if (answer.url().includes('/api/'))
        void answer.text().then(
          (text) => answered.push(text),
          () => {},
        );
    });
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  it('say what to do when there are none', async () => {
    await page.goto(`${appliance.url}/login/vault/accounts`);
    await page.getByText('There are no vault accounts yet.').waitFor();
    await looksRight(page, 'vault-accounts-empty');
  });

  it('are made with a password that is never shown again', async () => {
    await newAccount('Username and password');
    await fill({ Name: 'Root of the build host', Username: 'root' });
    await page.locator('input[type=password]').fill(PASSWORD);
    await looksRight(page, 'vault-account-new');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'Root of the build host' }).waitFor();
    expect(page.url()).toMatch(/\/login\/vault\/accounts\/\d+$/);
    await page.getByText('Set. It is never shown.').waitFor();
    // What an account must have can be changed and not removed.
    expect(await page.getByRole('button', { name: 'Remove Password' }).count()).toBe(0);
    await looksRight(page, 'vault-account');

    await page.getByRole('textbox', { name: 'Description' }).fill('Changed every month');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Vault account saved').waitFor();
    const [account] = await accounts();
    expect(account).toMatchObject({ name: 'Root of the build host', description: 'Changed every month' });
  });

  it('of an authority tell what sshd needs, and make their key themselves', async () => {
    await newAccount('SSH certificate authority');
    await fill({ Name: 'Certificates of the plant', Username: 'support' });
    expect(await page.getByRole('textbox', { name: 'Private key', exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(/^ssh-ed25519 AAAA/).waitFor();
    await page.getByText('TrustedUserCAKeys /etc/ssh/bridgehead-ca.pub').waitFor();
    await looksRight(page, 'vault-account-authority');
  });

  it('of keys take a key in any usual form and refuse what is none, at its field', async () => {
    await newAccount('SSH key');
    await fill({ Name: 'Deployment', Username: 'deploy', 'Private key': 'no key at all' });
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('alert').first().waitFor();
    const field = page.getByRole('textbox', { name: 'Private key', exact: true });
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByRole('textbox', { name: 'Username' }).inputValue()).toBe('deploy');
    await looksRight(page, 'vault-account-refused');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await field.fill(privateKey.export({ type: 'pkcs1', format: 'pem' }) as string);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(/^ssh-rsa AAAA/).waitFor();
  });

  it('are found by words, type and group, and lead to their page by keyboard', async () => {
    await made(appliance, '/vault/account', { type: 'opaque_token', name: 'Monitoring', token: TOKEN });
    await page.goto(`${appliance.url}/login/vault/accounts`);
    await page.getByText('4 entries').waitFor();
    await looksRight(page, 'vault-accounts');
    await page.getByRole('combobox', { name: 'Type' }).click();
    await page.getByRole('option', { name: 'Token' }).click();
    await page.getByText('1 entry').waitFor();
    expect(page.url()).toContain('type=opaque_token');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('4 entries').waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('deploy');
    await page.waitForURL(/search=deploy/);
    await page.getByText('1 entry').waitFor();
    await page.getByRole('button', { name: 'Deployment' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Deployment' }).waitFor();
    await page.goto(`${appliance.url}/login/vault/accounts`);
    // What was looked for is kept until it is cleared.
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('4 entries').waitFor();
  });

  it('say that a page is behind the last one, not that there are none', async () => {
    await page.goto(`${appliance.url}/login/vault/accounts?page=1000`);
    await page.getByText('There is no page 1,000 (any more).').waitFor();
    expect(await page.getByText('There are no vault accounts yet').count()).toBe(0);
    await page.getByRole('button', { name: 'Go to the last page' }).click();
    await page.getByRole('button', { name: 'Deployment' }).waitFor();
  });

  it('let people in, each with a role that can be changed', async () => {
    const user = await made(appliance, '/user', {
      username: 'naomi',
      public_display_name: 'Naomi',
      private_display_name: 'Naomi',
      password: 'correct horse battery',
    });
    const account = (await accounts()).find(({ name }) => name === 'Monitoring')!;
    await page.goto(`${appliance.url}/login/vault/accounts/${account.id}?section=users`);
    await page.getByText('Nobody directly.').waitFor();
    await pick(page.getByRole('combobox', { name: 'Add a user' }), 'naomi', 'Naomi (naomi)');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('combobox', { name: 'Role of Naomi (naomi)' }).click();
    await page.getByRole('option', { name: 'Inject and check out' }).last().click();
    await expect
      .poll(() => shown(appliance, `/vault/account/${account.id}/user`))
      .toEqual([{ user_id: user.id, role: 'inject_and_checkout' }]);
    await looksRight(page, 'vault-account-users');
  });

  it('tell everybody who may use them and why, and a person which ones', async () => {
    const account = (await accounts()).find(({ name }) => name === 'Monitoring')!;
    const [naomi] = (await shown(appliance, '/user?username=naomi')) as { id: number }[];
    const policy = await made(appliance, '/group-policy', { name: 'Operators' });
    await made(appliance, `/group-policy/${policy.id}/member`, {
      security_provider_id: 1,
      user_id: naomi!.id,
    });
    await made(appliance, `/group-policy/${policy.id}/vault-account`, { account_id: account.id });
    await page.goto(`${appliance.url}/login/vault/accounts/${account.id}?section=effective-access`);
    const row = page.getByRole('row', { name: 'Naomi' });
    await row.getByText('Granted on the account: inject and check out').waitFor();
    await row.getByRole('link', { name: 'Operators' }).waitFor();
    await page.getByText('1 entry').waitFor();
    await looksRight(page, 'vault-account-effective-access');
    await page.getByRole('searchbox', { name: 'Search' }).fill('nobody of that name');
    await page.getByText('0 entries').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await row.waitFor();

    await page.goto(`${appliance.url}/login/users/${naomi!.id}?section=vault-accounts`);
    const held = page.getByRole('row', { name: 'Monitoring' });
    await held.getByText('Inject and check out', { exact: true }).waitFor();
    await held.getByText('Group policy Operators, on the account: inject').waitFor();
    await looksRight(page, 'user-vault-accounts');
    await held.getByRole('button', { name: 'Monitoring' }).click();
    await page.getByRole('heading', { name: 'Monitoring' }).waitFor();
  });

  it('tell who has one now, and take it back by force', async () => {
    const { id } = (await accounts()).find(({ name }) => name === 'Root of the build host')!;
    await page.goto(`${appliance.url}/login/vault/accounts/${id}?section=check-outs`);
    await page.getByText('Nobody has it.').waitFor();
    const checkOut = `/api/config/v1/vault/account/${id}/check-out`;
    expect((await appliance.api(checkOut, { method: 'POST' })).status).toBe(200);
    // The page looks again by itself.
    await page.getByRole('cell', { name: '(API account)' }).waitFor();
    await looksRight(page, 'vault-account-check-outs');
    await page.getByRole('button', { name: 'Force check-in' }).click();
    const question = page.getByRole('dialog', { name: 'Check in Root of the build host by force?' });
    await question.getByText('is taken to have given it back').waitFor();
    await question.getByRole('button', { name: 'Force check-in' }).click();
    await page.getByText('Nobody has it.').waitFor();
    expect(await shown(appliance, `/vault/account/${id}/check-out`)).toEqual([]);
  });

  it('are deleted once somebody has read what goes with them', async () => {
    await page.goto(`${appliance.url}/login/vault/accounts`);
    await page.getByRole('button', { name: 'Monitoring' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('Its secret is deleted for good.').waitFor();
    await page.getByRole('button', { name: 'Delete vault account' }).click();
    await page.getByText('Vault account deleted').waitFor();
    await page.getByText('3 entries').waitFor();
  });

  it('never sent a secret back to the browser, and heard no complaint of it', () => {
    expect(answered.length).toBeGreaterThan(20);
    const all = answered.join('\n');
    for (const secret of [PASSWORD, TOKEN, 'PRIVATE KEY-----']) expect(all).not.toContain(secret);
    expect(complaints).toEqual([]);
  });

  async function accounts(): Promise<{ id: number; name: string; description: string }[]> {
    return await shown(appliance, '/vault/account');
  }

  async function newAccount(type: string): Promise<void> {
    await page.goto(`${appliance.url}/login/vault/accounts`);
    await page.getByRole('button', { name: 'New vault account' }).click();
    await page.getByRole('menuitem', { name: type, exact: true }).click();
    await page.getByRole('dialog', { name: `New vault account: ${type}` }).waitFor();
    await dialogHasFocus(page);
  }

  async function fill(texts: Record<string, string>): Promise<void> {
    const form = page.getByRole('dialog');
    for (const [name, text] of Object.entries(texts))
      await form.getByRole('textbox', { name, exact: true }).fill(text);
  }
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser, looksRight, made, shown } from './administrator.ts';
import { dialogHasFocus, startChromium, watchedPage } from './chromium.ts';
import { pick } from './picking.ts';

describe('account groups, account policies and endpoints on the screen', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let account: number;
  let group: number;

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
    await liftRateLimits(appliance);
    ({ page, complaints } = await watchedPage(await administratorsBrowser(browser, appliance)));
    page.setDefaultTimeout(10_000);
    const jumpoint = await made(appliance, '/jumpoint', { name: 'Plant', platform: 'linux-x86' });
    const jumpGroup = await made(appliance, '/jump-group', { name: 'Web servers' });
    for (const name of ['web-1', 'web-2', 'db-1']) {
      await made(appliance, '/jump-item/shell-jump', {
        name,
        hostname: `${name}.example.com`,
        protocol: 'ssh',
        port: 22,
        jumpoint_id: jumpoint.id,
        jump_group_id: jumpGroup.id,
        jump_group_type: 'shared',
      });
    }
    ({ id: account } = await made(appliance, '/vault/account', {
      type: 'username_password',
      name: 'Root of the web servers',
      username: 'root',
      password: 'planted-90aa-password',
    }));
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  it('make a policy, whose age is asked for only when secrets age', async () => {
    await page.goto(`${appliance.url}/login/vault/account-policies`);
    await page.getByRole('button', { name: 'New account policy' }).click();
    await dialogHasFocus(page);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Strict');
    expect(await page.getByRole('textbox', { name: 'Days a secret may be old' }).count()).toBe(0);
    await page.getByRole('checkbox', { name: 'Change the secret when it is too old' }).check();
    await page.getByRole('textbox', { name: 'Days a secret may be old' }).fill('90');
    await page.getByRole('checkbox', { name: 'Change the secret after check-in' }).check();
    await looksRight(page, 'vault-account-policy');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('cell', { name: 'after check-in, after 90 days' }).waitFor();
    // The default one may be changed and stays.
    expect(await page.getByRole('button', { name: 'Delete Default' }).count()).toBe(0);
    await looksRight(page, 'vault-account-policies');
    await page.getByRole('button', { name: 'Strict', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Change the secret when it is too old' }).uncheck();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Account policy saved').waitFor();
    expect(await shown(appliance, '/vault/account-policy/2')).toMatchObject({
      scheduled_password_rotation: false,
      maximum_password_age: null,
    });
  });

  it('make a group and move an account into it and out of it', async () => {
    await page.goto(`${appliance.url}/login/vault/account-groups`);
    await page.getByRole('button', { name: 'New account group' }).click();
    await dialogHasFocus(page);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Servers');
    await page.getByRole('combobox', { name: 'Account policy' }).click();
    await page.getByRole('option', { name: 'Strict' }).click();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'Servers' }).waitFor();
    group = Number(/account-groups\/(\d+)/.exec(page.url())?.[1]);
    await page.getByRole('tab', { name: 'Accounts' }).click();
    await page.getByText('No account is in this group.').waitFor();
    const box = page.getByRole('combobox', { name: 'Move an account into this group' });
    await pick(box, 'root', 'Root of the web servers · root');
    await page.getByRole('button', { name: 'Move it here' }).click();
    await page.getByRole('button', { name: 'Root of the web servers', exact: true }).waitFor();
    expect(await shown(appliance, `/vault/account/${account}`)).toMatchObject({ account_group_id: group });
    await looksRight(page, 'vault-account-group');
  });

  it('say for which Jump Items a group is, and which those are now', async () => {
    await page.goto(`${appliance.url}/login/vault/account-groups/${group}?section=jump-items`);
    await page.getByText('3 Jump Items at present.').waitFor();
    await page.getByRole('radio', { name: 'Jump Items that fit these criteria' }).check();
    await page.getByRole('combobox', { name: 'Hostname or IP' }).fill('WEB-*');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('2 Jump Items at present.').waitFor();

    const box = page.getByRole('combobox', { name: 'List a Jump Item' });
    await pick(box, 'db-1', 'db-1 · db-1.example.com · Shell Jump');
    await page.getByRole('button', { name: 'List it' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('3 Jump Items at present.').waitFor();
    expect(await shown(appliance, `/vault/account-group/${group}/jump-item-association`)).toMatchObject({
      filter_type: 'criteria',
      criteria: { host: ['web-*'] },
      jump_items: [{ type: 'shell_jump' }],
    });
    await page.reload();
    await page.getByRole('button', { name: 'Take out db-1 · db-1.example.com · Shell Jump' }).waitFor();
    await looksRight(page, 'vault-association');
  });

  it('refuse a pattern with a star in its middle at its field, and lose nothing', async () => {
    const tags = page.getByRole('combobox', { name: 'Tag' });
    await tags.fill('pro*d');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('must be a text with * at its start').first().waitFor();
    await page.getByText('pro*d', { exact: true }).waitFor();
    expect(await tags.getAttribute('aria-invalid')).toBe('true');
    await looksRight(page, 'vault-association-refused');
  });

  it('let an account be for others than its group, and be as its group again', async () => {
    await page.goto(`${appliance.url}/login/vault/accounts/${account}?section=jump-items`);
    page.on('dialog', (dialog) => void dialog.accept());
    const inherit = page.getByRole('radio', { name: 'As the account group says' });
    await inherit.waitFor();
    expect(await inherit.isChecked()).toBe(true);
    await page.getByText('3 Jump Items at present.').waitFor();
    await page.getByRole('radio', { name: 'No Jump Item' }).check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('No Jump Item at present.').waitFor();
    await looksRight(page, 'vault-association-own');
    await inherit.check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('3 Jump Items at present.').waitFor();
  });

  it('show what another administrator changed of an association before it is overwritten', async () => {
    await page.goto(`${appliance.url}/login/vault/account-groups/${group}?section=jump-items`);
    const tags = page.getByRole('combobox', { name: 'Tag' });
    await tags.fill('mine');
    await page.keyboard.press('Enter');
    const theirs = { method: 'PATCH', json: { criteria: { tag: ['theirs'] } } };
    const path = `/api/config/v1/vault/account-group/${group}/jump-item-association`;
    expect((await appliance.admin(path, theirs)).status).toBe(200);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Somebody else changed this meanwhile' });
    await dialog.getByRole('radio', { name: 'Yours: mine' }).check();
    await dialog.getByRole('button', { name: 'Save with these choices' }).click();
    await expect
      .poll(() => shown(appliance, `/vault/account-group/${group}/jump-item-association`))
      .toMatchObject({ criteria: { host: ['web-*'], tag: ['mine'] } });
  });

  it('keep endpoints with their Jumpoint and host key', async () => {
    await page.goto(`${appliance.url}/login/vault/endpoints`);
    await page.getByText('There are no endpoints.').waitFor();
    await page.getByRole('button', { name: 'New endpoint' }).click();
    await dialogHasFocus(page);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('web-1');
    await page.getByRole('textbox', { name: 'Hostname / IP' }).fill('web-1.example.com');
    await page.getByRole('combobox', { name: 'Jumpoint' }).click();
    await page.getByRole('option', { name: 'Plant' }).click();
    await page.getByRole('textbox', { name: 'SSH host key' }).fill('no key');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('alert').first().waitFor();
    const key = page.getByRole('textbox', { name: 'SSH host key' });
    expect(await key.getAttribute('aria-invalid')).toBe('true');
    await key.fill('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3yTBA2uQ3fCxYOPhbTdZc2Q8ZMvCgzLTT0KkqbxC1b');
    await looksRight(page, 'vault-endpoint');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('cell', { name: 'known', exact: true }).waitFor();
    await looksRight(page, 'vault-endpoints');
  });

  it('let a group policy give accounts and account groups to its members', async () => {
    const policy = await made(appliance, '/group-policy', { name: 'Night shift' });
    await page.goto(`${appliance.url}/login/group-policies/${policy.id}?section=vault`);
    await page.getByRole('combobox', { name: 'Vault account groups', exact: true }).click();
    await page.getByRole('option', { name: 'Servers' }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).first().click();
    await page.getByRole('button', { name: 'Vault account groups: take out Servers' }).waitFor();
    const picker = page.getByRole('combobox', { name: 'Vault accounts', exact: true });
    await picker.click();
    await page.getByRole('option', { name: 'Root of the web servers · root' }).click();
    await page.getByRole('combobox', { name: 'Vault accounts: role' }).click();
    await page.getByRole('option', { name: 'Inject and check out' }).last().click();
    await page.getByRole('button', { name: 'Add', exact: true }).last().click();
    await page.getByRole('button', { name: 'Vault accounts: take out Root of the web servers' }).waitFor();
    expect(await shown(appliance, `/group-policy/${policy.id}/vault-account`)).toMatchObject([
      { account_id: account, role: 'inject_and_checkout' },
    ]);
    await looksRight(page, 'group-policy-vault');
  });

  it('delete a group, whose accounts go to the default one', async () => {
    await page.goto(`${appliance.url}/login/vault/account-groups/${group}`);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('Its accounts go to the default account group.').waitFor();
    await page.getByRole('button', { name: 'Delete account group' }).click();
    await page.getByText('Account group deleted').waitFor();
    expect(await shown(appliance, `/vault/account/${account}`)).toMatchObject({ account_group_id: 1 });
  });

  it('heard no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });
});

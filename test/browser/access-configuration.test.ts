import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser, looksRight, made, shown } from './administrator.ts';
import { dialogHasFocus, startChromium, watchedPage } from './chromium.ts';

describe('roles, providers and portals on the screen', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
    await liftRateLimits(appliance);
    ({ page, complaints } = await watchedPage(await administratorsBrowser(browser, appliance)));
    page.setDefaultTimeout(10_000);
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  it('makes a Jump Item Role out of the permissions of the guide', async () => {
    await page.goto(`${appliance.url}/login/jump-item-roles`);
    await page.getByRole('button', { name: 'New Jump Item Role' }).click();
    await dialogHasFocus(page);
    const form = page.getByRole('dialog', { name: 'New Jump Item Role' });
    await form.getByRole('textbox', { name: 'Name' }).fill('Operators');
    await form.getByLabel('Start sessions').check();
    await form.getByLabel('Edit comments').check();
    expect(await form.getByRole('checkbox').count()).toBe(13);
    await looksRight(page, 'jump-item-role');
    await form.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Jump Item Role created').waitFor();
    await page.getByText('2 of 13').waitFor();
    await looksRight(page, 'jump-item-roles');
    const roles = await shown<{ id: number; name: string }[]>(appliance, '/jump-item-role');
    const role = roles.find(({ name }) => name === 'Operators');
    expect(role).toMatchObject({ perm_start: true, perm_edit_comments: true, perm_remove: false });
  });

  it('shows the role that allows nothing, and lets nobody change it', async () => {
    await page.getByRole('button', { name: 'No Access', exact: true }).click();
    const form = page.getByRole('dialog', { name: 'No Access' });
    await form.getByText('This role is built in').waitFor();
    expect(await form.getByLabel('Start sessions').isDisabled()).toBe(true);
    expect(await form.getByRole('button', { name: 'Save' }).count()).toBe(0);
    await page.keyboard.press('Escape');
    expect(await page.getByRole('button', { name: 'Delete No Access' }).count()).toBe(0);
  });

  it('names who has a role instead of deleting it', async () => {
    const roles = await shown<{ id: number; name: string }[]>(appliance, '/jump-item-role');
    const role = roles.find(({ name }) => name === 'Operators');
    await made(appliance, '/user', {
      username: 'olga',
      public_display_name: 'Olga',
      private_display_name: 'Olga',
      password: 'a password for Olga',
      default_jump_item_role_id: role?.id,
    });
    await page.getByRole('button', { name: 'Delete Operators' }).click();
    await page.getByRole('button', { name: 'Delete Jump Item Role' }).click();
    await page.getByRole('alert').getByText('olga').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  it('sets up a directory; its password goes in and never comes out', async () => {
    await page.goto(`${appliance.url}/login/security-providers`);
    await page.getByRole('button', { name: 'New security provider' }).click();
    await page.getByRole('menuitem', { name: 'LDAP' }).click();
    await dialogHasFocus(page);
    const form = page.getByRole('dialog', { name: 'New security provider: LDAP' });
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Head office');
    await form.getByRole('textbox', { name: 'Hostname' }).fill('ldap.example.com');
    await form.getByRole('textbox', { name: 'Search as (DN)' }).fill('cn=bridgehead,dc=example,dc=com');
    await form.getByRole('button', { name: 'Set Password of that account' }).click();
    await form.getByRole('textbox', { name: 'Password of that account' }).fill('directory secret');
    await form.getByRole('textbox', { name: 'Search base (DN)' }).fill('dc=example,dc=com');
    await looksRight(page, 'security-provider');
    await form.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Security provider created').waitFor();
    await page.getByRole('heading', { name: 'Head office' }).waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).first().click();
    await page.getByText('Set. It is never shown.').waitFor();
    await page.getByRole('button', { name: 'Change Password of that account' }).waitFor();
    expect(await page.content()).not.toContain('directory secret');
    await page.getByRole('textbox', { name: 'Port' }).fill('636');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Security provider saved').waitFor();
    expect(await shown(appliance, '/security-provider/2')).toMatchObject({
      port: 636,
      bind_password_set: true,
      object_classes: ['user', 'person'],
    });
  });

  it('puts the refusal of a field beside the field', async () => {
    await page.goto(`${appliance.url}/login/security-providers`);
    await page.getByRole('button', { name: 'New security provider' }).click();
    await page.getByRole('menuitem', { name: 'OpenID Connect' }).click();
    await dialogHasFocus(page);
    const form = page.getByRole('dialog', { name: 'New security provider: OpenID Connect' });
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Cloud');
    await form.getByRole('textbox', { name: 'Issuer' }).fill('not an address');
    await form.getByRole('textbox', { name: 'Client ID' }).fill('bridgehead');
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByText('issuer is an address such as').last().waitFor();
    await form.getByRole('textbox', { name: 'Issuer' }).fill('https://sign-in.example.com');
    await form.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Security provider created').first().waitFor();
    await page.getByRole('heading', { name: 'Cloud' }).waitFor();
  });

  it('changes the order in which providers are asked', async () => {
    await page.goto(`${appliance.url}/login/security-providers`);
    const list = page.getByRole('list', { name: 'Security providers in the order they are asked' });
    await list.getByRole('listitem').nth(2).waitFor();
    await page.getByRole('button', { name: 'Move Head office up' }).click();
    await page.getByText('Order saved').waitFor();
    await list.getByRole('listitem').nth(0).getByText('Head office').waitFor();
    await looksRight(page, 'security-providers');
    expect(await shown(appliance, '/security-provider/2')).toMatchObject({ priority: 0 });
    expect(await page.getByRole('button', { name: 'Delete Local' }).count()).toBe(0);
  });

  it('makes a public portal with a session policy that is available to portals', async () => {
    await made(appliance, '/session-policy', { display_name: 'For items', available_to_portals: false });
    await page.goto(`${appliance.url}/login/public-portals`);
    await page.getByRole('button', { name: 'New public portal' }).click();
    await dialogHasFocus(page);
    const form = page.getByRole('dialog', { name: 'New public portal' });
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Branch offices');
    await form.getByRole('combobox', { name: 'Addresses' }).fill('support.branch.example.com');
    await page.keyboard.press('Enter');
    await form.getByRole('combobox', { name: 'Session policy' }).click();
    await page.getByRole('option', { name: 'No permissions' }).waitFor();
    expect(await page.getByRole('option', { name: 'For items' }).count()).toBe(0);
    await page.getByRole('option', { name: 'No permissions' }).click();
    await form.getByRole('button', { name: 'Create' }).click();
    await page.getByText('public portal created').waitFor();
    await page.getByRole('button', { name: 'Branch offices', exact: true }).click();
    await page.getByRole('dialog', { name: 'Branch offices' }).getByText('support.branch').waitFor();
    await looksRight(page, 'public-portals');
  });

  it('opens the public portals, and nothing else, to whoever may edit them', async () => {
    const person = {
      username: 'pia',
      password: 'a password for Pia',
      public_display_name: 'Pia',
      private_display_name: 'Pia',
    };
    const { id } = await made(appliance, '/user', person);
    await appliance.sql`update app_user set must_change_password = false where id = ${id}`;
    const patch = { method: 'PATCH', json: { perm_edit_public_template: true } };
    expect((await appliance.admin(`/api/config/v1/user/${id}/setting`, patch)).status).toBe(200);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const signIn = await context.request.post(`${appliance.url}/api/config/v1/sign-in`, {
      data: { username: person.username, password: person.password },
      headers: { origin: appliance.url },
    });
    expect(signIn.ok()).toBe(true);
    const pias = await context.newPage();
    pias.setDefaultTimeout(10_000);
    await pias.goto(`${appliance.url}/login`);
    await pias.getByRole('heading', { name: 'Public portals' }).waitFor();
    expect(await pias.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
      'Public portals',
    ]);
    await pias.getByRole('button', { name: 'Branch offices', exact: true }).click();
    const form = pias.getByRole('dialog', { name: 'Branch offices' });
    await form.getByRole('textbox', { name: 'Comments' }).fill('For everybody outside');
    await form.getByRole('button', { name: 'Save' }).click();
    await pias.getByText('Public portal saved').waitFor();
    await pias.goto(`${appliance.url}/login/session-policies`);
    await pias.getByText('This needs rights you do not have').waitFor();
    await context.close();
  });

  it('heard no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });
});

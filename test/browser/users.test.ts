import type { Browser, BrowserContext, Dialog, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { ADMIN_PASSWORD, type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser, looksRight, made, shown } from './administrator.ts';
import { dialogHasFocus, startChromium, watchedPage } from './chromium.ts';

describe('the pages about users', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
    await liftRateLimits(appliance);
    context = await administratorsBrowser(browser, appliance);
    ({ page, complaints } = await watchedPage(context));
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  it('make a representative who may do what representatives do, and nothing of the administration', async () => {
    await page.goto(`${appliance.url}/login/users`);
    await page.getByRole('button', { name: 'New user' }).click();
    await dialogHasFocus(page);
    const form = page.getByRole('dialog', { name: 'New user' });
    await form.getByRole('textbox', { name: 'Username' }).fill('pat');
    await form.getByRole('textbox', { name: 'Private display name' }).fill('Pat Smith');
    await looksRight(page, 'new-user');
    await form.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'Pat Smith (pat)' }).waitFor();
    const [pat] = await shown<{ id: number }[]>(appliance, '/user?search=pat');
    expect(pat).toMatchObject({
      public_display_name: 'pat',
      private_display_name: 'Pat Smith',
      perm_admin: false,
      perm_support_allowed: 'full_support',
      perm_shell_jump: true,
      perm_edit_jump_groups: false,
    });
    await looksRight(page, 'user-account');
  });

  it('show what holds and lead to the group policy that says so, where nothing can be changed', async () => {
    const id = await idOf('pat');
    const policy = await made(appliance, '/group-policy', {
      name: 'Contractors',
      setting_status: { perm_shell_jump: 'final', perm_edit_jump_groups: 'defined' },
      perm_shell_jump: false,
      perm_edit_jump_groups: true,
    });
    await made(appliance, `/group-policy/${policy.id}/member`, { user_id: id });
    await page.goto(`${appliance.url}/login/users/${id}?section=representative`);
    const shell = page.getByRole('switch', { name: 'Shell Jump' });
    await shell.waitFor();
    expect(await shell.isDisabled()).toBe(true);
    expect(await shell.isChecked()).toBe(false);
    await page.getByText('the own value, Yes, has no effect').waitFor();
    await looksRight(page, 'user-representative');
    await page.getByRole('link', { name: 'Contractors' }).first().click();
    await page.getByRole('heading', { name: 'Contractors' }).waitFor();
  });

  it('set and clear own values', async () => {
    const id = await idOf('pat');
    await page.goto(`${appliance.url}/login/users/${id}?section=administration`);
    await page.getByRole('switch', { name: 'Edit skills' }).press('Space');
    await page.getByRole('combobox', { name: 'Vault reports' }).click();
    await page.getByRole('option', { name: 'Own events' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Settings saved').waitFor();
    expect(await own(id, 'perm_edit_skills')).toBe(true);
    expect(await own(id, 'perm_view_vault_reports')).toBe('view_user_events');
    await page.getByRole('button', { name: 'Clear Edit skills' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.poll(async () => await own(id, 'perm_edit_skills')).toBe(null);
  });

  it('give a person session permissions of their own', async () => {
    const id = await idOf('pat');
    await page.goto(`${appliance.url}/login/users/${id}?section=session`);
    await page.getByRole('combobox', { name: 'Unattended sessions' }).click();
    await page.getByRole('option', { name: 'Permissions of its own' }).click();
    const dialog = page.getByRole('dialog', { name: 'Permissions: Unattended sessions' });
    await dialog.getByLabel('Find a permission').fill('Command shell');
    await dialog.getByRole('radiogroup').first().getByText('Deny').click();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Edit permissions (1 defined)' }).waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Settings saved').waitFor();
    expect(await own(id, 'unattended_session_policy')).toMatchObject({ command_shell: 'deny' });
  });

  it('ask before unsaved work is left by a link or a tab', async () => {
    await page.goto(`${appliance.url}/login/users/${await idOf('pat')}?section=administration`);
    await page.getByRole('switch', { name: 'Edit skills' }).press('Space');
    const asked: string[] = [];
    const stay = async (dialog: Dialog) => {
      asked.push(dialog.message());
      await dialog.dismiss();
    };
    page.on('dialog', stay);
    await page.getByRole('link', { name: 'Jumpoints' }).click();
    await page.getByRole('tab', { name: 'Memberships' }).click();
    page.off('dialog', stay);
    expect(asked).toHaveLength(2);
    expect(await page.getByRole('switch', { name: 'Edit skills' }).isChecked()).toBe(true);
    page.once('dialog', (dialog) => void dialog.accept());
    await page.getByRole('link', { name: 'Jumpoints' }).click();
    await page.getByRole('heading', { name: 'Jumpoints' }).waitFor();
  });

  it('keep what two administrators set at once', async () => {
    const id = await idOf('pat');
    await page.goto(`${appliance.url}/login/users/${id}?section=administration`);
    await page.getByRole('switch', { name: 'Edit issues' }).press('Space');
    const patch = { method: 'PATCH', json: { perm_edit_sd_teams: true } };
    expect((await appliance.admin(`/api/config/v1/user/${id}/setting`, patch)).status).toBe(200);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Somebody else changed this meanwhile' });
    expect(await dialog.getByRole('radio', { name: 'Theirs: Yes' }).isChecked()).toBe(true);
    await dialog.getByRole('button', { name: 'Save with these choices' }).click();
    await expect.poll(async () => await own(id, 'perm_edit_issues')).toBe(true);
    expect(await own(id, 'perm_edit_sd_teams')).toBe(true);
  });

  it('tell of each membership where it came from', async () => {
    const id = await idOf('pat');
    const kiosks = await made(appliance, '/jump-group', { name: 'Kiosks' });
    await made(appliance, '/jump-group', { name: 'Servers' });
    const [policy] = await shown<{ id: number }[]>(appliance, '/group-policy?name=Contractors');
    await made(appliance, `/group-policy/${policy!.id}/jump-group`, { jump_group_id: kiosks.id });
    await page.goto(`${appliance.url}/login/users/${id}?section=memberships`);
    const groups = page.getByRole('table', { name: 'Jump Groups' });
    const row = groups.getByRole('row').filter({ hasText: 'Kiosks' });
    await row.getByText('Added by the group policy').waitFor();
    expect(await row.getByRole('button', { name: 'Remove' }).count()).toBe(0);
    await page.getByRole('combobox', { name: 'Add to Jump Groups' }).click();
    await page.getByRole('option', { name: 'Servers' }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).first().click();
    await groups.getByRole('button', { name: 'Remove from Servers' }).waitFor();
    await looksRight(page, 'user-memberships');

    await page.goto(`${appliance.url}/login/jump-groups`);
    await page.getByRole('button', { name: 'Kiosks', exact: true }).click();
    const members = page.getByRole('table', { name: 'Who has access' });
    await members.getByRole('row').filter({ hasText: 'Pat Smith' }).getByText('Contractors').waitFor();
    await looksRight(page, 'jump-group-members');
    await members.getByRole('button', { name: 'Add individually: Pat Smith (pat)' }).click();
    await members.getByRole('button', { name: 'Remove Pat Smith (pat)' }).waitFor();
  });

  it('open only what a single right of a person allows', async () => {
    await made(appliance, '/user', {
      username: 'editor',
      public_display_name: 'Editor',
      private_display_name: 'Editor',
      password: ADMIN_PASSWORD,
      perm_edit_jump_groups: true,
    });
    const theirs = await browser.newContext();
    const { page: editor } = await watchedPage(theirs);
    await editor.goto(`${appliance.url}/login`);
    await editor.getByLabel('Username').fill('editor');
    await editor.getByRole('textbox', { name: 'Password' }).fill(ADMIN_PASSWORD);
    await editor.getByRole('button', { name: 'Sign in' }).click();
    await editor.getByRole('heading', { name: 'Jump Groups' }).waitFor();
    const navigation = editor.getByRole('navigation', { name: 'Administration' });
    expect(await navigation.getByRole('link').allTextContents()).toEqual(['Jump Groups']);
    await editor.getByRole('button', { name: 'Servers', exact: true }).click();
    const picker = editor.getByRole('combobox', { name: 'Add a user' });
    await picker.click();
    await picker.fill('admin');
    await editor.getByRole('option', { name: 'Administrator (admin)' }).waitFor();
    await editor.goto(`${appliance.url}/login/users`);
    await editor.getByText('This needs rights you do not have').waitFor();
    await theirs.close();
  });

  it('keep search and filters through other pages and signing out, until they are cleared', async () => {
    await page.goto(`${appliance.url}/login/users`);
    await page.getByLabel('Search').fill('smith');
    await page.getByText('1 entry').waitFor();
    await page.getByRole('link', { name: 'Jumpoints' }).click();
    await page.getByRole('heading', { name: 'Jumpoints' }).waitFor();
    await page.getByRole('button', { name: 'Administrator', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await page.getByLabel('Username').fill('admin');
    await page.getByRole('textbox', { name: 'Password' }).fill(appliance.adminPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Users', exact: true }).click();
    await page.getByText('1 entry').waitFor();
    expect(await page.getByLabel('Search').inputValue()).toBe('smith');
    expect(new URL(page.url()).searchParams.get('search')).toBe('smith');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('3 entries').waitFor();
    await page.reload();
    await page.getByText('3 entries').waitFor();
  });

  it('heard no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });

  async function idOf(username: string): Promise<number> {
    const [user] = await shown<{ id: number }[]>(appliance, `/user?username=${username}`);
    return user!.id;
  }

  async function own(id: number, name: string): Promise<unknown> {
    const { settings } = await shown<{ settings: { name: string; own: unknown }[] }>(
      appliance,
      `/user/${id}/setting`,
    );
    return settings.find((setting) => setting.name === name)?.own;
  }
});

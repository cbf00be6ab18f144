import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser, looksRight, made, shown } from './administrator.ts';
import { dialogHasFocus, startChromium, watchedPage } from './chromium.ts';
import { pick } from './picking.ts';

describe('group policies', { timeout: 60_000 }, () => {
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
    for (const name of ['First line', 'Contractors', 'Night shift'])
      await made(appliance, '/group-policy', { name });
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  it('are put in order by keyboard and by dragging, and say what has been done', async () => {
    await page.goto(`${appliance.url}/login/group-policies`);
    await page.getByRole('button', { name: 'Move Night shift up' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Night shift is now number 3').waitFor();
    expect(await order()).toEqual(['Default', 'First line', 'Night shift', 'Contractors']);
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Contractors' })
      .dragTo(page.getByRole('listitem').filter({ hasText: 'Default' }));
    await page.getByText('Contractors is now number 1').waitFor();
    expect(await order()).toEqual(['Contractors', 'Default', 'First line', 'Night shift']);
    await looksRight(page, 'group-policies');
  });

  it('show the newer order when another administrator was quicker, and move only when told to again', async () => {
    await page.goto(`${appliance.url}/login/group-policies`);
    await page.getByRole('button', { name: 'Move First line down' }).waitFor();
    const policies = await list();
    const default_ = policies.find(({ name }) => name === 'Default')!;
    await made(appliance, `/group-policy/${default_.id}/move`, { position: 4 });
    await page.getByRole('button', { name: 'Move First line up' }).click();
    await page.getByRole('alert').getByText('First line has not been moved to place 2.').waitFor();
    expect(await order()).toEqual(['Contractors', 'First line', 'Night shift', 'Default']);
    expect(await page.getByRole('listitem').first().getByRole('link').textContent()).toBe('Contractors');
    await page.getByRole('button', { name: 'Move Contractors down' }).click();
    await page.getByText('Contractors is now number 2').waitFor();
    expect(await order()).toEqual(['First line', 'Contractors', 'Night shift', 'Default']);
  });

  it('say of every setting that it is not defined, defined or final', async () => {
    await page.goto(`${appliance.url}/login/group-policies`);
    await page.getByRole('link', { name: 'First line' }).click();
    const shell = page.getByRole('radiogroup', { name: 'Shell Jump: defined or final' });
    await shell.getByText('Final').click();
    await page.getByRole('switch', { name: 'Shell Jump' }).press('Space');
    const report = page.getByRole('radiogroup', { name: 'Session reports: defined or final' });
    await report.getByText('Defined', { exact: true }).click();
    await page.getByRole('combobox', { name: 'Session reports' }).click();
    await page.getByRole('option', { name: 'All sessions' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Group policy saved').waitFor();
    const id = await idOf('First line');
    expect(await shown(appliance, `/group-policy/${id}`)).toMatchObject({
      perm_shell_jump: true,
      perm_view_support_reports: 'all_sessions',
      setting_status: {
        perm_shell_jump: 'final',
        perm_view_support_reports: 'defined',
        perm_remote_rdp: 'not_defined',
      },
    });
    await page.getByRole('switch', { name: 'Only what is defined' }).press('Space');
    await page.getByRole('switch', { name: 'Shell Jump' }).waitFor();
    expect(await page.getByRole('switch', { name: 'Remote RDP' }).count()).toBe(0);
    await looksRight(page, 'group-policy');
  });

  it('keep what two administrators define at once', async () => {
    const id = await idOf('Contractors');
    await page.goto(`${appliance.url}/login/group-policies/${id}`);
    const status = (label: string) =>
      page.getByRole('radiogroup', { name: `${label}: defined or final`, exact: true });
    await status('Web Jump').getByText('Defined', { exact: true }).click();
    await status('Remote VNC').getByText('Final').click();
    const patch = {
      method: 'PATCH',
      json: { perm_remote_vnc: true, setting_status: { perm_remote_vnc: 'defined', perm_vpro: 'final' } },
    };
    expect((await appliance.admin(`/api/config/v1/group-policy/${id}`, patch)).status).toBe(200);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Somebody else changed this meanwhile' });
    await dialog.getByRole('radio', { name: 'Theirs: Yes (defined)' }).check();
    await dialog.getByRole('button', { name: 'Save with these choices' }).click();
    await page.getByText('Group policy saved').waitFor();
    expect(await shown(appliance, `/group-policy/${id}`)).toMatchObject({
      perm_remote_vnc: true,
      setting_status: { perm_remote_vnc: 'defined', perm_vpro: 'final', perm_web_jump: 'defined' },
    });
  });

  it('take members by searching, and add them to Jump Groups and teams for good or until a later policy', async () => {
    await made(appliance, '/user', {
      username: 'pat',
      public_display_name: 'Pat',
      private_display_name: 'Pat Smith',
    });
    await made(appliance, '/jump-group', { name: 'Kiosks' });
    const id = await idOf('First line');
    await page.goto(`${appliance.url}/login/group-policies/${id}?section=members`);
    await pick(page.getByRole('combobox', { name: 'Add a user' }), 'smith', 'Pat Smith (pat)');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('link', { name: 'Pat Smith (pat)' }).waitFor();

    await page.getByRole('tab', { name: 'Jump Groups, teams, Jumpoints' }).click();
    await page.getByRole('combobox', { name: 'Add to Jump Groups', exact: true }).click();
    await page.getByRole('option', { name: 'Kiosks' }).click();
    await page.getByRole('combobox', { name: 'Add to Jump Groups: role' }).click();
    await page.getByRole('option', { name: 'Start Sessions Only' }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).first().click();
    await page.getByRole('cell', { name: 'Kiosks', exact: true }).waitFor();
    await page
      .getByRole('switch', { name: 'Add to Jump Groups: may be overridden by later policies' })
      .press('Space');
    await expect
      .poll(async () => await shown(appliance, `/group-policy/${id}`))
      .toMatchObject({ jump_groups_add_final: true });
    await looksRight(page, 'group-policy-memberships');
  });

  it('are copied with everything, and deleted naming what goes', async () => {
    await page.goto(`${appliance.url}/login/group-policies`);
    await page.getByRole('button', { name: 'Copy First line' }).click();
    await dialogHasFocus(page);
    const dialog = page.getByRole('dialog', { name: 'Copy First line' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Second line');
    await dialog.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('link', { name: 'Second line' }).click();
    await page.getByRole('heading', { name: 'Second line' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    const question = page.getByRole('dialog', { name: 'Delete Second line?' });
    await question.getByText('Its members lose').waitFor();
    await question.getByRole('button', { name: 'Delete group policy' }).click();
    await page.getByText('Group policy deleted').waitFor();
    expect(await order()).not.toContain('Second line');
  });

  it('heard no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });

  async function list(): Promise<{ id: number; name: string }[]> {
    return await shown<{ id: number; name: string }[]>(appliance, '/group-policy');
  }

  async function order(): Promise<string[]> {
    return (await list()).map(({ name }) => name);
  }

  async function idOf(wanted: string): Promise<number> {
    return (await list()).find(({ name }) => name === wanted)!.id;
  }
});

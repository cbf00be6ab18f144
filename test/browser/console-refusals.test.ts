import { Secret, TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessSite, REPRESENTATIVE } from '../support/access-site.ts';
import { codeAfter } from '../support/one-time-codes.ts';
import { ADMIN_PASSWORD } from '../support/test-appliance.ts';
import { looksRight } from './administrator.ts';
import { startChromium, watchedPage } from './chromium.ts';

const ON_SUNDAYS = { timezone: 'UTC', entries: [] };

describe('a representative whose jump is refused', { timeout: 60_000 }, () => {
  let site: AccessSite;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [site, browser] = await Promise.all([AccessSite.start(), startChromium()]);
    await site.user('kim', REPRESENTATIVE);
    await site.group('servers');
    await site.group('cellar');
    await site.jumpoint('gateway');
    await site.jumpoint('elsewhere');
    const keeper = await site.role('Keepers', ['perm_start', 'perm_edit_jump_policy']);
    const reader = await site.role('Readers', ['perm_edit_comments']);
    await site.policy('Night shift', {
      members: ['kim'],
      jumpGroups: [
        { to: 'servers', role: keeper },
        { to: 'cellar', role: reader },
      ],
      jumpoints: [{ to: 'gateway' }],
    });
    const policy = async (name: string, json: object) =>
      await site.make('/jump-policy', name, { display_name: name, ...json });
    await policy('Closed', { schedule_enabled: true, schedule: ON_SUNDAYS });
    await policy('Guarded', { schedule_enabled: false, two_factor_challenge_required: true });
    await site.shell('closed host', 'servers', 'gateway', { jump_policy_id: site.id('Closed') });
    await site.shell('guarded host', 'servers', 'gateway', { jump_policy_id: site.id('Guarded') });
    await site.shell('distant host', 'servers', 'elsewhere');
    await site.shell('cellar host', 'cellar', 'gateway');

    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const { url } = site.appliance;
    const signIn = await context.request.post(`${url}/api/config/v1/sign-in`, {
      data: { username: 'kim', password: ADMIN_PASSWORD },
      headers: { origin: url },
    });
    expect(signIn.ok()).toBe(true);
    ({ page, complaints } = await watchedPage(context));
    page.setDefaultTimeout(10_000);
    await page.goto(`${url}/console`);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.appliance.stop();
  });

  it('hears when the schedule permits it, may override it knowingly, and is then told the next reason', async () => {
    const dialog = await jumpTo('closed host', 'Outside the schedule');
    await dialog.getByText('The schedule allows no time at all.').waitFor();
    const anyway = dialog.getByRole('button', { name: 'Jump anyway' });
    expect(await anyway.isDisabled()).toBe(true);
    await dialog.getByLabel(/^Override the schedule/).check();
    await looksRight(page, 'console-schedule');
    await anyway.click();
    // The schedule is passed over; what is left is that no Jumpoint runs here.
    await page
      .getByRole('dialog', { name: 'The jump was refused' })
      .getByText(/Jumpoint/)
      .first()
      .waitFor();
    await close();
  });

  it('hears that a second factor is needed, and is offered no override', async () => {
    const dialog = await jumpTo('guarded host', 'A second factor is needed');
    await dialog.getByText('“Guarded”').waitFor();
    expect(await dialog.getByRole('button', { name: 'Jump anyway' }).count()).toBe(0);
    await close();
  });

  it('who has a second factor proves it and goes on', async () => {
    const { url, sql } = site.appliance;
    const post = async (path: string, data: object) => {
      const answer = await page.request.post(`${url}/api/config/v1${path}`, {
        data,
        headers: { origin: url },
      });
      return (await answer.json()) as { secret: string };
    };
    const { secret } = await post('/me/totp', {});
    const totp = new TOTP({ secret: Secret.fromBase32(secret) });
    await post('/me/totp/confirm', { code: totp.generate() });
    await sql`update user_credential set second_factor_at = now() - interval '6 minutes'`;
    await page.getByRole('button', { name: 'Jump to guarded host' }).click();
    const dialog = page.getByRole('dialog', { name: 'Prove that it is you' });
    await dialog.getByText('“Guarded”').waitFor();
    await looksRight(page, 'console-second-factor');
    await dialog.getByRole('textbox', { name: 'Code' }).fill(codeAfter(totp));
    await dialog.getByRole('button', { name: 'Go on' }).click();
    // What is left is that no Jumpoint runs here.
    await page
      .getByRole('dialog', { name: 'The jump was refused' })
      .getByText(/Jumpoint/)
      .first()
      .waitFor();
    await close();
  });

  it('hears that the Jumpoint is not open, and what to do', async () => {
    const dialog = await jumpTo('distant host', 'The Jumpoint is not open to you');
    await dialog.getByText('An administrator can make you a member of the Jumpoint.').waitFor();
    await close();
  });

  it('hears that the role does not allow it, and what every other rule says', async () => {
    const dialog = await jumpTo('cellar host', 'Your role does not allow it');
    await dialog.getByRole('button', { name: 'What every rule says' }).click();
    const rules = dialog.getByRole('list', { name: 'What every rule says' });
    await rules.getByRole('listitem').filter({ hasText: 'Jumpoint' }).getByLabel('allows').waitFor();
    await rules.getByRole('listitem').filter({ hasText: 'Jump Item Role' }).getByLabel('refuses').waitFor();
    await looksRight(page, 'console-role');
    await close();
  });

  it('heard no complaint of the browser', () => {
    expect(complaints.filter((complaint) => !complaint.startsWith('503'))).toEqual([]);
  });

  async function jumpTo(item: string, title: string) {
    await page.getByRole('button', { name: `Jump to ${item}` }).click();
    const dialog = page.getByRole('dialog', { name: title });
    await dialog.getByRole('alert').waitFor();
    return dialog;
  }

  async function close(): Promise<void> {
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
});

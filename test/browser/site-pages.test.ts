import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpsServer, type TestHttpServer } from '../support/https-server.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser, looksRight, made, shown } from './administrator.ts';
import { dialogHasFocus, startChromium, watchedPage } from './chromium.ts';

describe('settings, schedules and the audit on the screen', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let tickets: TestHttpServer;

  beforeAll(async () => {
    [appliance, browser, tickets] = await Promise.all([
      testAppliance(),
      startChromium(),
      httpsServer(['localhost', '127.0.0.1'], (_req, res) => {
        res.setHeader('content-type', 'application/json');
        res.end(JSON.stringify({ answer: 'deny', message: 'The ticket is closed.' }));
      }),
    ]);
    ({ page, complaints } = await watchedPage(await administratorsBrowser(browser, appliance)));
    page.setDefaultTimeout(10_000);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([appliance?.stop(), tickets?.stop()]);
  });

  it('sets up the ticket system and asks it, before anybody depends on it', async () => {
    await page.goto(`${appliance.url}/login/settings`);
    await page.getByText('Save an address first.').waitFor();
    await page.getByRole('textbox', { name: 'Company name' }).fill('Example Ltd');
    await page.getByRole('textbox', { name: 'Address' }).fill(`https://127.0.0.1:${tickets.port}/tickets`);
    await page.getByRole('combobox', { name: 'Format of question and answer' }).click();
    await page.getByRole('option', { name: 'JSON' }).click();
    await page.getByRole('button', { name: 'Set Secret' }).click();
    await page.getByRole('textbox', { name: 'Secret' }).fill('ticket-secret-1');
    await page.getByRole('textbox', { name: 'Certificate authorities' }).fill(tickets.certificate);
    await page.getByRole('combobox', { name: 'Private networks that may be called' }).fill('127.0.0.1/32');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Site settings saved').waitFor();
    await page.getByText('Set. It is never shown.').waitFor();
    await page.getByRole('textbox', { name: 'Ticket ID to ask about' }).fill('INC0042');
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByText('It answers: not allowed').waitFor();
    await page.getByText('The ticket is closed.').waitFor();
    await looksRight(page, 'site-settings');
    expect(await page.content()).not.toContain('ticket-secret-1');
    expect(await shown(appliance, '/site-setting')).toMatchObject({
      company_name: 'Example Ltd',
      ticket_system_secret_set: true,
      rate_limit_per_second: 20,
    });
  });

  it('says beside a setting what it cannot be, and loses nothing', async () => {
    await page.getByRole('combobox', { name: 'Private networks that may be called' }).fill('not a network');
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'Company name' }).fill('Example Group');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').filter({ hasText: 'not a network' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Company name' }).inputValue()).toBe('Example Group');
  });

  it('shows what a schedule over the end of the week permits, and from when on', async () => {
    await page.goto(`${appliance.url}/login/jump-policies`);
    await page.getByRole('button', { name: 'New Jump Policy' }).click();
    await dialogHasFocus(page);
    const form = page.getByRole('dialog', { name: 'New Jump Policy' });
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Weekends');
    await form.getByLabel('Require a ticket ID').check();
    await form.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Jump Policy created').waitFor();
    await page.getByRole('button', { name: 'Weekends', exact: true }).click();
    const editor = page.getByRole('dialog', { name: 'Weekends' });
    await editor.getByText('They never may.').waitFor();
    await editor.getByRole('button', { name: 'Add a time' }).click();
    await editor.getByRole('combobox', { name: 'From' }).click();
    await page.getByRole('option', { name: 'Friday' }).click();
    await editor.getByLabel('Start time').fill('22:00');
    await editor.getByLabel('End time').fill('06:00');
    await editor.getByText('2 d 8 h, over the end of the week').waitFor();
    await editor.getByRole('button', { name: 'Save the schedule' }).click();
    await page.getByText('Schedule saved').waitFor();
    await editor.getByRole('textbox', { name: 'At' }).fill('2026-01-07T12:00');
    await editor.getByText('Sessions may not start then.').waitFor();
    await editor.getByRole('textbox', { name: 'At' }).fill('2026-01-10T12:00');
    await editor.getByText('Sessions may start then, until').waitFor();
    await looksRight(page, 'jump-policy');
    await page.keyboard.press('Escape');
    await page.getByRole('row').filter({ hasText: 'Weekends' }).getByText('ticket ID').waitFor();
  });

  it('tells what was changed, field by field, and leads to it; secrets never show', async () => {
    const policy = await made(appliance, '/session-policy', { display_name: 'Servers' });
    const changes = { permissions: { chat: 'deny' }, description: 'Nobody is there' };
    const patch = { method: 'PATCH', json: changes };
    expect((await appliance.admin(`/api/config/v1/session-policy/${policy.id}`, patch)).status).toBe(200);
    await page.goto(`${appliance.url}/login/audit`);
    await page.getByRole('button', { name: 'Session policy: updated' }).first().click();
    const details = page.getByRole('dialog', { name: 'Session policy: updated' });
    const table = details.getByRole('table', { name: 'Before and after' });
    const chat = table.getByRole('row').filter({ hasText: 'permissions.chat' });
    await chat.waitFor();
    expect(await chat.getByRole('cell').allInnerTexts()).toEqual(['–', 'deny']);
    await table.getByRole('row').filter({ hasText: 'description' }).getByText('Nobody is there').waitFor();
    await looksRight(page, 'audit-details');
    await details.getByRole('link', { name: 'Session policy Servers' }).click();
    await page.getByRole('heading', { name: 'Servers' }).waitFor();
  });

  it('finds what happened to one object, in one kind and in a span of time', async () => {
    await page.goto(`${appliance.url}/login/audit`);
    await page.getByRole('combobox', { name: 'Kind of object' }).click();
    await page.getByRole('option', { name: 'Site setting' }).click();
    await page.getByRole('button', { name: 'Session policy: created' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Site setting: updated' }).first().waitFor();
    await looksRight(page, 'audit');
    expect(await page.content()).not.toContain('ticket-secret-1');
    await page.getByRole('button', { name: 'Site setting: updated' }).first().click();
    const details = page.getByRole('dialog');
    await details.getByText('company_name').waitFor();
    expect(await details.textContent()).not.toContain('ticket-secret-1');
    await page.keyboard.press('Escape');
    await page.getByLabel('From', { exact: true }).fill('2020-01-01T00:00');
    await page.getByLabel('Before', { exact: true }).fill('2020-02-01T00:00');
    await page.getByText('Nothing matches.').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('button', { name: 'Session policy: created' }).waitFor();
  });

  it('makes an API account, shows its secret once, and says what it may do', async () => {
    await page.goto(`${appliance.url}/login/api-accounts`);
    await page.getByRole('button', { name: 'New API account' }).click();
    await dialogHasFocus(page);
    const form = page.getByRole('dialog', { name: 'New API account' });
    await form.getByRole('textbox', { name: 'Name' }).fill('Nightly report');
    await form.getByLabel('Support session reports and recordings').check();
    await looksRight(page, 'api-account');
    await form.getByRole('button', { name: 'Create' }).click();
    const secret = page.getByRole('dialog', { name: 'Client secret' });
    await secret.getByText('The secret is shown this once.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('row').filter({ hasText: 'Nightly report' }).getByText('enabled').waitFor();
  });

  it('heard no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });
});

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { httpsServer, type TestHttpServer } from '../support/https-server.ts';
import { ok, until } from '../support/live-jumpoint.ts';
import { LiveSite, post } from '../support/live-site.ts';
import { screenshot, startChromium, watchedPage } from './chromium.ts';

const BASE = '/api/config/v1';

let site: LiveSite;
let browser: Browser;
let tickets: TestHttpServer;

beforeAll(async () => {
  [site, browser, tickets] = await Promise.all([
    LiveSite.start(),
    startChromium(),
    httpsServer(['127.0.0.1'], (req, res) => {
      let body = '';
      req.on('data', (chunk) => {
        body += chunk;
      });
      req.on('end', () => {
        const allowed = body.includes('CHG7');
        res.end(
          JSON.stringify({ answer: allowed ? 'allow' : 'deny', message: allowed ? '' : 'Wrong change.' }),
        );
      });
    }),
  ]);
  const settings = {
    ticket_system_url: `https://127.0.0.1:${tickets.port}/`,
    ticket_system_format: 'json',
    ticket_system_ca_certificates: tickets.certificate,
    outbound_private_ranges: ['127.0.0.1'],
  };
  await ok(site.appliance.admin(`${BASE}/site-setting`, { method: 'PATCH', json: settings }));
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await site?.stop();
  await tickets?.stop();
});

it('asks for the ticket a Jump Policy wants, says why one does not do, and jumps with one that does', {
  timeout: 60_000,
}, async () => {
  const { api, admin, adminPassword } = site.appliance;
  const policy = await post(api, '/jump-policy', {
    display_name: 'Changes',
    schedule_enabled: false,
    ticket_id_required: true,
  });
  await site.item({ name: 'ticketed host', jump_policy_id: policy.id });

  const { page, complaints } = await watchedPage(await browser.newContext());
  await page.goto(`${site.appliance.url}/console?action=start_jump_item_session&search_string=ticketed+host`);
  await page.getByLabel('Username').fill('admin');
  await page.getByRole('textbox', { name: 'Password' }).fill(adminPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Start the session' }).click();

  await page.getByText('“Changes” asks for a ticket ID').waitFor();
  const jump = page.getByRole('button', { name: 'Jump with this ticket' });
  expect(await jump.isDisabled()).toBe(true);
  await page.getByLabel('Ticket ID').fill('CHG1');
  await jump.click();
  await page.getByText('Wrong change.').waitFor();
  await screenshot(page, 'ticket');
  await page.getByLabel('Ticket ID').fill('CHG7');
  await page.keyboard.press('Enter');
  await until('the session', async () => {
    const answer = await admin(`${BASE}/session`);
    const { items } = (await answer.json()) as { items: { ticket_id: string }[] };
    return items.some(({ ticket_id }) => ticket_id === 'CHG7');
  });
  expect(complaints).toEqual([]);
});

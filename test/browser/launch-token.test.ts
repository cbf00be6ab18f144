import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/live-jumpoint.ts';
import { LiveSite, post } from '../support/live-site.ts';
import { startChromium, watchedPage } from './chromium.ts';

let site: LiveSite;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([LiveSite.start(), startChromium()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
});

it('starts the session of a launch token at once, after signing in on the way, and only the first time', {
  timeout: 60_000,
}, async () => {
  const { api, admin, adminPassword } = site.appliance;
  await site.item();
  const token = await post(api, '/launch-token', {
    user_id: 1,
    parameters: {
      action: 'start_jump_item_session',
      search_string: 'build host',
      'session.custom.external_key': 'INC7',
    },
  });
  const sessions = async () => {
    const answer = await admin('/api/config/v1/session');
    return ((await answer.json()) as { items: { external_key: string }[] }).items;
  };

  const { page } = await watchedPage(await browser.newContext());
  await page.goto(String(token.url));
  await page.getByLabel('Username').fill('admin');
  await page.getByRole('textbox', { name: 'Password' }).fill(adminPassword);
  expect(await sessions()).toEqual([]);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await until('the session', async () => (await sessions()).length === 1);
  expect(await sessions()).toMatchObject([{ external_key: 'INC7' }]);

  await page.goto(String(token.url));
  await page.getByText('This launch link has been used').waitFor();
  expect(await sessions()).toHaveLength(1);
});

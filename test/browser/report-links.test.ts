import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LiveSite } from '../support/live-site.ts';
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

it('plays and downloads a recording from the links of a report, for an administrator who signs in on the way', {
  timeout: 60_000,
}, async () => {
  const { admin, api, adminPassword } = site.appliance;
  const started = await site.start(admin, await site.item());
  const terminal = await site.work(started);
  terminal.type('echo marker-$((40+2)); exit\n');
  await site.recorded(started.lsid);
  const report = await (
    await api(`/api/reporting?generate_report=SupportSession&lsid=${started.lsid}`)
  ).text();
  const link = (name: string) =>
    new RegExp(`<${name}>(.*)</${name}>`).exec(report)![1]!.replaceAll('&amp;', '&');

  const { page, complaints } = await watchedPage(await browser.newContext());
  await page.goto(link('view_url'));
  await page.getByLabel('Username').fill('admin');
  await page.getByRole('textbox', { name: 'Password' }).fill(adminPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByTestId('recording').waitFor();
  await page.getByTestId('recording').getByText('marker-42').first().waitFor();

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.goto(link('download_url')).catch(() => undefined),
  ]);
  expect(download.suggestedFilename()).toBe(`${started.lsid}-0.cast`);
  expect(complaints).toEqual([]);
});

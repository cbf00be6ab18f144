import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser, looksRight } from './administrator.ts';
import { dialogHasFocus, startChromium, watchedPage } from './chromium.ts';

describe('people from outside, and who is signed in, on the screen', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
    ({ page, complaints } = await watchedPage(await administratorsBrowser(browser, appliance)));
    page.setDefaultTimeout(10_000);
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  it('an address with a key lets somebody in, who is out again when it is taken back', async () => {
    await page.goto(`${appliance.url}/console/invitations`);
    await page.getByText('You have invited nobody yet.').waitFor();
    await page.getByRole('button', { name: 'Invite' }).click();
    await dialogHasFocus(page);
    await page.getByRole('textbox', { name: 'Name' }).fill('Kim of Example Printers');
    await page.getByRole('button', { name: 'Make the key' }).click();
    const address = await page.getByText(/\/console#invitation=bhi_/).textContent();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('cell', { name: 'open', exact: true }).waitFor();
    await looksRight(page, 'invitations');

    const guest = await (await browser.newContext()).newPage();
    guest.setDefaultTimeout(15_000);
    await guest.goto(address!);
    await guest.getByRole('heading', { name: 'Jump Items' }).waitFor();
    expect(guest.url()).not.toContain('bhi_');
    expect(await guest.getByRole('link', { name: 'Invitations' }).count()).toBe(0);

    await page.goto(`${appliance.url}/login/licenses`);
    await page.getByRole('cell', { name: 'Kim of Example Printers invited' }).waitFor();
    await looksRight(page, 'licences');
    await page.goto(`${appliance.url}/console/invitations`);
    await page.getByRole('button', { name: 'Take back the invitation of Kim' }).click();
    await page.getByRole('button', { name: 'Take back', exact: true }).click();
    await page.getByText('Invitation taken back').waitFor();
    await guest.reload();
    await guest.getByRole('button', { name: 'I have an invitation key' }).click();
    await guest.getByRole('textbox', { name: 'Invitation key' }).fill('bhi_nonsense');
    await guest.getByRole('button', { name: 'Come in' }).click();
    await guest.getByText('This key does not work').waitFor();
  });

  it('a user has a page of sign-ins, with networks of their own', async () => {
    const [user] = await appliance.sql<{ id: number }[]>`
      insert into app_user (username, public_display_name) values ('sam', 'Sam') returning id`;
    await appliance.sql`
      insert into sign_in_failure (user_id, source, failures, blocked_until)
      values (${user!.id}, 'network 192.0.2.0/24', 5, now() + interval '10 min')`;
    await page.goto(`${appliance.url}/login/users/${user!.id}?section=sign-in`);
    await page.getByRole('cell', { name: 'network 192.0.2.0/24' }).waitFor();
    await page.getByRole('combobox', { name: 'This user signs in' }).click();
    await page.getByRole('option', { name: 'From these networks only' }).click();
    await page.getByRole('combobox', { name: 'Networks' }).fill('192.0.2.0/99');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('is neither an address nor a network').first().waitFor();
    await looksRight(page, 'user-sign-in');
    expect(complaints.filter((line) => !line.includes('422'))).toEqual([]);
  });
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser, looksRight, shown } from './administrator.ts';
import { dialogHasFocus, startChromium, watchedPage } from './chromium.ts';
import { pick } from './picking.ts';

describe('the pages about support', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
    ({ page, complaints } = await watchedPage(await administratorsBrowser(browser, appliance)));
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  it('make a team, give it a member and change what that member is', async () => {
    await created('teams', 'team', { Name: 'Service desk', Comments: 'First line' });
    await page.getByRole('button', { name: 'Service desk', exact: true }).click();
    await pick(page.getByRole('combobox', { name: 'Add a user' }), 'admin', 'Administrator (admin)');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('combobox', { name: 'Role of Administrator (admin)' }).click();
    await page.getByRole('option', { name: 'Team lead' }).click();
    const [team] = await shown<{ id: number }[]>(appliance, '/team');
    await expect
      .poll(async () => await shown(appliance, `/team/${team!.id}/user`))
      .toMatchObject([{ user_id: 1, role: 'lead' }]);
    await looksRight(page, 'team');
  });

  it('make an issue that asks for a skill of a team', async () => {
    await created('skills', 'skill', { Name: 'Printers' });
    await page.goto(`${appliance.url}/login/issues`);
    await page.getByRole('button', { name: 'New issue' }).click();
    await dialogHasFocus(page);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Paper jam');
    await page.getByRole('combobox', { name: 'Teams' }).click();
    await page.getByRole('option', { name: 'Service desk' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: 'Skills' }).click();
    await page.getByRole('option', { name: 'Printers' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('issue created').waitFor();
    expect(await shown(appliance, '/issue')).toMatchObject([
      { name: 'Paper jam', team_ids: [expect.any(Number)], skill_ids: [expect.any(Number)] },
    ]);
    await looksRight(page, 'issues');
  });

  it('make a status, a canned script, a canned message and a custom link', async () => {
    await created('rep-statuses', 'status', { Name: 'At lunch' });
    await created('canned-scripts', 'canned script', { Name: 'Free space', Commands: 'df -h' });
    await created('canned-messages', 'canned message', { Title: 'Hello', Message: 'How can I help?' });
    await created('custom-rep-links', 'custom link', {
      Name: 'Ticket',
      Address: 'https://tickets.example/1',
    });
    expect(await shown(appliance, '/canned-script')).toMatchObject([{ commands: 'df -h' }]);
    await page.goto(`${appliance.url}/login/canned-scripts`);
    await page.getByRole('button', { name: 'Free space', exact: true }).click();
    await page.getByRole('textbox', { name: 'Commands' }).waitFor();
    await looksRight(page, 'canned-script');
  });

  it('say with the words of the API what is wrong with a form, and lose nothing of it', async () => {
    await page.goto(`${appliance.url}/login/custom-rep-links`);
    await page.getByRole('button', { name: 'New custom link' }).click();
    await dialogHasFocus(page);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Broken');
    const address = page.getByRole('textbox', { name: 'Address' });
    await address.fill('javascript:alert(1)');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('alert').first().waitFor();
    expect(await address.inputValue()).toBe('javascript:alert(1)');
    expect(await address.getAttribute('aria-invalid')).toBe('true');
  });

  it('are reached past the navigation by keyboard, and an address that leads nowhere says so', async () => {
    await page.goto(`${appliance.url}/login/no-such-page`);
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the content' });
    expect(await skip.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const first = page.getByRole('link', { name: 'To the first page' });
    expect(await first.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it('heard no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });

  async function created(place: string, noun: string, texts: Record<string, string>): Promise<void> {
    await page.goto(`${appliance.url}/login/${place}`);
    await page.getByRole('button', { name: `New ${noun}` }).click();
    await dialogHasFocus(page);
    for (const [name, text] of Object.entries(texts))
      await page.getByRole('textbox', { name, exact: true }).fill(text);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(`${noun} created`).waitFor();
  }
});

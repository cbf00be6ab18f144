import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { accessibilityProblems, dialogHasFocus, screenshot, startChromium, watchedPage } from './chromium.ts';

/** Two people, each in a browser of their own, at the same record. */
describe('two administrators at once', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let contexts: BrowserContext[];
  let quick: Page;
  let late: Page;
  const complaints: string[][] = [];

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
    await liftRateLimits(appliance);
    contexts = await Promise.all([administratorsBrowser(), administratorsBrowser()]);
    const pages = await Promise.all(contexts.map((context) => watchedPage(context)));
    [quick, late] = pages.map(({ page }) => page) as [Page, Page];
    complaints.push(...pages.map((watched) => watched.complaints));
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  it('never lose a change: who saves second sees what the other changed and chooses field by field', async () => {
    const policy = await made({ display_name: 'Working hours', description: 'As ever' });
    const form = await opened(late, 'Working hours');
    await form.getByRole('textbox', { name: 'Description' }).fill('My own words');
    await form.getByLabel('End sessions when the schedule does').check();
    await change(policy, { description: 'Agreed with the plant', code_name: 'plant_hours' });

    await form.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = late.getByRole('dialog', { name: 'Somebody else changed this meanwhile' });
    const description = dialog.getByRole('radiogroup', { name: 'Description' });
    await description.getByText('Agreed with the plant').waitFor();
    await description.getByText('My own words').waitFor();
    // Only the other touched the code name, so theirs stands until somebody says otherwise.
    expect(await dialog.getByRole('radio', { name: 'Theirs: plant_hours' }).isChecked()).toBe(true);
    // Both touched the description, so nothing is decided for them.
    expect(await dialog.getByRole('button', { name: '1 still to choose' }).isDisabled()).toBe(true);
    expect(await accessibilityProblems(late)).toEqual([]);
    await screenshot(late, 'conflict');

    await dialog.getByRole('button', { name: 'Back to the form' }).click();
    expect(await form.getByRole('textbox', { name: 'Description' }).inputValue()).toBe('My own words');
    expect(await shown(policy)).toMatchObject({ description: 'Agreed with the plant' });

    await form.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.getByRole('radio', { name: 'Yours: My own words' }).check();
    await dialog.getByRole('button', { name: 'Save with these choices' }).click();
    await late.getByText('Jump Policy saved').waitFor();
    expect(await shown(policy)).toMatchObject({
      description: 'My own words',
      code_name: 'plant_hours',
      schedule_strict: true,
    });
  });

  it('are asked again when a third change comes between the choice and the save', async () => {
    const policy = await made({ display_name: 'Night shift' });
    const form = await opened(late, 'Night shift');
    await form.getByRole('textbox', { name: 'Description' }).fill('Mine');
    await change(policy, { description: 'First of theirs' });
    await form.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = late.getByRole('dialog', { name: 'Somebody else changed this meanwhile' });
    await dialog.getByText('First of theirs').waitFor();
    await change(policy, { description: 'Second of theirs' });
    await dialog.getByRole('radio', { name: 'Yours: Mine' }).check();
    await dialog.getByRole('button', { name: 'Save with these choices' }).click();
    await dialog.getByText('Second of theirs').waitFor();
    await dialog.getByRole('radio', { name: 'Theirs: Second of theirs' }).check();
    await dialog.getByRole('button', { name: 'Save with these choices' }).click();
    await late.getByText('Jump Policy saved').waitFor();
    expect(await shown(policy)).toMatchObject({ description: 'Second of theirs' });
  });

  it('see what has changed before one deletes what the other just mended', async () => {
    const policy = await made({ display_name: 'Holidays' });
    await opened(late, 'Holidays');
    await late.keyboard.press('Escape');
    await late.getByRole('button', { name: 'Delete Holidays' }).click();
    const question = late.getByRole('dialog', { name: 'Delete Holidays?' });
    const remove = question.getByRole('button', { name: 'Delete Jump Policy' });
    // The question is asked once the record has been read.
    await remove.waitFor();
    await change(policy, { description: 'Still needed' });
    await remove.click();
    await question.getByText('Description: Still needed').waitFor();
    expect((await appliance.admin(`/api/config/v1/jump-policy/${policy}`)).status).toBe(200);
    await question.getByRole('button', { name: 'Delete Jump Policy all the same' }).click();
    await late.getByText('Jump Policy deleted').waitFor();
    expect((await appliance.admin(`/api/config/v1/jump-policy/${policy}`)).status).toBe(404);
  });

  it('keep what they typed when the other deletes the record under them', async () => {
    await made({ display_name: 'Weekends' });
    const form = await opened(late, 'Weekends');
    await form.getByRole('textbox', { name: 'Description' }).fill('Not lost');
    await quick.goto(`${appliance.url}/login/jump-policies`);
    await quick.getByRole('button', { name: 'Delete Weekends' }).click();
    await quick.getByRole('button', { name: 'Delete Jump Policy' }).click();
    await quick.getByText('Jump Policy deleted').waitFor();
    await form.getByRole('button', { name: 'Save', exact: true }).click();
    await form.getByRole('alert').waitFor();
    expect(await form.getByRole('textbox', { name: 'Description' }).inputValue()).toBe('Not lost');
  });

  it('choose between two schedules as well', async () => {
    const policy = await made({ display_name: 'Plant' });
    const form = await opened(late, 'Plant');
    await form.getByRole('button', { name: 'Add a time' }).click();
    await form.getByLabel('Start time').fill('09:30');
    const theirs = {
      timezone: 'UTC',
      entries: [{ start_day: 5, start_time: '10:00', end_day: 5, end_time: '12:00' }],
    };
    const put = { method: 'PUT', json: theirs };
    expect((await appliance.admin(`/api/config/v1/jump-policy/${policy}/schedule`, put)).status).toBe(200);
    await form.getByRole('button', { name: 'Save the schedule' }).click();
    const dialog = late.getByRole('dialog', { name: 'Somebody else changed this meanwhile' });
    await dialog.getByText('Saturday 10:00 to Saturday 12:00').waitFor();
    await dialog.getByRole('radio', { name: 'Yours: Monday 09:30 to Monday 18:00' }).check();
    await dialog.getByRole('button', { name: 'Save with these choices' }).click();
    await late.getByText('Schedule saved').waitFor();
  });

  it('heard no complaint of the browser', () => {
    expect(complaints.flat()).toEqual([]);
  });

  async function administratorsBrowser(): Promise<BrowserContext> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
    });
    const signIn = await context.request.post(`${appliance.url}/api/config/v1/sign-in`, {
      data: { username: 'admin', password: appliance.adminPassword },
      headers: { origin: appliance.url },
    });
    expect(signIn.ok()).toBe(true);
    return context;
  }

  async function made(policy: { display_name: string; description?: string }): Promise<number> {
    const answer = await appliance.admin('/api/config/v1/jump-policy', { method: 'POST', json: policy });
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { id: number }).id;
  }

  async function change(policy: number, changes: object): Promise<void> {
    const patch = { method: 'PATCH', json: changes };
    expect((await appliance.admin(`/api/config/v1/jump-policy/${policy}`, patch)).status).toBe(200);
  }

  async function shown(policy: number): Promise<unknown> {
    return await (await appliance.admin(`/api/config/v1/jump-policy/${policy}`)).json();
  }

  async function opened(page: Page, name: string): Promise<Locator> {
    await page.goto(`${appliance.url}/login/jump-policies`);
    await page.getByRole('button', { name, exact: true }).click();
    await dialogHasFocus(page);
    const form = page.getByRole('dialog', { name });
    await form.getByRole('textbox', { name: 'Description' }).waitFor();
    return form;
  }
});

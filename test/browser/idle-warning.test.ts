import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser } from './administrator.ts';
import { accessibilityProblems, screenshot, startChromium } from './chromium.ts';

describe('the end of a sign-in on the screen', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  const warning = (page: Page) => page.getByRole('dialog', { name: 'Are you still there?' });

  /** As if nothing had happened since: the idle limit is an hour. */
  async function idleFor(seconds: number): Promise<void> {
    await appliance.sql`
      update user_credential set last_seen_at = clock_timestamp() - make_interval(secs => ${seconds}) where kind = 'browser'`;
  }

  async function twoPages(): Promise<[Page, Page]> {
    const context = await administratorsBrowser(browser, appliance);
    await idleFor(3600 - 20);
    const pages: [Page, Page] = [await context.newPage(), await context.newPage()];
    for (const page of pages) {
      page.setDefaultTimeout(15_000);
      await page.goto(`${appliance.url}/login/users`);
    }
    return pages;
  }

  it('is warned of, and staying in one page is staying in all of them', async () => {
    const [first, second] = await twoPages();
    await warning(first).waitFor();
    await warning(second).waitFor();
    await first.getByText(/You are signed out in \d+ seconds?/).waitFor();
    // What the pages read by themselves, and a mouse that moves, leaves it standing.
    await first.mouse.move(200, 200);
    await screenshot(first, 'idle-warning');
    expect(await accessibilityProblems(first)).toEqual([]);
    await first.getByRole('button', { name: 'Stay signed in' }).click();
    await warning(first).waitFor({ state: 'hidden' });
    await warning(second).waitFor({ state: 'hidden' });
    const [row] = await appliance.sql<{ idle: number }[]>`
      select extract(epoch from clock_timestamp() - max(last_seen_at))::float8 as idle from user_credential`;
    expect(row!.idle).toBeLessThan(10);
    await first.context().close();
  });

  it('comes when nobody answers, in every page', async () => {
    const [first, second] = await twoPages();
    await warning(first).waitFor();
    await idleFor(3600);
    for (const page of [first, second]) {
      await page.getByText('Your sign-in has ended. Sign in to go on.').waitFor({ timeout: 30_000 });
      await page.getByRole('textbox', { name: 'Username' }).waitFor();
    }
    await first.context().close();
  });
});

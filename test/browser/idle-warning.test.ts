import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser } from './administrator.ts';
import { accessibilityProblems, screenshot, startChromium } from './chromium.ts';

const IDLE_LIMIT = 3600;

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

  /** As if nothing had happened since, for the server. */
  async function idleFor(seconds: number): Promise<void> {
    await appliance.sql`
      update user_credential set last_seen_at = clock_timestamp() - make_interval(secs => ${seconds}) where kind = 'browser'`;
  }

  /** Half the time before the end of the sign-in has passed when they are opened. The clock of the browser can be put on. */
  async function twoPages(): Promise<{ context: BrowserContext; pages: [Page, Page] }> {
    const context = await administratorsBrowser(browser, appliance);
    await context.clock.install();
    await idleFor(IDLE_LIMIT / 2);
    const pages: [Page, Page] = [await context.newPage(), await context.newPage()];
    for (const page of pages) {
      page.setDefaultTimeout(15_000);
      await page.goto(`${appliance.url}/login/users`);
      await page.getByRole('heading', { name: 'Users' }).waitFor();
    }
    return { context, pages };
  }

  it('is warned of, and staying in one page is staying in all of them', async () => {
    const { context, pages } = await twoPages();
    const [first, second] = pages;
    await context.clock.fastForward((IDLE_LIMIT / 2 - 28) * 1000);
    await warning(first).waitFor();
    await warning(second).waitFor();
    await first.getByText(/You are signed out in \d+ seconds?/).waitFor();
    // What the pages read by themselves, and a mouse that moves, leaves it standing.
    await first.mouse.move(200, 200);
    await screenshot(first, 'idle-warning');
    await first.getByRole('button', { name: 'Stay signed in' }).click();
    await warning(first).waitFor({ state: 'hidden' });
    await warning(second).waitFor({ state: 'hidden' });
    const [row] = await appliance.sql<{ idle: number }[]>`
      select extract(epoch from clock_timestamp() - max(last_seen_at))::float8 as idle from user_credential`;
    expect(row!.idle).toBeLessThan(60);
    await context.close();
  });

  it('comes when nobody answers, in every page', async () => {
    const { context, pages } = await twoPages();
    const [first] = pages;
    await context.clock.fastForward((IDLE_LIMIT / 2 - 28) * 1000);
    await warning(first).waitFor();
    expect(await accessibilityProblems(first)).toEqual([]);
    await idleFor(IDLE_LIMIT);
    await context.clock.fastForward(30_000);
    for (const page of pages) {
      await page.getByText('Your sign-in has ended. Sign in to go on.').waitFor();
      await page.getByRole('textbox', { name: 'Username' }).waitFor();
    }
    await context.close();
  });
});

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { TestAppliance } from '../support/test-appliance.ts';
import { PASSWORD_OF_PEOPLE } from '../support/test-person.ts';
import { accessibilityProblems, screenshot } from './chromium.ts';

/** A browser in which the administrator is signed in. */
export async function administratorsBrowser(
  browser: Browser,
  appliance: TestAppliance,
): Promise<BrowserContext> {
  return await signedInBrowser(browser, appliance, 'admin', appliance.adminPassword);
}

/** A browser in which this person is signed in; by default one that `testPerson` made. */
export async function signedInBrowser(
  browser: Browser,
  appliance: TestAppliance,
  username: string,
  password: string = PASSWORD_OF_PEOPLE,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  const signIn = await context.request.post(`${appliance.url}/api/config/v1/sign-in`, {
    data: { username, password },
    headers: { origin: appliance.url },
  });
  expect(signIn.ok()).toBe(true);
  return context;
}

/** Makes an object over the API and answers it. */
export async function made<T = { id: number }>(
  appliance: TestAppliance,
  path: string,
  json: object,
): Promise<T> {
  const answer = await appliance.admin(`/api/config/v1${path}`, { method: 'POST', json });
  expect([path, answer.status, answer.ok ? '' : await answer.text()]).toEqual([path, answer.status, '']);
  return (await answer.json()) as T;
}

/** What the API answers about an object. */
export async function shown<T = Record<string, unknown>>(appliance: TestAppliance, path: string): Promise<T> {
  const answer = await appliance.admin(`/api/config/v1${path}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

/**
 * The page as it stands, light and dark, wide and narrow: without faults that automated accessibility checks find, and
 * without anything that makes the page itself scroll sideways.
 */
export async function looksRight(page: Page, name: string): Promise<void> {
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(() => window.scrollTo(0, 0));
      await screenshot(page, `${name}-${colorScheme}-${width}`);
      // At the end nothing lies half hidden beneath the bar at the foot of a form, where its contrast would be misread.
      await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
      // Contrast is the same on both widths, and the structure in both colours.
      if (width === 1440 || colorScheme === 'light') expect(await accessibilityProblems(page)).toEqual([]);
    }
    const tooWide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(tooWide, `${name} at ${width} px`).toBeLessThanOrEqual(0);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
}

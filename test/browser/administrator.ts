import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { TestAppliance } from '../support/test-appliance.ts';
import { PASSWORD_OF_PEOPLE } from '../support/test-person.ts';
import { accessibilityProblems, colours, picturesAreWanted, screenshot } from './chromium.ts';

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

/** Contrast is the same on both widths, and the structure in both colours; the last is for pictures alone. */
const VIEWS = [
  { width: 1440, colorScheme: 'light', about: 'everything' },
  { width: 1440, colorScheme: 'dark', about: 'colours' },
  { width: 390, colorScheme: 'light', about: 'structure' },
  ...(picturesAreWanted ? [{ width: 390, colorScheme: 'dark' } as const] : []),
] as const;

/**
 * The page as it stands, light and dark, wide and narrow: without faults that automated accessibility checks find, and
 * without anything that makes the page itself scroll sideways.
 */
export async function looksRight(page: Page, name: string): Promise<void> {
  for (const view of VIEWS) {
    const { width, colorScheme } = view;
    await page.setViewportSize({ width, height: 900 });
    await colours(page, colorScheme);
    if (picturesAreWanted) {
      await page.evaluate(() => window.scrollTo(0, 0));
      await screenshot(page, `${name}-${colorScheme}-${width}`);
    }
    // At the end nothing lies half hidden beneath the bar at the foot of a form, where its contrast would be misread.
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    if ('about' in view) {
      const problems = await accessibilityProblems(page, view.about);
      expect(problems, `${name}, ${colorScheme}, at ${width} px`).toEqual([]);
    }
    const tooWide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(tooWide, `${name} at ${width} px`).toBeLessThanOrEqual(0);
  }
  await colours(page, 'light');
  await page.setViewportSize({ width: 1440, height: 900 });
}

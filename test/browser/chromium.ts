import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const SCREENSHOTS = resolve(import.meta.dirname, '../../docs/screenshots');
/** The pictures that the README shows. */
const KEPT: ReadonlySet<string> = new Set([
  'terminal',
  'jump-items',
  'import-problems',
  'playback',
  'launch',
  'schedule',
  'jumpoints-dark',
  'access-explain-light-1440',
  'group-policy-light-1440',
]);

/** Debian's Chromium, kept from looking for anything outside this machine. */
export async function startChromium(
  options: { args?: string[]; env?: Record<string, string> } = {},
): Promise<Browser> {
  return await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(options.args ?? []),
    ],
    ...(options.env && { env: { ...process.env, ...options.env } as Record<string, string> }),
  });
}

export interface Watched {
  page: Page;
  /** What the page complained about: errors of scripts, refused content, failed requests (5xx). */
  complaints: string[];
}

/** A page whose complaints are collected, so that a test can insist on silence. */
export async function watchedPage(context: BrowserContext): Promise<Watched> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('response', (answer) => {
    if (answer.status() >= 500) complaints.push(`${answer.status()} ${answer.url()}`);
  });
  return { page, complaints };
}

/** Whether somebody asked for pictures; without that none is taken. */
export const picturesAreWanted =
  process.env.KEEP_SCREENSHOTS === '1' || process.env.SCREENSHOTS_TO !== undefined;

/**
 * A picture of the page for people to look at: KEEP_SCREENSHOTS=1 renews those of the README, SCREENSHOTS_TO=folder
 * keeps every one there.
 */
export async function screenshot(page: Page, name: string): Promise<void> {
  const keep = process.env.KEEP_SCREENSHOTS === '1' && KEPT.has(name);
  const folder = keep ? SCREENSHOTS : process.env.SCREENSHOTS_TO;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
}

/**
 * Waits until the dialog that has just been opened has taken the focus, which it does a moment after it is there; what is
 * typed at that moment would be lost.
 */
export async function dialogHasFocus(page: Page): Promise<void> {
  await page.locator('[role=dialog]:focus-within').first().waitFor();
}

/** Shows the page in these colours, as a browser that prefers them does. */
export async function colours(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor({ state: 'attached' });
}

/** Rules whose outcome depends on colours, and on nothing else that a page may change. */
const ABOUT_COLOURS = ['color-contrast', 'link-in-text-block'];
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
const RUN_OPTIONS = {
  everything: { runOnly: TAGS },
  colours: { runOnly: { type: 'rule', values: ABOUT_COLOURS } },
  structure: {
    runOnly: TAGS,
    rules: Object.fromEntries(ABOUT_COLOURS.map((rule) => [rule, { enabled: false }])),
  },
} as const satisfies Record<string, unknown>;

/**
 * What automated checks find against WCAG 2.1 A and AA on the page as it stands, one line each: everything, or only what
 * colours decide or what they do not.
 */
export async function accessibilityProblems(
  page: Page,
  about: keyof typeof RUN_OPTIONS = 'everything',
): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return await page.evaluate(async (options) => {
    // Not in the middle of a transition.
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const passing = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(passing.map(({ finished }) => finished));
    const { run } = (globalThis as unknown as { axe: typeof axe }).axe;
    const { violations } = await run(document, { ...options, resultTypes: ['violations'] } as object);
    return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)}`));
  }, RUN_OPTIONS[about] as object);
}

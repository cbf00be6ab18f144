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

/**
 * Proves that the page can be drawn; KEEP_SCREENSHOTS=1 renews the pictures of the README, SCREENSHOTS_TO=folder keeps
 * every picture there, to be looked at.
 */
export async function screenshot(page: Page, name: string): Promise<void> {
  const keep = process.env.KEEP_SCREENSHOTS === '1' && KEPT.has(name);
  const folder = keep ? SCREENSHOTS : process.env.SCREENSHOTS_TO;
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const path = folder === undefined ? {} : { path: join(folder, `${name}.png`) };
  await page.screenshot({ ...path, animations: 'disabled' });
}

/** What automated checks find against WCAG 2.1 A and AA on the page as it stands, one line each. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { run } = (globalThis as unknown as { axe: typeof axe }).axe;
    const { violations } = await run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] });
    return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)}`));
  });
  return found;
}

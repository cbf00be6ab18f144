import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { type TestSshd, testSshd } from '../support/test-sshd.ts';
import {
  accessibilityProblems,
  colours,
  dialogHasFocus,
  screenshot,
  startChromium,
  watchedPage,
} from './chromium.ts';

/** The first story of the product, told in a real browser against real servers, one step after the other. */
describe('an administrator imports Jump Items and a representative works in one of them', {
  timeout: 60_000,
}, () => {
  let appliance: TestAppliance;
  let sshd: TestSshd;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  let files: string;

  beforeAll(async () => {
    [appliance, sshd, browser, files] = await Promise.all([
      testAppliance({ builtInJumpoint: true }),
      testSshd(),
      startChromium(),
      mkdtemp(join(tmpdir(), 'bridgehead-browser-')),
    ]);
    context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    ({ page, complaints } = await watchedPage(context));
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([appliance?.stop(), sshd?.stop(), rm(files, { recursive: true, force: true })]);
  });

  it('refuses a wrong password in plain words, then lets the administrator in', async () => {
    await page.goto(`${appliance.url}/login`);
    await page.getByLabel('Username').fill('admin');
    await page.getByRole('textbox', { name: 'Password' }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await screenshot(page, 'sign-in');
    await page.getByRole('textbox', { name: 'Password' }).fill(appliance.adminPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Jump Items' }).waitFor();
    await page.getByText('There are no Jump Items yet.').waitFor();
  });

  it('names every bad row of a file and changes nothing', async () => {
    const file = join(files, 'jump-items.csv');
    await writeFile(file, importFile(sshd, { broken: true }));
    await upload(page, appliance.url, file, { createGroups: true });
    await page.getByText('Nothing can be imported until the rows below are mended.').waitFor();
    const problems = page.getByRole('table', { name: 'Problems' });
    await problems.getByText('not-a-port', { exact: true }).waitFor();
    await problems.getByText('no-such-jumpoint', { exact: true }).waitFor();
    await screenshot(page, 'import-problems');
    const found = await appliance.admin('/api/config/v1/jump-item');
    expect(((await found.json()) as { total: number }).total).toBe(0);
  });

  it('imports the mended file after it has been shown what will change', async () => {
    const file = join(files, 'jump-items.csv');
    await writeFile(file, importFile(sshd, { broken: false }));
    await upload(page, appliance.url, file, { createGroups: true });
    await page.getByText('The file has been checked.').waitFor();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('The import is done.').waitFor();
    await screenshot(page, 'import-done');
    await page.getByRole('link', { name: 'Jump Items' }).click();
    await page.getByText('302 entries').waitFor();
    await page.getByLabel('Search').fill('build server');
    await page.getByText('1 entry').waitFor();
    await screenshot(page, 'jump-items');
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('jumps into a real SSH server, asks about its unknown key and its credential, and shows what it says', async () => {
    await page.goto(`${appliance.url}/console?search=build+server`);
    await page.getByRole('button', { name: 'Jump to Build server' }).click();
    await page.getByRole('button', { name: 'Save key and connect' }).click();
    await page.getByText('Private key').click();
    await page.getByRole('textbox', { name: 'Private key' }).fill(sshd.privateKey);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('connected', { exact: true }).waitFor();
    await page.getByTestId('terminal').click();
    await page.keyboard.type('echo $((6 * 7))-bridgehead\n');
    await page.getByTestId('terminal').getByText('42-bridgehead').first().waitFor();
    await screenshot(page, 'terminal');
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('ends the session on request and says so', async () => {
    await page.getByRole('button', { name: 'End the session' }).click();
    await page.getByTestId('session-ended').waitFor();
  });

  it('starts from a link only after one confirmation', async () => {
    await page.goto(
      `${appliance.url}/api/client_script?type=web_console&operation=execute&action=start_jump_item_session&client.hostname=127.0.0.1&search_string=Build&session.custom.external_key=INC0042`,
    );
    await page.getByRole('dialog').getByText('INC0042').waitFor();
    await screenshot(page, 'launch');
    const before = await sessionCount(appliance);
    await page.getByRole('button', { name: 'Start the session' }).click();
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    expect(await sessionCount(appliance)).toBe(before + 1);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByTestId('session-ended').waitFor();
  });

  it('replays the recording and writes down who watched it', async () => {
    await page.goto(`${appliance.url}/login/sessions`);
    await page
      .getByRole('row')
      .filter({ hasText: 'Build server' })
      .last()
      .getByRole('button')
      .first()
      .click();
    await page.getByRole('button', { name: 'Play' }).click();
    await page.getByTestId('recording').getByText('42-bridgehead').first().waitFor({ timeout: 20_000 });
    await screenshot(page, 'playback');
    await page.goto(`${appliance.url}/login/audit?type=recording.viewed`);
    await page.getByRole('row').filter({ hasText: 'recording.viewed' }).first().waitFor();
    await screenshot(page, 'audit');
  });

  it.each([
    'jump-groups',
    'jumpoints',
    'jump-policies',
    'users',
    'api-accounts',
    'custom-attributes',
    'settings',
    'import',
  ])(
    'shows the page %s in light and dark, without faults that automated accessibility checks find',
    async (name) => {
      await page.goto(`${appliance.url}/login/${name}`);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await expect.poll(() => page.locator('[aria-busy=true], [aria-label=Loading]').count()).toBe(0);
      for (const colorScheme of ['light', 'dark'] as const) {
        await colours(page, colorScheme);
        await screenshot(page, `${name}-${colorScheme}`);
        const about = colorScheme === 'light' ? 'everything' : 'colours';
        expect(await accessibilityProblems(page, about)).toEqual([]);
      }
      await colours(page, 'light');
    },
  );

  it('creates a Jump Policy with a schedule by keyboard alone', async () => {
    await page.goto(`${appliance.url}/login/jump-policies`);
    await page.getByRole('button', { name: 'New Jump Policy' }).focus();
    await page.keyboard.press('Enter');
    await dialogHasFocus(page);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Working hours');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Working hours', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Working week' }).click();
    await page.getByRole('button', { name: 'Save the schedule' }).click();
    await page.getByText('Schedule saved').waitFor();
    await screenshot(page, 'schedule');
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('kept silent all the while: no script error, no content refused, no failing request', () => {
    expect(complaints).toEqual([]);
  });
});

function importFile(sshd: TestSshd, { broken }: { broken: boolean }): string {
  const rows = Array.from(
    { length: 300 },
    (_, index) => `shell_jump,Server ${index},host-${index}.example.com,branch-offices,local,ssh,22,,`,
  );
  return [
    'type,name,shelljump_hostname,group,jumpoint,protocol,port,shelljump_username,comments',
    ...rows,
    `shell_jump,Build server,127.0.0.1,servers,local,ssh,${sshd.port},${sshd.username},"Builds, tests\nand releases"`,
    broken
      ? 'shell_jump,Bad port,host-x.example.com,servers,local,ssh,not-a-port,,'
      : 'shell_jump,Good port,host-x.example.com,servers,local,ssh,2222,,',
    ...(broken ? ['shell_jump,Bad Jumpoint,host-y.example.com,servers,no-such-jumpoint,ssh,22,,'] : []),
    '',
  ].join('\n');
}

async function upload(
  page: Page,
  url: string,
  file: string,
  options: { createGroups: boolean },
): Promise<void> {
  await page.goto(`${url}/login/import`);
  await page.locator('input[type=file]').setInputFiles(file);
  if (options.createGroups) await page.getByLabel('Create missing Jump Groups').check();
  await page.getByRole('button', { name: 'Check the file' }).click();
}

async function sessionCount(appliance: TestAppliance): Promise<number> {
  const answer = await appliance.admin('/api/config/v1/session');
  return ((await answer.json()) as { total: number }).total;
}

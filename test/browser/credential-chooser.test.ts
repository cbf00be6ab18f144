import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LiveSite, post } from '../support/live-site.ts';
import { signedInBrowser } from './administrator.ts';
import { accessibilityProblems, screenshot, startChromium, watchedPage } from './chromium.ts';

/** A representative who may use three accounts and see none of them, in a real browser against a real SSH server. */
describe('choosing a credential before a jump', { timeout: 60_000 }, () => {
  let site: LiveSite;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  let itemId: number;
  let keyId: number;

  beforeAll(async () => {
    [site, browser] = await Promise.all([LiveSite.start(), startChromium()]);
    itemId = await site.item();
    const person = await site.person({}, 2);
    const { api } = site.appliance;
    const account = async (fields: Record<string, unknown>) => {
      const made = await post(api, '/vault/account', fields);
      await post(api, `/vault/account/${made.id}/user`, { user_id: person.id, role: 'inject' });
      return made.id as number;
    };
    keyId = await account({
      type: 'ssh',
      name: 'Deploy key',
      username: site.sshd.username,
      private_key: site.sshd.privateKey,
    });
    await account({
      type: 'username_password',
      name: 'Stale password',
      username: site.sshd.username,
      password: 'planted-secret-in-a-browser',
    });
    const meant = await account({
      type: 'username_password',
      name: 'Meant for it',
      username: 'operator',
      password: 'another planted secret',
    });
    await post(api, `/vault/account/${meant}/jump-item-association`, {
      filter_type: 'criteria',
      jump_items: [{ id: itemId, type: 'shell_jump' }],
    });
    // The key of the host is known already.
    const first = await site.work(await site.start(site.appliance.admin, itemId));
    first.send({ t: 'close' });
    await first.closed();
    context = await signedInBrowser(browser, site.appliance, person.username, 'correct horse battery');
    ({ page, complaints } = await watchedPage(context));
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await site?.stop();
  });

  const jump = async () => {
    await page.goto(`${site.appliance.url}/console?search=build+host`);
    await page.getByRole('button', { name: 'Jump to build host' }).click();
  };
  const dialog = () => page.getByRole('dialog', { name: 'Choose a credential' });
  const endSession = async () => {
    await page.getByRole('button', { name: 'End the session' }).click();
    await page.getByTestId('session-ended').waitFor();
  };

  it('names the one that a link asks for', async () => {
    const asked = `action=start_jump_item_session&search_string=build+host&credential_id=${keyId}`;
    await page.goto(`${site.appliance.url}/console?${asked}`);
    const link = page.getByRole('dialog', { name: 'Start a session from a link' });
    await link.getByText(`Deploy key (${site.sshd.username})`).waitFor();
    await link.getByRole('button', { name: 'Cancel' }).click();
  });

  it('shows what is meant for the Jump Item before the rest', async () => {
    await jump();
    await dialog()
      .getByRole('group', { name: 'Associated with this Jump Item' })
      .getByText('Meant for it')
      .waitFor();
    await dialog().getByRole('group', { name: 'Other accounts' }).getByText('Deploy key').waitFor();
    await screenshot(page, 'credential-chooser');
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog().getByLabel('Search').fill('stale');
    await dialog().getByText('Deploy key').waitFor({ state: 'hidden' });
    await dialog().getByRole('button', { name: 'Add Stale password to my favourites' }).click();
    await dialog().getByRole('button', { name: 'Remove Stale password from my favourites' }).waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await dialog().waitFor({ state: 'hidden' });
  });

  it('signs in with the chosen one unseen and remembers it as the default', async () => {
    const bodies: string[] = [];
    page.on(
      'response',
      (answer) =>
        void answer.text().then(
          (text) => bodies.push(text),
          () => undefined,
        ),
    );
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => bodies.push(String(payload)));
      socket.on('framesent', ({ payload }) => bodies.push(String(payload)));
    });
    await jump();
    await dialog()
      .getByRole('radio', { name: /^Deploy key/ })
      .check();
    await dialog().getByLabel('Remember as my default').check();
    await dialog().getByRole('button', { name: 'Jump', exact: true }).click();
    await page.getByText('connected', { exact: true }).waitFor();
    await page.getByText(`ssh ${site.sshd.username}@`).waitFor();
    await page.getByTestId('terminal').click();
    await page.keyboard.type('echo $((6 * 7))-injected\n');
    await page.getByTestId('terminal').getByText('42-injected').first().waitFor();
    await endSession();
    const secret = site.sshd.privateKey.trim().split('\n').at(-2) ?? '';
    expect(secret.length).toBeGreaterThan(20);
    expect(bodies.length).toBeGreaterThan(5);
    expect(bodies.some((text) => text.includes(secret))).toBe(false);
  });

  it('starts with the default without asking, and asks when another is wanted', async () => {
    await jump();
    await page.getByText('connected', { exact: true }).waitFor();
    await endSession();
    await page.goto(`${site.appliance.url}/console?search=build+host`);
    await page.getByRole('cell', { name: 'build host' }).first().click();
    await page.getByText('Default credential').waitFor();
    await page.getByRole('button', { name: 'Jump (change credentials)' }).click();
    await dialog().getByRole('group', { name: 'Recommended accounts' }).getByText('Deploy key').waitFor();
    await dialog()
      .getByRole('radio', { name: /^Stale password/ })
      .check();
    await dialog().getByRole('button', { name: 'Jump', exact: true }).click();
    await page
      .getByTestId('session-ended')
      .getByText(/Stale password/)
      .waitFor();
    await screenshot(page, 'credential-refused');
    await page.getByRole('button', { name: 'Choose another credential' }).click();
    await dialog()
      .getByRole('radio', { name: /^Deploy key/ })
      .check();
    await dialog().getByRole('button', { name: 'Jump', exact: true }).click();
    await page.getByText('connected', { exact: true }).waitFor();
    await endSession();
    // The tab goes, and nothing tries to take the ended session up again.
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.getByRole('button', { name: 'Close the tab' }).click();
    await page.getByRole('heading', { name: 'Jump Items' }).waitFor();
    await page.getByRole('tab').waitFor({ state: 'detached' });
    expect(asked.filter((path) => /\/session\/\w+$/.test(path))).toEqual([]);
    expect(new URL(page.url()).pathname).toBe('/console');
  });

  it('warns when the default is gone, and goes on with a choice', async () => {
    const removed = await site.appliance.api(`/api/config/v1/vault/account/${keyId}`, { method: 'DELETE' });
    expect(removed.status).toBe(204);
    await jump();
    await dialog().getByText('Your default credential was not found').waitFor();
    await screenshot(page, 'credential-default-gone');
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog().getByRole('button', { name: 'Continue' }).click();
    await dialog().getByRole('radio', { name: /^None/ }).check();
    await dialog().getByRole('button', { name: 'Jump', exact: true }).click();
    await page.getByRole('dialog', { name: /Sign in to/ }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByTestId('session-ended').waitFor();
    expect(complaints).toEqual([]);
  });
});

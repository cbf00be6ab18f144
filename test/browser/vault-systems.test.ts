import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LiveEcmHost, liveEcmHost } from '../support/live-ecm.ts';
import { until } from '../support/live-jumpoint.ts';
import { LiveSite, ROLE } from '../support/live-site.ts';
import { pluginInfo } from '../support/scripted-ecm.ts';
import { signedInBrowser } from './administrator.ts';
import { accessibilityProblems, screenshot, startChromium, watchedPage } from './chromium.ts';

const SEARCHES = { health: true, endpointSearch: true, sessionStarted: true, sessionComplete: true };

/** A representative who finds a system in the vault of the organisation, against a real SSH server. */
describe("systems of the organisation's vault in the console", { timeout: 60_000 }, () => {
  let site: LiveSite;
  let host: LiveEcmHost;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [site, browser] = await Promise.all([LiveSite.start(), startChromium()]);
    const person = await site.person({}, ROLE.startSessions);
    const first = await site.work(await site.start(site.appliance.admin, await site.item()));
    first.send({ t: 'close' });
    await first.closed();
    host = await liveEcmHost(site.appliance.admin, site.appliance.url, 'vault-net-1');
    const { username, privateKey, port } = site.sshd;
    host.operations.found.items = [{ id: 'store:deploy', label: 'Deploy key of payroll', username }];
    host.operations.credential = { username, privateKey };
    host.operations.endpoints = [
      { id: 'store:7', label: 'Payroll, production', type: 'shell_jump', hostname: '127.0.0.1', port },
      { id: 'store:8', label: 'Payroll, terminal server', type: 'remote_rdp', hostname: 'ts-1.example.com' },
    ];
    context = await signedInBrowser(browser, site.appliance, person.username, 'correct horse battery');
    ({ page, complaints } = await watchedPage(context));
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await host?.stop();
    await site?.stop();
  });

  const button = () => page.getByRole('button', { name: "Your organisation's vault" });
  const dialog = () => page.getByRole('dialog', { name: "Systems in your organisation's vault" });

  it('are searched only while somebody can be asked', async () => {
    const asked = page.waitForResponse((answer) => answer.url().endsWith('/ecm-endpoint/kind'));
    await page.goto(`${site.appliance.url}/console`);
    expect(await (await asked).json()).toEqual({ kinds: [] });
    await page.getByRole('button', { name: 'Jump to build host' }).waitFor();
    expect(await button().count()).toBe(0);
    host.operations.change([pluginInfo({ capabilities: SEARCHES })]);
    await until('the search to be known', async () => {
      await page.reload();
      await page.getByRole('button', { name: 'Jump to build host' }).waitFor();
      return (await button().count()) > 0;
    });
    // The list of Jump Items has asked nobody.
    expect(host.operations.asked.filter(({ kind }) => kind === 'endpoints')).toEqual([]);
  });

  it('are found by words, with what could not be asked', async () => {
    await page.goto(`${site.appliance.url}/console?search=payroll`);
    await button().click();
    await dialog().getByText('Payroll, production').waitFor();
    await dialog().getByText('needs a Jump Item').waitFor();
    expect(await dialog().getByRole('button', { name: 'Jump to Payroll, terminal server' }).count()).toBe(0);
    await page.waitForLoadState('networkidle');
    await screenshot(page, 'vault-systems');
    expect(await accessibilityProblems(page)).toEqual([]);
    host.operations.before = async (kind) => {
      if (kind === 'endpoints') throw new Error('The inventory is shut.');
    };
    await dialog().getByLabel('Search').fill('warehouse');
    await dialog().getByText('The credential manager failed').waitFor();
    await screenshot(page, 'vault-systems-problem');
    host.operations.before = async () => undefined;
    await dialog().getByLabel('Search').fill('payroll production');
    await dialog().getByText('Payroll, production').waitFor();
  });

  it('are jumped to with what the vault knows, through a Jumpoint and with a credential of their own', async () => {
    await dialog().getByRole('button', { name: 'Jump to Payroll, production' }).click();
    const target = page.getByRole('dialog', { name: 'Shell Jump' });
    await target.getByText("Payroll, production, as your organisation's vault knows it.").waitFor();
    expect(await target.getByLabel('Hostname / IP').inputValue()).toBe('127.0.0.1');
    expect(await target.getByLabel('Port').inputValue()).toBe(String(site.sshd.port));
    await target.getByRole('combobox', { name: 'Jumpoint' }).click();
    await page.getByRole('option').first().click();
    await screenshot(page, 'vault-systems-jump');
    expect(await accessibilityProblems(page)).toEqual([]);
    await target.getByRole('button', { name: 'Jump', exact: true }).click();
    const chooser = page.getByRole('dialog', { name: 'Choose a credential' });
    await chooser.getByRole('radio', { name: 'Deploy key of payroll' }).click();
    await chooser.getByRole('button', { name: 'Jump', exact: true }).click();
    await page.getByRole('button', { name: 'End the session' }).click();
    await page.getByTestId('session-ended').waitFor();
    await until('the start to be told', async () =>
      host.operations.asked.some(
        ({ kind, session }) => kind === 'started' && session.endpointId === 'store:7',
      ),
    );
    expect(complaints).toEqual([]);
  });
});

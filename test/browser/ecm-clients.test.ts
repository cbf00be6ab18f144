import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ecmClient, enrolledEcm, LiveEcmHost, liveEcmHost, runScripted } from '../support/live-ecm.ts';
import { pluginInfo, ScriptedEcm } from '../support/scripted-ecm.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser, looksRight } from './administrator.ts';
import { dialogHasFocus, startChromium, watchedPage } from './chromium.ts';

describe('the hosts of the Endpoint Credential Manager on the screen', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  const hosts: LiveEcmHost[] = [];

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
    ({ page, complaints } = await watchedPage(await administratorsBrowser(browser, appliance)));
    page.setDefaultTimeout(12_000);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all(hosts.map((host) => host.stop()));
    await appliance?.stop();
  });

  it('say plainly that none is connected, and how to enrol one', async () => {
    await page.goto(`${appliance.url}/login/status/information`);
    await page.getByText('No ECM host is connected').waitFor();
    await page.getByText(`bh ecm enrol --url ${appliance.url} --client-id CLIENT_ID`).waitFor();
    await looksRight(page, 'ecm-none');
  });

  it('show one that waits, with the fingerprint that it printed, and let it in', async () => {
    const enrolled = await enrolledEcm(appliance.url, await ecmClient(appliance.admin), 'vault-net-1');
    const operations = new ScriptedEcm('vault-net-1');
    hosts.push(new LiveEcmHost(enrolled, operations, await runScripted(enrolled, operations)));
    const card = page.getByRole('article', { name: 'vault-net-1' });
    await card.getByText('connected, waits for approval').waitFor();
    await card.getByText(enrolled.fingerprint).waitFor();
    await page.getByText('No approved ECM host is connected').waitFor();
    await looksRight(page, 'ecm-pending');
    await page.getByRole('button', { name: 'Approve vault-net-1' }).click();
    const question = page.getByRole('dialog', { name: 'Approve vault-net-1?' });
    await question.getByText(enrolled.fingerprint).waitFor();
    await question.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByText('ECM host approved').waitFor();
    await card.getByText('asked first').waitFor();
    await page.getByText(/^No .*ECM host is connected/).waitFor({ state: 'detached' });
  });

  it('stand in the order they are asked, with their plug-ins and how those are', async () => {
    const second = await liveEcmHost(appliance.admin, appliance.url, 'vault-net-2');
    hosts.push(second);
    second.operations.change([
      pluginInfo({ instance: 'keepass', name: 'keepass', description: 'A KeePass file' }),
      pluginInfo({
        instance: 'openbao',
        name: 'openbao',
        health: { healthy: false, detail: 'The vault is sealed.' },
      }),
      pluginInfo({
        instance: 'old',
        name: 'rest',
        state: 'broken',
        health: undefined,
        problem: 'The setting url is missing.',
      }),
    ]);
    const cards = page
      .getByRole('region', { name: 'Hosts, in the order they are asked' })
      .getByRole('article');
    await page.getByText('asked as no. 2').waitFor();
    expect(await cards.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))).toEqual([
      'vault-net-1',
      'vault-net-2',
    ]);
    await page.getByText('The vault is sealed.').waitFor();
    await page.getByText('The setting url is missing.').waitFor();
    await looksRight(page, 'ecm-clients');
  });

  it('are renamed, also when somebody else was quicker', async () => {
    await page.getByRole('button', { name: 'Rename vault-net-2' }).click();
    await dialogHasFocus(page);
    const name = page.getByRole('dialog').getByRole('textbox', { name: 'Name' });
    await name.fill('Second host');
    const theirs = { method: 'PATCH', json: { name: 'Other name' } };
    expect((await appliance.admin(`/api/config/v1/ecm-host/${hosts[1]!.id}`, theirs)).status).toBe(200);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const conflict = page.getByRole('dialog', { name: 'Somebody else changed this meanwhile' });
    await conflict.getByRole('radio', { name: 'Yours: Second host' }).check();
    await conflict.getByRole('button', { name: 'Save with these choices' }).click();
    await page.getByRole('article', { name: 'Second host' }).waitFor();
  });

  it('are revoked for good, so that the next one is asked first, and removed from the list', async () => {
    await page.getByRole('button', { name: 'Revoke vault-net-1' }).click();
    await page.getByText('its key never counts again').waitFor();
    await page.getByRole('button', { name: 'Revoke its key' }).click();
    await page.getByText('Key of the ECM host revoked').waitFor();
    await page.getByRole('article', { name: 'Second host' }).getByText('asked first').waitFor();
    await page.getByRole('article', { name: 'vault-net-1' }).getByText('revoked', { exact: true }).waitFor();
    await looksRight(page, 'ecm-revoked');
    await page.getByRole('button', { name: 'Remove vault-net-1' }).click();
    await page.getByRole('button', { name: 'Delete ECM host' }).click();
    await page.getByText('ECM host removed').waitFor();
    await page.getByRole('article', { name: 'vault-net-1' }).waitFor({ state: 'detached' });
  });

  it('say so by themselves when a host goes', async () => {
    await hosts[1]!.program.stop();
    await page.getByRole('article', { name: 'Second host' }).getByText('not connected').waitFor();
    await page.getByText('No ECM host is connected').waitFor();
  });

  it('heard no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });
});

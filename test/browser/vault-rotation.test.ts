import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { type LiveJumpoint, liveJumpoint } from '../support/live-jumpoint.ts';
import { KEYS_OF_ACCOUNTS, letsIn, RotationSite, shadowOf } from '../support/rotation-site.ts';
import { type TcpProxy, tcpProxy } from '../support/tcp-proxy.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { type TestSshd, testSshd } from '../support/test-sshd.ts';
import { canMakeUsers, type TestUser, testUser } from '../support/test-user.ts';
import { administratorsBrowser, looksRight, made, shown } from './administrator.ts';
import { startChromium, watchedPage } from './chromium.ts';

describe.runIf(canMakeUsers)(
  'the secret of a vault account, changed from the screen',
  { timeout: 90_000 },
  () => {
    let appliance: TestAppliance;
    let sshd: TestSshd;
    let jumpoint: LiveJumpoint;
    let proxy: TcpProxy;
    let user: TestUser;
    let site: RotationSite;
    let browser: Browser;
    let page: Page;
    let complaints: string[];
    let endpoint: number;
    let account: number;

    beforeAll(async () => {
      [appliance, browser, sshd] = await Promise.all([
        testAppliance(),
        startChromium(),
        testSshd(KEYS_OF_ACCOUNTS),
      ]);
      await liftRateLimits(appliance);
      [jumpoint, user, proxy] = await Promise.all([
        liveJumpoint(appliance.api),
        testUser(),
        tcpProxy(() => sshd.port),
      ]);
      site = new RotationSite(appliance.api);
      endpoint = await site.endpoint(jumpoint.jumpointId, proxy.port, '');
      const { username, password } = user;
      account = await site.account({ name: 'Build host', username, password, endpoint_id: endpoint });
      ({ page, complaints } = await watchedPage(await administratorsBrowser(browser, appliance)));
      page.setDefaultTimeout(15_000);
    }, 90_000);
    afterAll(async () => {
      await browser?.close();
      await jumpoint?.stop();
      await Promise.all([appliance?.stop(), sshd?.stop(), proxy?.stop(), user?.remove()]);
    });

    const open = () => page.goto(`${appliance.url}/login/vault/accounts/${account}?section=rotation`);

    it('is not touched while the host key is not known; the key is read, compared and accepted', async () => {
      await open();
      await page.getByText('Its secret cannot be changed from here').waitFor();
      await looksRight(page, 'vault-rotation-obstacle');
      await page.goto(`${appliance.url}/login/vault/endpoints?open=${endpoint}`);
      await page.getByRole('button', { name: 'Read the host key' }).click();
      await page.getByText(await sshd.fingerprint()).waitFor();
      await page.getByText('not known so far').waitFor();
      await looksRight(page, 'vault-host-key');
      await page.getByRole('button', { name: 'I have compared it: use this key' }).click();
      await page.getByText('Host key saved').waitFor();
      expect(await shown(appliance, `/vault/endpoint/${endpoint}`)).toMatchObject({
        host_key: await sshd.hostKey(),
      });
      await page.getByRole('button', { name: 'Read the host key' }).click();
      await page.getByText('the one that is known').waitFor();
    });

    it('is changed on the host, and the page tells how that goes', async () => {
      await open();
      await page.getByText('never changed from here', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Rotate now' }).click();
      const history = page.getByRole('table', { name: 'Rotations' });
      await history.getByRole('cell', { name: 'changed', exact: true }).waitFor();
      await history.getByRole('cell', { name: 'by hand', exact: true }).waitFor();
      await looksRight(page, 'vault-rotation');
      expect(await letsIn(sshd.port, user.username, { password: user.password })).toBe(false);
      expect(await letsIn(sshd.port, user.username, await site.secret(account))).toBe(true);
    });

    it('that the host does not take is told as such, and stays', async () => {
      const wrong = await site.account({
        name: 'Wrong password',
        username: user.username,
        password: 'something else',
        endpoint_id: endpoint,
      });
      await page.goto(`${appliance.url}/login/vault/accounts/${wrong}?section=rotation`);
      await page.getByRole('button', { name: 'Rotate now' }).click();
      await page.getByText(`does not accept the password of ${user.username}`).first().waitFor();
      await looksRight(page, 'vault-rotation-failed');
    });

    it('of which nobody knows whether it was changed is settled by hand, with both secrets at hand', async () => {
      const admin = await shown<{ id: number }>(appliance, '/me');
      await made(appliance, `/vault/account/${account}/user`, {
        user_id: admin.id,
        role: 'inject_and_checkout',
      });
      await open();
      const before = await shadowOf(user.username);
      // It is changed over one connection; whether the new one is taken would be seen over the next.
      proxy.closeAfter(1);
      await page.getByRole('button', { name: 'Rotate now' }).click();
      await expect
        .poll(async () => (await site.standing(account)).current, { timeout: 20_000 })
        .toMatchObject({ state: 'waiting', failure_code: expect.stringMatching(/lost|unreachable/) });
      expect(await shadowOf(user.username)).not.toBe(before);
      // Somebody gave the account a third one on the host.
      const chpasswd = promisify(execFile)('chpasswd');
      chpasswd.child.stdin?.end(`${user.username}:another one\n`);
      await chpasswd;
      proxy.open = true;
      await page.getByRole('button', { name: 'Rotate now' }).click();
      await page.getByText('Nobody knows which of two secrets the host takes').waitFor();
      await looksRight(page, 'vault-rotation-uncertain');
      await page.getByRole('button', { name: 'Show the new secret' }).click();
      const dialog = page.getByRole('dialog', { name: 'New secret of Build host' });
      await dialog.getByRole('button', { name: 'Show: Password' }).waitFor();
      await looksRight(page, 'vault-second-secret');
      await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
      await page.getByRole('button', { name: 'It takes the one from before' }).click();
      const question = page.getByRole('dialog', { name: 'The host takes the secret from before?' });
      await question.getByRole('button', { name: 'It takes the one from before' }).click();
      await page.getByText('Settled', { exact: true }).waitFor();
      await page.getByText('Nobody knows which of two secrets').waitFor({ state: 'detached' });
      expect(await site.standing(account)).toMatchObject({ state: 'failed', second_secret: false });
    });

    it('heard no complaint of the browser', () => {
      expect(complaints).toEqual([]);
    });
  },
);

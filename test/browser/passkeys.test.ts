import { Secret, TOTP } from 'otpauth';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeAfter } from '../support/one-time-codes.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { looksRight, made } from './administrator.ts';
import { dialogHasFocus, startChromium, watchedPage } from './chromium.ts';
import { type VirtualAuthenticator, virtualAuthenticator } from './virtual-authenticator.ts';

const PASSWORD = 'a password of a person';

describe('second factors in the browser', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  let authenticator: VirtualAuthenticator;
  let site: string;
  let patId: number;

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance({ publicHost: 'localhost' }), startChromium()]);
    site = appliance.config.publicUrl;
    patId = (
      await made(appliance, '/user', {
        username: 'pat',
        public_display_name: 'Pat',
        private_display_name: 'Pat',
        password: PASSWORD,
        perm_support_allowed: 'full_support',
      })
    ).id;
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
    ({ page, complaints } = await watchedPage(context));
    authenticator = await virtualAuthenticator(page);
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  async function typePassword(path: string): Promise<void> {
    await page.goto(site + path);
    await page.getByRole('textbox', { name: 'Username' }).fill('pat');
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  async function signOut(): Promise<void> {
    await page.getByRole('button', { name: 'Pat' }).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await page.getByRole('textbox', { name: 'Username' }).waitFor();
  }

  async function addPasskey(name: string): Promise<void> {
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await dialogHasFocus(page);
    const dialog = page.getByRole('dialog', { name: 'Add a passkey' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
    await dialog.getByRole('button', { name: 'Go on' }).click();
  }

  const passkeys = () => appliance.sql<{ name: string; sign_count: string }[]>`
    select name, sign_count from user_passkey where user_id = ${patId} order by id`;

  it('are found in the account menu, where a passkey is added', async () => {
    await typePassword('/console');
    await page.getByRole('button', { name: 'Pat' }).click();
    await page.getByRole('menuitem', { name: 'Sign-in security' }).click();
    await page.getByRole('heading', { name: 'Sign-in security' }).waitFor();
    await addPasskey('Laptop');
    const codes = page.getByRole('dialog', { name: 'Your recovery codes' });
    await codes.waitFor();
    expect(await codes.locator('code').count()).toBe(10);
    await codes.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByRole('row', { name: /Laptop/ }).waitFor();
    await looksRight(page, 'sign-in-security');
    expect(await authenticator.credentials()).toHaveLength(1);
  });

  it('sign in to console and administration with nothing typed', async () => {
    await signOut();
    await looksRight(page, 'sign-in-passkey');
    for (const path of ['/console', '/login']) {
      await page.goto(site + path);
      await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
      await page.getByRole('button', { name: 'Pat' }).waitFor();
      await signOut();
    }
    const [row] = await appliance.sql<{ methods: string[] }[]>`
      select after -> 'methods' as methods from audit_event where event_type = 'user.signed_in' order by id desc limit 1`;
    expect(row!.methods).toEqual(['passkey']);
  });

  it('refuse a passkey whose owner was not recognised', async () => {
    await authenticator.recognises(false);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('alert').waitFor();
    await authenticator.recognises(true);
  });

  it('take a passkey after the password as well', async () => {
    await typePassword('/console');
    await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
    await looksRight(page, 'sign-in-second-factor');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.getByRole('button', { name: 'Pat' }).waitFor();
  });

  it('register an authenticator app by its key, and take its codes', async () => {
    await page.goto(`${site}/console/sign-in-security`);
    await page.getByRole('button', { name: 'Register an app' }).click();
    const dialog = page.getByRole('dialog', { name: 'Authenticator app' });
    await dialog.getByRole('img', { name: /QR code/ }).waitFor();
    await looksRight(page, 'register-app');
    const key = ((await dialog.getByLabel('Key for the app').textContent()) ?? '').replaceAll(' ', '');
    const totp = new TOTP({ secret: Secret.fromBase32(key) });
    const code = dialog.getByRole('textbox', { name: 'Code that the app shows now' });
    await code.fill('000000');
    await dialog.getByRole('button', { name: 'Register the app' }).click();
    await dialog.getByText('This code does not fit').waitFor();
    await code.fill(totp.generate());
    await dialog.getByRole('button', { name: 'Register the app' }).click();
    await page.getByText(/^Registered/).waitFor();
    await signOut();
    await typePassword('/console');
    await page.getByRole('textbox', { name: 'Code' }).fill(codeAfter(totp));
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Pat' }).waitFor();
  });

  it('ask for a proof before a factor is removed, when the last one is some time ago', async () => {
    await appliance.sql`
      update user_credential set second_factor_at = now() - interval '11 minutes' where user_id = ${patId}`;
    await page.goto(`${site}/login/sign-in-security`);
    await page.getByRole('button', { name: 'Remove the app' }).click();
    const proof = page.getByRole('dialog', { name: 'Prove that it is you' });
    await proof.waitFor();
    await looksRight(page, 'prove-it-is-you');
    await proof.getByRole('button', { name: 'Use a passkey' }).click();
    const question = page.getByRole('dialog', { name: 'Remove the authenticator app?' });
    await question.getByRole('button', { name: 'Remove the app' }).click();
    await page.getByText('No app is registered.').waitFor();
  });

  it('rename a passkey and refuse an authenticator that is registered already', async () => {
    await page.getByRole('button', { name: 'Rename Laptop' }).click();
    await dialogHasFocus(page);
    const dialog = page.getByRole('dialog', { name: 'Rename Laptop' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Work laptop');
    await dialog.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('row', { name: /Work laptop/ }).waitFor();
    await addPasskey('Again');
    await page.getByText('This authenticator is registered already.').waitFor();
    await page.keyboard.press('Escape');
    expect(await passkeys()).toHaveLength(1);
  });

  it('block a passkey whose counter goes back', async () => {
    const [kept] = await authenticator.credentials();
    expect(kept!.signCount).toBeGreaterThan(1);
    await signOut();
    await authenticator.replaceBy({ ...kept!, signCount: 0 });
    await page.goto(`${site}/console`);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByText('This passkey was not accepted').waitFor();
    const types = await appliance.sql<{ type: string }[]>`
      select event_type as type from audit_event where event_type like 'user.passkey%' and object_id = ${String(patId)}`;
    expect(types.map(({ type }) => type)).toContain('user.passkey_clone_suspected');
    // Neither the copy nor the original is good for anything from now on.
    await authenticator.replaceBy({ ...kept!, signCount: 1000 });
    await page.goto(`${site}/console`);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByText('This passkey was not accepted').waitFor();
  });

  it('are reset by an administrator, after which new ones can be registered, ten at most', async () => {
    const reset = await appliance.admin(`/api/config/v1/user/${patId}/second-factor`, { method: 'DELETE' });
    expect(reset.status).toBe(204);
    await typePassword('/console');
    await page.getByRole('button', { name: 'Pat' }).waitFor();
    await appliance.sql`
      insert into user_passkey (user_id, name, credential_id, public_key, sign_count, backed_up)
      select ${patId}, 'Key ' || n, decode(lpad(n::text, 8, '0'), 'hex'), '\\x00', 0, false
        from generate_series(1, 9) n`;
    await appliance.sql`update user_credential set second_factor_at = now() where user_id = ${patId}`;
    await page.goto(`${site}/console/sign-in-security`);
    await addPasskey('The tenth');
    await page.getByRole('button', { name: 'I have kept them' }).click();
    await page.getByText('You have 10 passkeys, which is the most.').waitFor();
    expect(await page.getByRole('button', { name: 'Add a passkey' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Remove The tenth' }).click();
    const question = page.getByRole('dialog', { name: 'Remove The tenth?' });
    await question.getByRole('button', { name: 'Remove the passkey' }).click();
    await page.getByRole('row', { name: /The tenth/ }).waitFor({ state: 'detached' });
    await signOut();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByText('This passkey was not accepted').waitFor();
  });

  it('are registered first by whoever must have one', async () => {
    await made(appliance, '/user', {
      username: 'kim',
      public_display_name: 'Kim',
      private_display_name: 'Kim',
      password: PASSWORD,
      two_factor_required: true,
    });
    const other = await browser.newContext({ reducedMotion: 'reduce' });
    const watched = await watchedPage(other);
    await virtualAuthenticator(watched.page);
    await watched.page.goto(`${site}/console`);
    await watched.page.getByRole('textbox', { name: 'Username' }).fill('kim');
    await watched.page.locator('input[type=password]').fill(PASSWORD);
    await watched.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await watched.page.getByRole('heading', { name: 'A second factor is needed' }).waitFor();
    await looksRight(watched.page, 'second-factor-due');
    await watched.page.getByRole('button', { name: 'Add a passkey' }).click();
    await watched.page.getByRole('textbox', { name: 'Name' }).fill('Telephone');
    await watched.page.getByRole('button', { name: 'Go on' }).click();
    await watched.page.getByRole('button', { name: 'I have kept them' }).click();
    await watched.page.getByRole('button', { name: 'Kim' }).waitFor();
    expect(watched.complaints).toEqual([]);
    await other.close();
  });

  it('make no page complain', () => {
    expect(complaints).toEqual([]);
  });
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLdapSettings } from '../support/ldap-sources.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import {
  groupLdif,
  personLdif,
  SLAPD_PASSWORD,
  SUFFIX,
  type TestSlapd,
  testSlapd,
} from '../support/test-slapd.ts';
import { administratorsBrowser, looksRight, made } from './administrator.ts';
import { startChromium, watchedPage } from './chromium.ts';

let slapd: TestSlapd;
let appliance: TestAppliance;
let browser: Browser;
let page: Page;
let complaints: string[];
let provider: number;
let policy: number;

beforeAll(async () => {
  const names = ['Ada Lovelace', 'Grace Hopper', 'Alan Turing'];
  const uidOf = (name: string) => name.split(' ')[0]!.toLowerCase();
  slapd = await testSlapd({ entries: names.map((name) => personLdif(uidOf(name), name)) });
  await slapd.add(
    groupLdif(
      'Support',
      names.map((name) => `uid=${uidOf(name)},ou=people,${SUFFIX}`),
    ),
  );
  [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
  ({ id: policy } = await made(appliance, '/group-policy', {
    name: 'Representatives',
    perm_access_allowed: true,
  }));
  ({ id: provider } = await made(appliance, '/security-provider', {
    type: 'ldap',
    name: 'Company directory',
    default_policy: policy,
    bind_password: SLAPD_PASSWORD,
    ...openLdapSettings(slapd, { sync_create_users: true }),
  }));
  ({ page, complaints } = await watchedPage(await administratorsBrowser(browser, appliance)));
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await appliance?.stop();
  await slapd?.stop();
});

it('chooses a group of the directory as a member of a group policy', { timeout: 60_000 }, async () => {
  await page.goto(`${appliance.url}/login/group-policies/${policy}?section=members`);
  await page.getByRole('combobox', { name: 'Security provider' }).click();
  await page.getByRole('option', { name: 'Company directory' }).click();
  const field = page.getByRole('combobox', { name: 'Person or group' });
  await field.fill('Sup');
  await page.getByRole('option', { name: /Support/ }).click();
  await looksRight(page, 'directory-name-picker');
  await page.getByRole('button', { name: 'Add' }).last().click();
  await page.getByRole('cell', { name: `cn=Support,ou=groups,${SUFFIX}`, exact: true }).waitFor();
});

it('shows what a dry run found, then synchronises, and traces a person', { timeout: 60_000 }, async () => {
  await page.goto(`${appliance.url}/login/security-providers/${provider}?section=sync`);
  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.getByText('3 people read').waitFor();
  await page
    .getByRole('table', { name: 'Changes' })
    .getByRole('cell', { name: 'ada', exact: true })
    .waitFor();
  await looksRight(page, 'directory-sync');
  await page.getByRole('button', { name: 'Synchronise now' }).click();
  await page.getByRole('heading', { name: /^Synchronisation of/ }).waitFor();
  await page.getByText('3 created').waitFor();

  await page.getByRole('tab', { name: 'Trace a person' }).click();
  await page.getByRole('textbox', { name: 'Person' }).fill('grace');
  await page.getByRole('button', { name: 'Trace', exact: true }).click();
  await page.getByText('Representatives').first().waitFor();
  await looksRight(page, 'directory-trace');
  expect(complaints).toEqual([]);
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { until } from '../support/live-jumpoint.ts';
import { type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { administratorsBrowser, looksRight, made } from './administrator.ts';
import { startChromium, watchedPage } from './chromium.ts';
import { pick } from './picking.ts';

/** Olga may jump in the group of the servers by a group policy, where a Jump Policy keeps to a schedule. */
describe('who may do what, on the screen', { timeout: 60_000 }, () => {
  let appliance: TestAppliance;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let olga: number;
  let item: number;

  beforeAll(async () => {
    [appliance, browser] = await Promise.all([testAppliance(), startChromium()]);
    await liftRateLimits(appliance);
    const person = (username: string, name: string) =>
      made(appliance, '/user', {
        username,
        password: 'a password of hers',
        public_display_name: name,
        private_display_name: name,
      });
    olga = (await person('olga', 'Olga Berg')).id;
    await person('pat', 'Pat Smith');
    const group = await made(appliance, '/jump-group', { name: 'Servers', code_name: 'servers' });
    const jumpoint = await made(appliance, '/jumpoint', {
      name: 'Cellar',
      code_name: 'cellar',
      platform: 'linux-x86',
      shell_jump_enabled: true,
    });
    const role = await made(appliance, '/jump-item-role', { name: 'Operators', perm_start: true });
    const schedule = await made(appliance, '/jump-policy', {
      display_name: 'Sundays',
      schedule_enabled: true,
      schedule: {
        timezone: 'UTC',
        entries: [{ start_day: 6, start_time: '10:00', end_day: 6, end_time: '11:00' }],
      },
    });
    item = (
      await made(appliance, '/jump-item/shell-jump', {
        name: 'Build server',
        hostname: 'build.example.com',
        jumpoint_id: jumpoint.id,
        jump_group_id: group.id,
        jump_group_type: 'shared',
        jump_policy_id: schedule.id,
        protocol: 'ssh',
        port: 22,
        terminal: 'xterm',
      })
    ).id;
    const policy = await made(appliance, '/group-policy', { name: 'Night shift' });
    const settings = {
      perm_support_allowed: 'full_support',
      perm_shell_jump: true,
      setting_status: { perm_support_allowed: 'defined', perm_shell_jump: 'final' },
    };
    const answers = [
      await appliance.admin(`/api/config/v1/group-policy/${policy.id}`, {
        method: 'PATCH',
        json: settings,
      }),
      await appliance.admin(`/api/config/v1/group-policy/${policy.id}/member`, {
        method: 'POST',
        json: { security_provider_id: 1, user_id: olga },
      }),
      await appliance.admin(`/api/config/v1/group-policy/${policy.id}/jumpoint`, {
        method: 'POST',
        json: { jumpoint_id: jumpoint.id },
      }),
      await appliance.admin(`/api/config/v1/group-policy/${policy.id}/jump-group`, {
        method: 'POST',
        json: { jump_group_id: group.id, jump_item_role_id: role.id },
      }),
    ];
    for (const answer of answers) expect(`${answer.status} ${await answer.text()}`).toMatch(/^20/);
    ({ page, complaints } = await watchedPage(await administratorsBrowser(browser, appliance)));
    page.setDefaultTimeout(10_000);
  });
  afterAll(async () => {
    await browser?.close();
    await appliance?.stop();
  });

  it('explains a refusal: the sentence, the path, who said what, and when it will be allowed', async () => {
    await page.goto(`${appliance.url}/login/access`);
    await pick(box('User'), 'olga', 'Olga Berg (olga)');
    await pick(box('Jump Item'), 'build', 'Build server');
    await page.getByLabel('At', { exact: true }).fill('2026-01-05T12:00');
    await page.getByRole('button', { name: 'Explain' }).click();
    const decision = page.getByTestId('decision');
    await decision.getByText('Olga Berg (olga) may not start a session').waitFor();
    await decision.getByText('Next allowed:').waitFor();
    expect(await decision.locator('time').last().getAttribute('datetime')).toBe('2026-01-11T10:00:00+00:00');
    await decision.getByText('This user may not override the schedule').waitFor();
    const path = page.getByRole('list', { name: 'What the rules said' });
    await path.getByRole('listitem').filter({ hasText: 'Jump Policy' }).getByText('refuses').waitFor();
    const method = path.getByRole('listitem').filter({ hasText: 'Jump method' });
    await method.getByRole('button', { name: /Who said what/ }).click();
    await method.getByRole('link', { name: 'Night shift' }).first().waitFor();
    await looksRight(page, 'access-explain');
    expect(await method.getByRole('link', { name: 'Night shift' }).first().getAttribute('href')).toMatch(
      /^\/login\/group-policies\/\d+$/,
    );
  });

  it('shows the same answer to whoever opens its address, and leads to what decided it', async () => {
    const address = page.url();
    const path = page.getByRole('list', { name: 'What the rules said' });
    await path.getByRole('link', { name: 'Jump Policy' }).first().click();
    await page.getByRole('dialog', { name: 'Sundays' }).getByText('Enforce the schedule').waitFor();
    await page.goto(`${appliance.url}/login/jump-items`);
    await page.goto(address);
    await page.getByTestId('decision').getByText('Olga Berg (olga) may not start a session').waitFor();
    expect(await page.getByRole('combobox', { name: 'User' }).inputValue()).toBe('Olga Berg (olga)');
    expect(await page.getByRole('combobox', { name: 'Jump Item' }).inputValue()).toContain('Build server');
  });

  it('tries a change that nobody has saved, and says for whom it would make a difference', async () => {
    await page.getByRole('button', { name: 'Try a change' }).click();
    const dialog = page.getByRole('dialog', { name: 'Try a change' });
    await choose(dialog.getByRole('combobox', { name: 'What changes' }), 'A rule of a Jump Policy');
    await choose(dialog.getByRole('combobox', { name: 'Jump Policy' }), 'Sundays');
    await choose(dialog.getByRole('combobox', { name: 'Rule' }), 'Enforce the schedule');
    await choose(dialog.getByRole('combobox', { name: 'Holds' }), 'No');
    await dialog.getByRole('button', { name: 'Try it' }).click();
    await page.getByText('Jump Policy Sundays: Enforce the schedule: no').waitFor();
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByTestId('decision').getByText('Olga Berg (olga) may start a session').waitFor();
    await page.getByText('The changes alter the decision').waitFor();
    await page.getByRole('heading', { name: /affected/ }).waitFor();
    await page.getByRole('heading', { name: 'What the session would permit' }).waitFor();
    await looksRight(page, 'access-what-if');
    const policies = (await (await appliance.admin('/api/config/v1/jump-policy')).json()) as {
      display_name: string;
    }[];
    expect(policies.find(({ display_name }) => display_name === 'Sundays')).toMatchObject({
      schedule_enabled: true,
    });
  });

  it('tries a membership taken away', async () => {
    await page.getByRole('button', { name: /^Do not try/ }).click();
    await page.getByRole('button', { name: 'Try a change' }).click();
    const dialog = page.getByRole('dialog', { name: 'Try a change' });
    await choose(dialog.getByRole('combobox', { name: 'What changes' }), 'A member of a group policy');
    await choose(dialog.getByRole('combobox', { name: 'Group policy' }), 'Night shift');
    await choose(dialog.getByRole('combobox', { name: 'Is a member' }), 'No');
    expect(await dialog.getByRole('combobox', { name: 'User whose rights change' }).inputValue()).toBe(
      'Olga Berg (olga)',
    );
    await dialog.getByRole('button', { name: 'Try it' }).click();
    await page.getByText('Group policy Night shift: Olga Berg (olga) leaves').waitFor();
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('The changes do not alter the decision').waitFor();
    await page.getByTestId('decision').getByText('There is no such Jump Item.').waitFor();
  });

  it('lists everybody with the answer, and leads to why', async () => {
    await page.goto(`${appliance.url}/login/jump-items`);
    await page.getByRole('link', { name: 'Who may start Build server' }).click();
    await page.getByRole('tab', { name: 'Who may do it', selected: true }).waitFor();
    await until('the name', async () =>
      (await page.getByRole('combobox', { name: 'Jump Item' }).inputValue()).startsWith('Build server'),
    );
    const table = page.getByRole('table', { name: 'Who may …' });
    await table.getByRole('row').filter({ hasText: 'Olga Berg' }).getByText('Operators').waitFor();
    await table.getByRole('row').filter({ hasText: 'Pat Smith' }).getByText('refused').waitFor();
    await table.getByRole('row').filter({ hasText: 'Administrator' }).first().waitFor();
    await choose(page.getByRole('combobox', { name: /^May …/ }), 'see');
    await choose(page.getByRole('combobox', { name: 'Answer' }), 'allowed');
    await page.getByText('2 entries').waitFor();
    await looksRight(page, 'access-who-may');
    await page.getByRole('link', { name: 'Why: Olga Berg (olga)' }).click();
    await page.getByTestId('decision').getByText('Olga Berg (olga) may see').waitFor();
  });

  it('shows what one user may do with every item', async () => {
    await page.getByRole('tab', { name: 'What a user may do' }).click();
    await pick(box('User'), 'olga', 'Olga Berg (olga)');
    await page.getByText('Sees 1 Jump Item').waitFor();
    const row = page.getByRole('table', { name: 'Jump Items' }).getByRole('row').filter({ hasText: 'Build' });
    await row.getByText('Operators (role of the membership)').waitFor();
    await row.getByText('Start sessions').waitFor();
    await looksRight(page, 'access-person');
  });

  it('simulates a session: every permission, the policy that decides it, what others say', async () => {
    const policy = await made(appliance, '/session-policy', {
      display_name: 'Servers only',
      permissions: { command_shell: 'allow', clipboard: 'deny' },
    });
    const patch = { method: 'PATCH', json: { session_policy_id: policy.id } };
    expect((await appliance.admin(`/api/config/v1/jump-item/shell-jump/${item}`, patch)).status).toBe(200);
    await page.goto(`${appliance.url}/login/simulator`);
    await pick(box('Representative'), 'olga', 'Olga Berg (olga)');
    await choose(page.getByRole('combobox', { name: 'Session start method' }), 'Jump through a Jumpoint');
    await pick(box('Jump Item'), 'build', 'Build server');
    await page.getByRole('button', { name: 'Simulate' }).click();
    await page.getByText('Olga Berg (olga), unattended session with Build server').waitFor();
    await page.getByText('Pinning Jump Clients: not allowed').waitFor();
    const clipboard = page
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader', { name: 'Clipboard', exact: true }) });
    await clipboard.getByText('Deny', { exact: true }).waitFor();
    await clipboard.getByRole('link', { name: 'Servers only' }).waitFor();
    await clipboard.getByText('Both ways').waitFor();
    expect(await page.getByRole('rowheader').count()).toBeGreaterThanOrEqual(62);
    await looksRight(page, 'session-simulator');
  });

  it('heard no complaint of the browser', () => {
    expect(complaints).toEqual([]);
  });

  const box = (label: string) => page.getByRole('combobox', { name: label, exact: true });

  async function choose(control: ReturnType<Page['getByRole']>, option: string): Promise<void> {
    await control.click();
    await page.getByRole('option', { name: option, exact: true }).click();
  }
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandServices, commandActions } from '../../api/xml/command/command-routes.ts';
import { type ReportingServices, reportsOf } from '../../api/xml/reporting/reporting-routes.ts';
import type { CommandLevel } from '../../appliance/actor.ts';
import { API_PERMISSIONS, type ApiPermission } from '../../appliance/actor.ts';
import { liftRateLimits } from '../support/configuration-calls.ts';
import { testApiAccount } from '../support/test-api-account.ts';
import { type Caller, type TestAppliance, testAppliance } from '../support/test-appliance.ts';
import { testPerson } from '../support/test-person.ts';

/** What an API account needs for each action of the command API. */
const ACTIONS: Record<string, Exclude<CommandLevel, 'deny'>> = {
  check_health: 'read_only',
  get_api_info: 'read_only',
  get_appliances: 'read_only',
  get_session_attributes: 'read_only',
  import_jump_shortcut: 'full_access',
  import_jump_shortcuts: 'full_access',
  set_session_attributes: 'full_access',
  terminate_session: 'full_access',
};
/** The same for the reports; people need the right to see reports instead. */
const REPORTS: Record<string, ApiPermission> = {
  CommandShellRecording: 'perm_reporting_support',
  SupportSession: 'perm_reporting_support',
  SupportSessionListing: 'perm_reporting_support',
  VaultAccountActivity: 'perm_reporting_vault',
};
const REFUSED = /may not (use|read)|needs full access|needs a signed-in|needs the (right|permission|token)/;

let appliance: TestAppliance;
beforeAll(async () => {
  appliance = await testAppliance();
  await liftRateLimits(appliance);
});
afterAll(() => appliance?.stop());

async function isAnswered(who: Caller, path: string): Promise<boolean> {
  const answer = await who(path);
  const text = await answer.text();
  expect(answer.status, text).not.toBe(500);
  return answer.status !== 401 && answer.status !== 403 && !REFUSED.test(text);
}

describe('the matrix of the command API', () => {
  it('names every action', () => {
    const nothing = {
      site: { publicUrl: 'http://127.0.0.1' },
      sessions: {},
      imports: {},
      clock: {},
    } as unknown as CommandServices;
    expect([...commandActions(nothing).keys()].sort()).toEqual(Object.keys(ACTIONS).sort());
  });

  it.each(Object.entries(ACTIONS))('%s needs %s', async (action, needed) => {
    const path = `/api/command?action=${action}`;
    const levels = ['deny', 'read_only', 'full_access'] as const;
    for (const level of levels) {
      const account = await testApiAccount(appliance, { perm_command: level });
      expect(await isAnswered(account, path), level).toBe(levels.indexOf(level) >= levels.indexOf(needed));
    }
    const everythingElse = Object.fromEntries(API_PERMISSIONS.map((name) => [name, true]));
    expect(await isAnswered(await testApiAccount(appliance, everythingElse), path)).toBe(false);
    expect(await isAnswered(appliance.admin, path)).toBe(false);
    expect(await isAnswered(appliance.anonymous, path)).toBe(false);
  });
});

describe('the matrix of the reporting API', () => {
  it('names every report', () => {
    const nothing = { site: {} } as unknown as ReportingServices;
    expect([...reportsOf(nothing, () => '').keys()].sort()).toEqual(Object.keys(REPORTS).sort());
  });

  it.each(Object.entries(REPORTS))('%s needs %s', async (report, needed) => {
    const path = `/api/reporting?generate_report=${report}&lsid=${'f'.repeat(32)}`;
    const allBut = API_PERMISSIONS.filter((name) => name !== needed).map((name) => [name, true]);
    const with_ = await testApiAccount(appliance, { [needed]: true });
    const without = await testApiAccount(appliance, {
      ...Object.fromEntries(allBut),
      perm_command: 'full_access',
    });
    expect(await isAnswered(with_, path)).toBe(true);
    expect(await isAnswered(without, path)).toBe(false);
    expect(await isAnswered(appliance.admin, path)).toBe(true);
    expect(await isAnswered(appliance.anonymous, path)).toBe(false);
    // To people a session that they do not see does not exist, recordings included.
    if (report === 'CommandShellRecording') return;
    const plain = await testPerson(appliance, `plain_${report}`);
    const reader = await testPerson(appliance, `reader_${report}`, {
      ...(needed === 'perm_reporting_vault'
        ? { perm_view_vault_reports: 'view_user_events' }
        : { perm_view_support_reports: 'user_sessions' }),
      perm_view_sd_recordings: true,
    });
    expect(await isAnswered(plain.caller, path)).toBe(false);
    expect(await isAnswered(reader.caller, path)).toBe(true);
  });
});

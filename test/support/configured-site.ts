import { expect } from 'vitest';
import { type Call, configurationCalls } from './configuration-calls.ts';
import type { TestAppliance } from './test-appliance.ts';

/** Fills a site with objects of every kind that refer to each other, by the operations of the contract. */
export async function configureRichly(site: TestAppliance): Promise<void> {
  const call = configurationCalls(site.admin);
  const make = async (path: string, body: object) => {
    const { status, body: answer } = await call('POST', path, body);
    expect(`${status} ${JSON.stringify(answer)}`).toMatch(/^201/);
    return answer.id as number;
  };
  await change(call, '/site-setting', { company_name: 'Example Ltd', time_zone: 'Europe/Vienna' });
  await make('/custom-session-attribute', { display_name: 'Ticket: "urgent"', code_name: 'ticket' });
  const strict = await make('/session-policy', {
    display_name: 'Strict',
    code_name: 'strict',
    permissions: { screen_sharing: 'view_only', reboot: 'deny' },
  });
  await change(call, '/global-session-policy', { permissions: { annotations: 'deny' } });
  const portal = await make('/public-portal', {
    name: 'Branches',
    code_name: 'branches',
    addresses: ['support.branch.example.com'],
    session_policy_id: strict,
  });
  const role = await make('/jump-item-role', { name: 'Night watch', perm_start: true, perm_edit_tag: true });
  const policy = await make('/jump-policy', {
    display_name: 'Office hours',
    code_name: 'office_hours',
    description: 'Two lines:\n  the second is "indented"\n',
  });
  const scheduled = await call('PUT', `/jump-policy/${policy}/schedule`, {
    timezone: 'Europe/Vienna',
    entries: [{ start_day: 0, start_time: '08:00', end_day: 4, end_time: '18:00' }],
  });
  expect(scheduled.status).toBe(200);
  const person = async (username: string, more: object = {}) =>
    make('/user', {
      username,
      public_display_name: username,
      private_display_name: `${username} (private)`,
      ...more,
    });
  const anna = await person('anna', { perm_shell_jump: true, default_jump_item_role_id: role });
  const zoe = await person('Zoë', { email_address: 'zoe@example.com', display_number: 7 });
  const no = await person('no');
  await change(call, `/user/${zoe}/setting`, {
    perm_edit_issues: false,
    perm_session_idle_timeout: 600,
    private_jump_item_role_id: role,
    attended_session_policy: strict,
    unattended_session_policy: { clipboard: 'deny' },
  });
  await make('/api-account', {
    name: 'Ticket system',
    perm_reporting_support: true,
    ip_addresses: '10.0.0.0/8',
  });
  const jumpoint = await make('/jumpoint', {
    name: 'Branch office',
    code_name: 'branch_office',
    platform: 'linux-x86',
    shell_jump_enabled: true,
    shell_jump_access: 'limited',
    shell_jump_ranges: ['10.1.0.0/16'],
  });
  await make(`/jumpoint/${jumpoint}/user`, { user_id: zoe }).catch(() => {});
  const group = await make('/jump-group', { name: 'Kiosks', code_name: 'kiosks', comments: 'yes' });
  await call('POST', `/jump-group/${group}/user`, { user_id: zoe, jump_item_role_id: role });
  await call('POST', `/jump-group/${group}/user`, { user_id: anna });
  const team = await make('/team', { name: 'Night', code_name: 'night', public_portal_ids: [portal] });
  await call('POST', `/team/${team}/user`, { user_id: no, role: 'lead' });
  const day = await make('/team', { name: 'Day', code_name: 'day' });
  await make('/vault/account-policy', {
    name: 'Strict',
    code_name: 'strict',
    auto_rotate_credentials: true,
    scheduled_password_rotation: true,
    maximum_password_age: 30,
  });
  const endpoint = await make('/vault/endpoint', {
    name: 'web-1',
    hostname: 'web-1.example.com',
    jumpoint_id: jumpoint,
    host_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3yTBA2uQ3fCxYOPhbTdZc2Q8ZMvCgzLTT0KkqbxC1b',
  });
  const servers = await make('/vault/account-group', { name: 'Servers', account_policy: 'strict' });
  await call('POST', `/vault/account-group/${servers}/user`, { user_id: zoe, role: 'inject_and_checkout' });
  await change(call, `/vault/account-group/${servers}/jump-item-association`, {
    filter_type: 'criteria',
    criteria: { shared_jump_groups: [group], host: ['*.example.com', '10.*'] },
  });
  const root = await make('/vault/account', {
    type: 'username_password',
    name: 'root',
    username: 'root',
    password: 'a password of the vault',
    account_group_id: servers,
    endpoint_id: endpoint,
  });
  await make('/vault/account', {
    type: 'username_password',
    name: 'root',
    username: 'root',
    password: 'a password of the vault',
    account_policy: 'default',
  });
  await call('POST', `/vault/account/${root}/user`, { user_id: anna });
  await make(`/vault/account/${root}/jump-item-association`, { filter_type: 'no_jump_items' }).catch(
    () => {},
  );
  await make('/vault/account', { type: 'opaque_token', name: 'API key', token: 'a token of the vault' });
  await make('/vault/account', { type: 'ssh_ca', name: 'Authority', username: 'root' });
  await make('/rep-status', { name: 'At lunch', code_name: 'at_lunch', display_as: 'away' });
  const skill = await make('/skill', { name: 'Printers', code_name: 'printers' });
  await call('POST', `/skill/${skill}/user`, { user_id: anna });
  await make('/issue', {
    name: 'Paper jam',
    code_name: 'paper_jam',
    team_ids: [day, team],
    skill_ids: [skill],
  });
  await make('/canned-script', {
    name: 'Uptime',
    code_name: 'uptime',
    commands: '#!/bin/sh\nuptime\n\n# done: yes\n',
    team_ids: [team],
  });
  await make('/canned-message', { title: 'Hello', code_name: 'hello', message: 'Hello, {name}!' });
  await make('/custom-rep-link', {
    name: 'Tickets',
    code_name: 'tickets',
    url: 'https://tickets.example.com/?q=%25',
  });
}

/** Group policies, and security providers that refer to them and back. */
export async function configurePolicies(site: TestAppliance): Promise<void> {
  const call = configurationCalls(site.admin);
  const make = async (path: string, body: object) => {
    const { status, body: answer } = await call('POST', path, body);
    expect(`${status} ${JSON.stringify(answer)}`).toMatch(/^201/);
    return answer.id as number;
  };
  const first = async (path: string) => (await call('GET', path)).body[0].id as number;
  const [role, zoe, group, team, jumpoint, strict] = [
    (await call('GET', '/jump-item-role')).body.find((one: { name: string }) => one.name === 'Night watch')
      .id,
    await first('/user?search=zoe'),
    await first('/jump-group?code_name=kiosks'),
    await first('/team?name=Night'),
    await first('/jumpoint?code_name=branch_office'),
    (await call('GET', '/session-policy')).body[0].id,
  ];
  const directory = await make('/security-provider', {
    type: 'ldap',
    name: 'Company directory',
    hostname: 'ldap.example.com',
    search_base_dn: 'dc=example,dc=com',
    group_lookup: true,
    bind_username: 'cn=reader',
    bind_password: 'a secret of the directory',
  });
  const saml = await make('/security-provider', {
    type: 'saml',
    name: 'Single sign-on',
    priority: 1,
    login_url: 'https://idp.example.com/sso',
    entity_id: 'https://idp.example.com',
  });
  await make('/security-provider', {
    type: 'radius',
    name: 'Tokens',
    hostname: 'radius.example.com',
    external_lookup: [directory],
    shared_secret: 'another secret',
  });
  const desk = await make('/group-policy', {
    name: 'Service desk',
    comments: 'First line',
    perm_support_allowed: 'full_support',
    perm_shell_jump: true,
    default_jump_item_role_id: role,
    attended_session_policy: strict,
    setting_status: {
      perm_support_allowed: 'defined',
      perm_shell_jump: 'final',
      default_jump_item_role_id: 'defined',
      attended_session_policy: 'defined',
    },
    teams_add_final: true,
  });
  const night = await make('/group-policy', {
    name: 'Another night',
    unattended_session_policy: { reboot: 'deny' },
    setting_status: { unattended_session_policy: 'final' },
  });
  await call('POST', `/group-policy/${night}/move`, { position: 1 });
  await make(`/group-policy/${desk}/member`, { user_id: zoe });
  await make(`/group-policy/${desk}/member`, {
    security_provider_id: directory,
    distinguished_name: 'cn=desk,dc=example,dc=com',
  });
  await make(`/group-policy/${desk}/member`, { security_provider_id: saml, group_name: 'Desk' }).catch(
    () => {},
  );
  await call('POST', `/group-policy/${desk}/jump-group`, { jump_group_id: group, jump_item_role_id: role });
  await call('POST', `/group-policy/${night}/jump-group-removal`, { jump_group_id: group });
  await call('POST', `/group-policy/${desk}/team`, { team_id: team, role: 'lead' });
  await call('POST', `/group-policy/${night}/team-removal`, { team_id: team });
  await call('POST', `/group-policy/${desk}/jumpoint`, { jumpoint_id: jumpoint });
  await make(`/group-policy/${desk}/vault-account`, {
    account_id: await first('/vault/account?search=root'),
    role: 'inject_and_checkout',
  }).catch(() => {});
  await make(`/group-policy/${night}/vault-account-group`, { account_group_id: 1 }).catch(() => {});
  await change(call, `/security-provider/${directory}`, { default_policy: night });
  await change(call, '/security-provider/1', { default_policy: desk });
}

async function change(call: Call, path: string, body: object): Promise<void> {
  const { status, body: answer } = await call('PATCH', path, body);
  expect(`${status} ${JSON.stringify(answer)}`).toMatch(/^200/);
}

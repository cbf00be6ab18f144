import type { OpeningRight } from '../../appliance/access/user-settings.ts';
import type { ApiPermission } from '../../appliance/actor.ts';

/** Who may call an operation. Written by hand: it is what the contract and the gate are held against. */
export interface Callers {
  /** `nobody`, or what an API account needs, all of it. `perm_command` stands for full access to the command API. */
  api: 'nobody' | readonly (ApiPermission | 'perm_command')[];
  /**
   * `anybody`: every signed-in person gets in, and the service says what that one may see and do.
   * Rights: people who hold one of them, and administrators.
   */
  person: 'anybody' | 'administrator' | readonly OpeningRight[];
}

const PUBLIC = [
  'sign-in',
  'sign-in.options',
  'sign-in.passkey',
  'sign-in.provider',
  'sign-in.step',
  'sign-in.invitation',
  'sign-in.negotiate',
  'user-token.store',
  'user-token.step',
  'user-token.negotiate',
];

const PEOPLE_ONLY =
  'sign-out user-token.destroy me.show me.photo me.password me.activity me.sign-out-everywhere me.second-factor.show me.second-factor.options me.second-factor.verify me.totp.store me.totp.confirm me.totp.destroy me.recovery-code.store me.passkey.index me.passkey.options me.passkey.store me.passkey.update me.passkey.destroy session.store session.channel.ticket launch credential.index ecm-endpoint.index ecm-endpoint.kind.index me.favorite-credential.store me.favorite-credential.destroy me.default-credential.show me.default-credential.store me.default-credential.destroy';

const JUMP_ITEM_FAMILIES = [
  'shell-jump',
  'remote-rdp',
  'remote-vnc',
  'web-jump',
  'protocol-tunnel-jump',
  'remote-jump',
  'local-jump',
  'local-rdp',
  'local-vnc',
  'vpro',
  'mysql-tunnel-jump',
  'psql-tunnel-jump',
  'network-tunnel-jump',
];

/** What people see of these depends on them; the services decide. */
const SIGHT_OF_PEOPLE = `
  spec cli
  session-policy.index session-permission.index public-portal.index
  jump-group.index jump-group.show jump-item-role.index jump-item-role.show
  jump-policy.index jump-policy.show jump-policy.showSchedule jump-policy.showStanding
  jumpoint.index jumpoint.show
  jump-item.index jump-item.export jump-item.import-template jump-item.bulk jump-item.move jump-item.copy
  jump-client.index jump-client.show jump-client.update jump-client.destroy jump-client.copy
  jump-client.installer.index jump-client.create-installer jump-client.installer.show jump-client.installer.destroy
  jump-client.download
  custom-session-attribute.index custom-session-attribute.show
  team.index team.show rep-status.index rep-status.show skill.index skill.show issue.index issue.show
  canned-script.index canned-script.show canned-message.index canned-message.show
  custom-rep-link.index custom-rep-link.show
  ${JUMP_ITEM_FAMILIES.map((kind) => jumpItemOperations(kind)).join(' ')}`;

/** People may ask `access.explain` about themselves; the matrix asks about nobody. */
const CONFIGURATION = `
  access.explain access.simulate-session access.policy-test access.user.show access.user.membership.index
  access.user.jump-item.index access.jump-item.user.index access.jump-group.user.index
  api-account.index api-account.show
  user.store user.destroy user.photo user.group_policies user.group_policy_change user.provision user.setting.show
  user.setting.update user.jump-group.index user.team.index user.jumpoint.index
  group-policy.index group-policy.store group-policy.show group-policy.update group-policy.destroy
  vault.group-policy.copy group-policy.provision group-policy.move group-policy.order.show group-policy.order.update
  ${operations('group-policy.member', 'index store show destroy')}
  ${operations('group-policy.jump-group', 'index store show destroy')}
  ${operations('group-policy.jump-group-removal', 'index store destroy')}
  ${operations('group-policy.team', 'index store show destroy')}
  ${operations('group-policy.team-removal', 'index store destroy')}
  ${operations('group-policy.jumpoints', 'index store show destroy')}
  ${operations('group-policy.jumpoints-removal', 'index store destroy')}
  ${operations('group-policy.vault-account', 'index show destroy')}
  ${operations('group-policy.vault-account-group', 'index show destroy')}
  security-provider.index security-provider.show security-provider.update
  security-provider.directory-sync.index security-provider.directory-sync.show security-provider.directory-sync.change.index
  security-provider.directory-name.index security-provider.scim.show security-provider.scim-group.index
  security-provider.saml.show
  session-policy.store session-policy.show session-policy.update session-policy.destroy session-policy.copy
  global-session-policy.show global-session-policy.update
  jump-item-role.store jump-item-role.update jump-item-role.destroy
  jump-policy.store jump-policy.update jump-policy.destroy jump-policy.updateSchedule
  jump-item.import import-job.index import-job.show import-job.events import-job.problem.index import-job.apply
  import-job.cancel
  custom-session-attribute.store custom-session-attribute.update custom-session-attribute.destroy
  rep-status.store rep-status.update rep-status.destroy
  configuration.show configuration.plan configuration.apply
  launch-token.store site-setting.show audit-event.index ecm-host.index ecm-host.show`;

const CONFIGURATION_OR_RIGHT: Partial<Record<OpeningRight, string>> = {
  perm_edit_jump_groups: `jump-group.member.index jump-group.store jump-group.update jump-group.destroy jump-group.user.index jump-group.user.store
    jump-group.user.show jump-group.user.update jump-group.user.destroy`,
  perm_set_passwords: 'user.index user.show user.update',
  perm_admin_pushagents: `jumpoint.member.index jumpoint.store jumpoint.update jumpoint.destroy jumpoint.download jumpoint.node.index
    jumpoint.node.destroy jumpoint.user.index jumpoint.user.store jumpoint.user.show jumpoint.user.destroy
    jumpoint.enrolment-token.index jumpoint.enrolment-token.store jumpoint.enrolment-token.destroy`,
  perm_edit_public_template:
    'public-portal.store public-portal.show public-portal.update public-portal.destroy',
  perm_edit_sd_teams: `team.member.index team.store team.update team.destroy team.user.index team.user.store team.user.show team.user.update
    team.user.destroy`,
  perm_endpoint_automation: `endpoint-automation.script.index endpoint-automation.script.store endpoint-automation.script.show
    endpoint-automation.script.resource endpoint-automation.resource.index endpoint-automation.resource.show endpoint-automation.job.index endpoint-automation.job.store endpoint-automation.job.show
    endpoint-automation.job.execution.index endpoint-automation.endpoint.index endpoint-automation.endpoint.show`,
  perm_edit_skills: `skill.store skill.update skill.destroy skill.user.index skill.user.store skill.user.show
    skill.user.destroy`,
  perm_edit_issues: 'issue.store issue.update issue.destroy',
  perm_edit_canned_scripts: 'canned-script.store canned-script.update canned-script.destroy',
  perm_edit_messages: 'canned-message.store canned-message.update canned-message.destroy',
  perm_edit_custom_rep_links: 'custom-rep-link.store custom-rep-link.update custom-rep-link.destroy',
};

const SECURITY = `
  api-account.store api-account.update api-account.destroy api-account.secret
  security-provider.store security-provider.destroy security-provider.test security-provider.test-sign-in
  security-provider.saml.key saml-metadata.preview
  security-provider.directory-sync.start security-provider.directory-sync.cancel security-provider.directory-trace user.second-factor.destroy user.sign-in.show user.sign-in.update
  user.sign-in.destroy representative-license.show
  site-setting.update site-setting.checkTicketSystem
  ecm-host.update ecm-host.destroy ecm-host.approve ecm-host.revoke`;

const VAULT = `
  ${operations('vault.account', 'index store show update destroy check-out check-in force-check-in rotate')}
  vault.account.check-out.index
  vault.account.rotation.show vault.account.rotation.second-secret vault.account.rotation.settle
  vault.rotation.index vault.endpoint.host-key
  ${operations('vault.account.user', 'index store show update destroy')}
  vault.account.effective-user.index user.vault-account.index
  ${operations('vault.account.jump-item-association', 'show store update destroy')}
  ${operations('vault.account.jump-item-association.jump-item', 'store destroy')}
  ${operations('vault.account.jump-item-association.shared-jump-group', 'store destroy')}
  ${operations('vault.account-group', 'index store show update destroy')}
  ${operations('vault.account-group.user', 'index store show update destroy')}
  ${operations('vault.account-group.account', 'index store show destroy')}
  ${operations('vault.account-group.jump-item-association', 'show update')}
  ${operations('vault.account-group.jump-item-association.jump-item', 'store destroy')}
  ${operations('vault.account-group.jump-item-association.shared-jump-group', 'store destroy')}
  ${operations('vault.account-policy', 'index store show update destroy')}
  ${operations('vault.endpoint', 'index store show update destroy list-candidates associate')}
  vault.account.jump-item-association.matching-jump-item.index
  vault.account-group.jump-item-association.matching-jump-item.index`;

const OWN_VAULT = operations('me.vault-account', 'index store show update destroy check-out check-in');
const REPORTS = 'session.index session.show session.event.index session.recording.show';
const COMMANDS = 'session.update session.terminate';

/** Every operation of the contract, by operationId without `api.config.`. Public ones have no callers to name. */
export const OPERATION_MATRIX: ReadonlyMap<string, Callers | 'public'> = new Map<string, Callers | 'public'>([
  ...PUBLIC.map((name) => [name, 'public'] as const),
  ...rows(PEOPLE_ONLY, { api: 'nobody', person: 'anybody' }),
  ...rows(SIGHT_OF_PEOPLE, { api: ['perm_configuration'], person: 'anybody' }),
  ...rows(CONFIGURATION, { api: ['perm_configuration'], person: 'administrator' }),
  ...Object.entries(CONFIGURATION_OR_RIGHT).flatMap(([right, names]) =>
    rows(names, { api: ['perm_configuration'], person: [right as OpeningRight] }),
  ),
  ...rows('user-name.index', {
    api: ['perm_configuration'],
    person: [
      'perm_edit_jump_groups',
      'perm_admin_pushagents',
      'perm_edit_sd_teams',
      'perm_edit_skills',
      'perm_set_passwords',
      'perm_vault',
    ],
  }),
  ...rows(operations('rep-invitation', 'index store destroy'), {
    api: 'nobody',
    person: ['perm_invite_external_rep'],
  }),
  ...rows(SECURITY, { api: ['perm_configuration_security'], person: 'administrator' }),
  ...rows(VAULT, {
    api: ['perm_configuration', 'perm_configuration_vault_account'],
    person: ['perm_vault'],
  }),
  // Whoever lets people use the vault configures it, and group policies are for administrators.
  ...rows('group-policy.vault-account.store group-policy.vault-account-group.store', {
    api: ['perm_configuration', 'perm_configuration_vault_account'],
    person: 'administrator',
  }),
  ...rows(OWN_VAULT, { api: 'nobody', person: 'anybody' }),
  ...rows('vault.activity.index', { api: ['perm_reporting_vault'], person: 'anybody' }),
  ...rows(REPORTS, { api: ['perm_reporting_support'], person: 'anybody' }),
  ...rows(COMMANDS, { api: ['perm_command'], person: 'anybody' }),
]);

function rows(names: string, callers: Callers): [string, Callers][] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => [name, callers]);
}

function jumpItemOperations(kind: string): string {
  return operations(`jump-item.${kind}`, 'index store show update destroy copy');
}

function operations(family: string, verbs: string): string {
  return verbs
    .split(' ')
    .map((verb) => `${family}.${verb}`)
    .join(' ');
}

import type { Handlers } from '../api/contract/handlers.ts';
import { apiAccountHandlers } from '../api/rest/api-accounts/api-account-handlers.ts';
import { customSessionAttributeHandlers } from '../api/rest/custom-session-attributes/custom-session-attribute-handlers.ts';
import { scimStandingHandlers } from '../api/rest/directory/scim-standing-handlers.ts';
import { groupPolicyContentHandlers } from '../api/rest/group-policies/group-policy-content-handlers.ts';
import { groupPolicyHandlers } from '../api/rest/group-policies/group-policy-handlers.ts';
import { groupPolicyVaultHandlers } from '../api/rest/group-policies/group-policy-vault-handlers.ts';
import { jumpGroupHandlers } from '../api/rest/jump-groups/jump-group-handlers.ts';
import { jumpPolicyHandlers } from '../api/rest/jump-policies/jump-policy-handlers.ts';
import { type JumpointHandlerServices, jumpointHandlers } from '../api/rest/jumpoints/jumpoint-handlers.ts';
import { memberHandlers } from '../api/rest/members/member-handlers.ts';
import { jumpItemRoleHandlers } from '../api/rest/reference-objects/jump-item-role-handlers.ts';
import { publicPortalHandlers } from '../api/rest/reference-objects/public-portal-handlers.ts';
import { securityProviderHandlers } from '../api/rest/reference-objects/security-provider-handlers.ts';
import { sessionPolicyHandlers } from '../api/rest/reference-objects/session-policy-handlers.ts';
import { siteSettingHandlers } from '../api/rest/site-settings/site-setting-handlers.ts';
import { cannedMessageHandlers } from '../api/rest/support/canned-messages/canned-message-handlers.ts';
import { cannedScriptHandlers } from '../api/rest/support/canned-scripts/canned-script-handlers.ts';
import { customRepLinkHandlers } from '../api/rest/support/custom-rep-links/custom-rep-link-handlers.ts';
import { endpointAutomationHandlers } from '../api/rest/support/endpoint-automation/endpoint-automation-handlers.ts';
import { issueHandlers } from '../api/rest/support/issues/issue-handlers.ts';
import { repStatusHandlers } from '../api/rest/support/rep-statuses/rep-status-handlers.ts';
import { skillHandlers } from '../api/rest/support/skills/skill-handlers.ts';
import { teamHandlers } from '../api/rest/support/teams/team-handlers.ts';
import { userAccessHandlers } from '../api/rest/users/user-access-handlers.ts';
import { userHandlers } from '../api/rest/users/user-handlers.ts';
import { userNameHandlers } from '../api/rest/users/user-name-handlers.ts';
import { userSignInHandlers } from '../api/rest/users/user-sign-in-handlers.ts';
import { vaultAccountGroupHandlers } from '../api/rest/vault/vault-account-group-handlers.ts';
import { vaultAccountPolicyHandlers } from '../api/rest/vault/vault-account-policy-handlers.ts';
import { vaultAssociationHandlers } from '../api/rest/vault/vault-association-handlers.ts';
import { vaultEndpointHandlers } from '../api/rest/vault/vault-endpoint-handlers.ts';
import { ApiAccountService } from '../appliance/access/api-account-service.ts';
import type { CredentialEvents } from '../appliance/access/credential-events.ts';
import { MemberListService } from '../appliance/access/member-list-service.ts';
import type { PasswordHasher } from '../appliance/access/password-hasher.ts';
import { SessionPolicyService } from '../appliance/access/session-policy-service.ts';
import { SignInOversightService } from '../appliance/access/sign-in-oversight-service.ts';
import { GroupPolicyContentService } from '../appliance/directory/group-policy-content-service.ts';
import { GroupPolicyMemberService } from '../appliance/directory/group-policy-member-service.ts';
import { GroupPolicyOrderService } from '../appliance/directory/group-policy-order-service.ts';
import { GroupPolicyService } from '../appliance/directory/group-policy-service.ts';
import { GroupPolicyVaultService } from '../appliance/directory/group-policy-vault-service.ts';
import { ScimProvisioning } from '../appliance/directory/scim-provisioning.ts';
import type { SecurityProviderType } from '../appliance/directory/security-provider.ts';
import { SecurityProviderService } from '../appliance/directory/security-provider-service.ts';
import { UserAccessService } from '../appliance/directory/user-access-service.ts';
import { UserService } from '../appliance/directory/user-service.ts';
import { EnrolmentTokenService } from '../appliance/jump/enrolment-token-service.ts';
import { JumpGroupService } from '../appliance/jump/jump-group-service.ts';
import { JumpItemRoleService } from '../appliance/jump/jump-item-role-service.ts';
import { JumpPolicyService } from '../appliance/jump/jump-policy-service.ts';
import { type JumpointHints, JumpointService } from '../appliance/jump/jumpoint-service.ts';
import { type TicketSystem, TicketSystemTrial } from '../appliance/jump/ticket-check.ts';
import { PublicPortalService } from '../appliance/portals/public-portal-service.ts';
import { CustomSessionAttributeService } from '../appliance/sessions/custom-session-attribute-service.ts';
import { SiteSettingService } from '../appliance/settings/site-setting-service.ts';
import type { SiteSettingsSource } from '../appliance/settings/site-settings.ts';
import type { Stores, UnitOfWork } from '../appliance/stores.ts';
import { CannedMessageService } from '../appliance/support/canned-message-service.ts';
import { CannedScriptService } from '../appliance/support/canned-script-service.ts';
import { CustomRepLinkService } from '../appliance/support/custom-rep-link-service.ts';
import { EndpointAutomationService } from '../appliance/support/endpoint-automation-service.ts';
import { IssueService } from '../appliance/support/issue-service.ts';
import { RepStatusService } from '../appliance/support/rep-status-service.ts';
import { SkillService } from '../appliance/support/skill-service.ts';
import { TeamMemberService } from '../appliance/support/team-member-service.ts';
import { TeamService } from '../appliance/support/team-service.ts';
import type { SealedSecrets } from '../appliance/vault/keys/sealed-secrets.ts';
import { VaultAccountGroupService } from '../appliance/vault/vault-account-group-service.ts';
import { VaultAccountPolicyService } from '../appliance/vault/vault-account-policy-service.ts';
import { VaultAssociationService } from '../appliance/vault/vault-association-service.ts';
import { VaultEndpointService } from '../appliance/vault/vault-endpoint-service.ts';
import { VaultGroupContentService } from '../appliance/vault/vault-group-content-service.ts';
import { vaultAccountServiceHandlers, vaultAccountServices } from './vault-services.ts';

/**
 * What the services of the configuration stand on. The server builds them over its pool; applying a configuration
 * builds them again over one transaction, and lets the hints out after its commit.
 */
export interface ConfigurationDeps {
  stores: Stores;
  unitOfWork: UnitOfWork;
  credentialEvents: CredentialEvents;
  jumpointHints: JumpointHints;
  passwords: PasswordHasher;
  settings: SiteSettingsSource;
  secrets: SealedSecrets;
  ticketSystem: TicketSystem;
  /** What this host lacks for a type of security provider. */
  hostProblem: (type: SecurityProviderType) => Promise<string | undefined>;
  afterSettingsChange: () => Promise<void>;
}

/** What handlers need beside the services. */
export interface ConfigurationEdge {
  publicUrl: string;
  installers: Omit<JumpointHandlerServices, 'jumpoints' | 'enrolmentTokens'>;
}

export type ConfigurationServices = ReturnType<typeof configurationServices>;

/** Every service that creates, changes or deletes a part of the configuration. */
export function configurationServices(deps: ConfigurationDeps) {
  const { stores, unitOfWork, credentialEvents, passwords, settings, secrets } = deps;
  return {
    jumpGroups: new JumpGroupService({ stores, unitOfWork, credentialEvents }),
    jumpPolicies: new JumpPolicyService({ stores, unitOfWork }),
    jumpoints: new JumpointService({ stores, unitOfWork, credentialEvents, hints: deps.jumpointHints }),
    enrolmentTokens: new EnrolmentTokenService({ stores, unitOfWork }),
    groupPolicies: new GroupPolicyService({ stores, unitOfWork, credentialEvents }),
    groupPolicyOrder: new GroupPolicyOrderService({ stores, unitOfWork, credentialEvents }),
    groupPolicyMembers: new GroupPolicyMemberService({ stores, unitOfWork, credentialEvents }),
    groupPolicyContents: new GroupPolicyContentService({ stores, unitOfWork, credentialEvents }),
    groupPolicyVault: new GroupPolicyVaultService({ stores, unitOfWork }),
    vaultAccounts: vaultAccountServices({ stores, unitOfWork, secrets }),
    vaultAccountGroups: new VaultAccountGroupService({ stores, unitOfWork }),
    vaultGroupContents: new VaultGroupContentService({ stores, unitOfWork }),
    vaultAccountPolicies: new VaultAccountPolicyService({ stores, unitOfWork }),
    vaultAssociations: new VaultAssociationService({ stores, unitOfWork }),
    vaultEndpoints: new VaultEndpointService({ stores, unitOfWork }),
    userAccess: new UserAccessService({ stores, unitOfWork, credentialEvents }),
    users: new UserService({ stores, unitOfWork, passwords, settings, credentialEvents }),
    signInOversight: new SignInOversightService({ stores, unitOfWork, settings, credentialEvents }),
    apiAccounts: new ApiAccountService({ stores, unitOfWork, credentialEvents }),
    attributes: new CustomSessionAttributeService({ stores, unitOfWork }),
    teams: new TeamService({ stores, unitOfWork, credentialEvents }),
    members: new MemberListService({ stores }),
    teamMembers: new TeamMemberService({ stores, unitOfWork, credentialEvents }),
    repStatuses: new RepStatusService({ stores, unitOfWork }),
    skills: new SkillService({ stores, unitOfWork }),
    issues: new IssueService({ stores, unitOfWork }),
    cannedScripts: new CannedScriptService({ stores, unitOfWork }),
    cannedMessages: new CannedMessageService({ stores, unitOfWork }),
    customRepLinks: new CustomRepLinkService({ stores, unitOfWork }),
    endpointAutomation: new EndpointAutomationService({ stores, unitOfWork }),
    sessionPolicies: new SessionPolicyService({ stores, unitOfWork, credentialEvents }),
    jumpItemRoles: new JumpItemRoleService({ stores, unitOfWork, credentialEvents }),
    scimProvisioning: new ScimProvisioning({ stores }),
    securityProviders: new SecurityProviderService({
      stores,
      unitOfWork,
      secrets,
      credentialEvents,
      hostProblem: deps.hostProblem,
    }),
    publicPortals: new PublicPortalService({ stores, unitOfWork, credentialEvents }),
    ticketSystemTrial: new TicketSystemTrial(deps.ticketSystem),
    siteSettings: new SiteSettingService({
      stores,
      unitOfWork,
      secrets,
      afterChange: deps.afterSettingsChange,
    }),
  };
}

/** What serves their operations of the contract. */
export function configurationHandlers(
  services: ConfigurationServices,
  { installers, publicUrl }: ConfigurationEdge,
): Partial<Handlers> {
  const { jumpGroups, jumpPolicies, jumpoints, enrolmentTokens, users, apiAccounts } = services;
  return {
    ...jumpGroupHandlers({ jumpGroups }),
    ...jumpPolicyHandlers({ jumpPolicies }),
    ...jumpointHandlers({ jumpoints, enrolmentTokens, ...installers }),
    ...userHandlers({ users }),
    ...userAccessHandlers(services),
    ...groupPolicyHandlers(services),
    ...groupPolicyContentHandlers(services),
    ...userNameHandlers({ users }),
    ...userSignInHandlers({ oversight: services.signInOversight }),
    ...memberHandlers({ members: services.members }),
    ...apiAccountHandlers({ apiAccounts }),
    ...sessionPolicyHandlers(services),
    ...jumpItemRoleHandlers(services),
    ...securityProviderHandlers(services),
    ...scimStandingHandlers({ provisioning: services.scimProvisioning, publicUrl }),
    ...publicPortalHandlers(services),
    ...customSessionAttributeHandlers({ attributes: services.attributes }),
    ...siteSettingHandlers(services),
    ...teamHandlers(services),
    ...repStatusHandlers(services),
    ...skillHandlers(services),
    ...issueHandlers(services),
    ...cannedScriptHandlers(services),
    ...cannedMessageHandlers(services),
    ...customRepLinkHandlers(services),
    ...endpointAutomationHandlers(services),
    ...groupPolicyVaultHandlers(services),
    ...vaultAccountServiceHandlers(services.vaultAccounts),
    ...vaultAccountGroupHandlers(services),
    ...vaultAccountPolicyHandlers(services),
    ...vaultAssociationHandlers(services),
    ...vaultEndpointHandlers(services),
  };
}

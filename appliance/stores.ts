import type { AccessFactsSource, TeamCandidateSource } from './access/access-facts.ts';
import type { ApiAccounts } from './access/api-account.ts';
import type { ApiAccountLogins, ApiTokens } from './access/api-tokens.ts';
import type { AccessTargets, AccessWorldSource } from './access/explain/access-world.ts';
import type { FirstInhabitants } from './access/first-start.ts';
import type { MemberCandidates } from './access/member-list-service.ts';
import type { RepInvitations } from './access/rep-invitation.ts';
import type { SecondFactors } from './access/second-factor.ts';
import type { SessionPolicies } from './access/session-policy.ts';
import type { SessionPolicyFactsSource } from './access/session-policy-facts.ts';
import type { SignInAttempts } from './access/sign-in-attempt.ts';
import type { SignInFailures } from './access/sign-in-failures.ts';
import type { UserCredentials, UserLogins } from './access/user-credentials.ts';
import type { AuditLog } from './audit/audit-log.ts';
import type { AssertionReplays } from './directory/assertion-replays.ts';
import type { DirectoryOutcomes } from './directory/directory-lookup-service.ts';
import type { DirectorySyncs } from './directory/directory-sync.ts';
import type {
  GroupPolicies,
  GroupPolicyContents,
  GroupPolicyMembers,
  GroupPolicyOrder,
  UserPolicies,
} from './directory/group-policy.ts';
import type { GroupPolicyVaultGrants } from './directory/group-policy-vault.ts';
import type { ProvisionedUsers } from './directory/provisioned-users.ts';
import type { ScimCalls, ScimGroups } from './directory/scim-group.ts';
import type { ScimUsers } from './directory/scim-user.ts';
import type { SecurityProviders } from './directory/security-provider.ts';
import type { Users } from './directory/user.ts';
import type { EcmHosts } from './ecm/ecm-host.ts';
import type { EcmNotices } from './ecm/ecm-notice.ts';
import type { EcmPresence } from './ecm/ecm-presence.ts';
import type { EcmRequests } from './ecm/ecm-requests.ts';
import type { EcmSessionFacts } from './ecm/ecm-session-facts.ts';
import type { ImportJobs, ImportStaging } from './jump/import/import-ports.ts';
import type { JumpClients } from './jump/jump-client.ts';
import type { JumpClientInstallers } from './jump/jump-client-installer.ts';
import type { JumpGroupMembers, JumpGroups } from './jump/jump-group.ts';
import type { JumpItems } from './jump/jump-item.ts';
import type { JumpItemRoles } from './jump/jump-item-role.ts';
import type { JumpItemSearch } from './jump/jump-item-search.ts';
import type { JumpPolicies } from './jump/jump-policy.ts';
import type { EnrolmentTokens, JumpointMembers, Jumpoints } from './jump/jumpoint.ts';
import type { LaunchJumpoints, LaunchTokens } from './jump/launch-token.ts';
import type { PortalSignIns } from './portals/portal-sign-in.ts';
import type { PublicPortals } from './portals/public-portal.ts';
import type { CustomSessionAttributes } from './sessions/custom-session-attribute.ts';
import type { JumpStarts } from './sessions/jump-facts.ts';
import type { JumpointPresence } from './sessions/jumpoint-presence.ts';
import type { RelayTickets } from './sessions/relay-tickets.ts';
import type { ServerNodes } from './sessions/server-nodes.ts';
import type { SessionCredentials } from './sessions/session-credential.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { SiteSettingStore } from './settings/site-settings.ts';
import type { CannedMessages } from './support/canned-message.ts';
import type { CannedScripts } from './support/canned-script.ts';
import type { CustomRepLinks } from './support/custom-rep-link.ts';
import type { EndpointAutomation } from './support/endpoint-automation.ts';
import type { Issues } from './support/issue.ts';
import type { RepStatuses } from './support/rep-status.ts';
import type { Skills, SkillUsers } from './support/skill.ts';
import type { Teams, TeamUsers } from './support/team.ts';
import type { CredentialPreferences } from './vault/credential-preferences.ts';
import type { EffectiveVaultAccess } from './vault/effective-vault-access.ts';
import type { SealedSecretRows } from './vault/keys/sealed-secrets.ts';
import type { VaultKeyRecords } from './vault/keys/vault-keys.ts';
import type { OwnVault } from './vault/own-vault.ts';
import type { VaultRotations } from './vault/rotation/vault-rotation.ts';
import type { VaultAccess } from './vault/vault-access.ts';
import type { VaultAccounts, VaultAccountUsers } from './vault/vault-account.ts';
import type { VaultAccountGroups, VaultAccountGroupUsers } from './vault/vault-account-group.ts';
import type { VaultAccountPolicies } from './vault/vault-account-policy.ts';
import type { VaultActivity } from './vault/vault-activity.ts';
import type { VaultAssociations } from './vault/vault-association.ts';
import type { VaultCheckOuts } from './vault/vault-check-out.ts';
import type { VaultEndpoints } from './vault/vault-endpoint.ts';
import type { VaultInjectables } from './vault/vault-injection.ts';

/** Every repository port, bound to one connection or one transaction. */
export interface Stores {
  apiTokens: ApiTokens;
  apiAccountLogins: ApiAccountLogins;
  userCredentials: UserCredentials;
  userLogins: UserLogins;
  signInFailures: SignInFailures;
  repInvitations: RepInvitations;
  signInAttempts: SignInAttempts;
  provisionedUsers: ProvisionedUsers;
  secondFactors: SecondFactors;
  firstInhabitants: FirstInhabitants;
  auditLog: AuditLog;
  siteSettings: SiteSettingStore;
  enrolmentTokens: EnrolmentTokens;
  jumpointMembers: JumpointMembers;
  jumpoints: Jumpoints;
  apiAccounts: ApiAccounts;
  customSessionAttributes: CustomSessionAttributes;
  publicPortals: PublicPortals;
  sessionPolicies: SessionPolicies;
  securityProviders: SecurityProviders;
  scimUsers: ScimUsers;
  scimGroups: ScimGroups;
  scimCalls: ScimCalls;
  sealedSecrets: SealedSecretRows;
  directorySyncs: DirectorySyncs;
  directoryOutcomes: DirectoryOutcomes;
  assertionReplays: AssertionReplays;
  portalSignIns: PortalSignIns;
  accessFacts: AccessFactsSource;
  accessWorld: AccessWorldSource;
  accessTargets: AccessTargets;
  memberCandidates: MemberCandidates;
  teamCandidates: TeamCandidateSource;
  sessionPolicyFacts: SessionPolicyFactsSource;
  jumpItems: JumpItems;
  jumpClients: JumpClients;
  jumpClientInstallers: JumpClientInstallers;
  jumpItemSearch: JumpItemSearch;
  jumpItemRoles: JumpItemRoles;
  users: Users;
  userPolicies: UserPolicies;
  groupPolicies: GroupPolicies;
  groupPolicyOrder: GroupPolicyOrder;
  groupPolicyMembers: GroupPolicyMembers;
  groupPolicyContents: GroupPolicyContents;
  groupPolicyVaultGrants: GroupPolicyVaultGrants;
  jumpPolicies: JumpPolicies;
  importJobs: ImportJobs;
  importStaging: ImportStaging;
  jumpGroups: JumpGroups;
  jumpGroupMembers: JumpGroupMembers;
  serverNodes: ServerNodes;
  jumpointPresence: JumpointPresence;
  sessions: Sessions;
  sessionCredentials: SessionCredentials;
  relayTickets: RelayTickets;
  jumpStarts: JumpStarts;
  launchTokens: LaunchTokens;
  launchJumpoints: LaunchJumpoints;
  vaultAssociations: VaultAssociations;
  ownVault: OwnVault;
  vaultAccounts: VaultAccounts;
  vaultAccountUsers: VaultAccountUsers;
  vaultAccess: VaultAccess;
  effectiveVaultAccess: EffectiveVaultAccess;
  vaultActivity: VaultActivity;
  vaultKeys: VaultKeyRecords;
  vaultCheckOuts: VaultCheckOuts;
  vaultInjectables: VaultInjectables;
  vaultRotations: VaultRotations;
  credentialPreferences: CredentialPreferences;
  vaultAccountGroups: VaultAccountGroups;
  vaultAccountGroupUsers: VaultAccountGroupUsers;
  vaultAccountPolicies: VaultAccountPolicies;
  vaultEndpoints: VaultEndpoints;
  ecmHosts: EcmHosts;
  ecmPresence: EcmPresence;
  ecmRequests: EcmRequests;
  ecmNotices: EcmNotices;
  ecmSessionFacts: EcmSessionFacts;
  teams: Teams;
  teamUsers: TeamUsers;
  repStatuses: RepStatuses;
  skills: Skills;
  skillUsers: SkillUsers;
  issues: Issues;
  cannedScripts: CannedScripts;
  cannedMessages: CannedMessages;
  customRepLinks: CustomRepLinks;
  endpointAutomation: EndpointAutomation;
}

/** What must succeed together shares a transaction. */
export interface UnitOfWork {
  /**
   * Runs the work in one transaction and commits before it resolves. A throw rolls everything back. Work that got into
   * a deadlock runs again from the start, so what it does outside the database belongs behind it.
   * Fails with `unavailable` when the database cannot be reached.
   */
  inTransaction<T>(work: (stores: Stores) => Promise<T>): Promise<T>;
}

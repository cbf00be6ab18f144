import type { Stores, UnitOfWork } from '../appliance/stores.ts';
import { PgAccessFacts } from './access/pg-access-facts.ts';
import { PgAccessTargets } from './access/pg-access-targets.ts';
import { PgAccessWorld } from './access/pg-access-world.ts';
import { PgApiAccounts } from './access/pg-api-accounts.ts';
import { PgApiAccountLogins, PgApiTokens } from './access/pg-api-tokens.ts';
import { PgFirstInhabitants } from './access/pg-first-inhabitants.ts';
import { PgMemberCandidates } from './access/pg-member-candidates.ts';
import { PgRepInvitations } from './access/pg-rep-invitations.ts';
import { PgSecondFactors } from './access/pg-second-factors.ts';
import { PgSessionPolicies } from './access/pg-session-policies.ts';
import { PgSessionPolicyFacts } from './access/pg-session-policy-facts.ts';
import { PgSignInAttempts } from './access/pg-sign-in-attempts.ts';
import { PgSignInFailures } from './access/pg-sign-in-failures.ts';
import { PgUserCredentials } from './access/pg-user-credentials.ts';
import { PgUserLogins } from './access/pg-user-logins.ts';
import { PgAuditLog } from './audit/pg-audit-log.ts';
import { translated } from './constraint-errors.ts';
import { PgAssertionReplays } from './directory/pg-assertion-replays.ts';
import { PgDirectoryOutcomes } from './directory/pg-directory-outcomes.ts';
import { PgDirectorySyncs } from './directory/pg-directory-syncs.ts';
import { PgGroupPolicies, PgGroupPolicyOrder } from './directory/pg-group-policies.ts';
import { PgGroupPolicyContents } from './directory/pg-group-policy-contents.ts';
import { PgGroupPolicyMembers, PgUserPolicies } from './directory/pg-group-policy-members.ts';
import { PgGroupPolicyVaultGrants } from './directory/pg-group-policy-vault-grants.ts';
import { PgProvisionedUsers } from './directory/pg-provisioned-users.ts';
import { PgScimCalls } from './directory/pg-scim-calls.ts';
import { PgScimGroups } from './directory/pg-scim-groups.ts';
import { PgScimUsers } from './directory/pg-scim-users.ts';
import { PgSecurityProviders } from './directory/pg-security-providers.ts';
import { PgUsers } from './directory/pg-users.ts';
import { PgEcmHosts } from './ecm/pg-ecm-hosts.ts';
import { PgEcmNotices } from './ecm/pg-ecm-notices.ts';
import { PgEcmPresence } from './ecm/pg-ecm-presence.ts';
import { PgEcmRequests } from './ecm/pg-ecm-requests.ts';
import { PgEcmSessionFacts } from './ecm/pg-ecm-session-facts.ts';
import { PgImportJobs } from './jump/pg-import-jobs.ts';
import { PgImportStaging } from './jump/pg-import-staging.ts';
import { PgJumpClientInstallers } from './jump/pg-jump-client-installers.ts';
import { PgJumpClients } from './jump/pg-jump-clients.ts';
import { PgJumpGroupMembers, PgJumpGroups } from './jump/pg-jump-groups.ts';
import { PgJumpItemRoles } from './jump/pg-jump-item-roles.ts';
import { PgJumpItemSearch } from './jump/pg-jump-item-search.ts';
import { PgJumpItems } from './jump/pg-jump-items.ts';
import { PgJumpPolicies } from './jump/pg-jump-policies.ts';
import { PgEnrolmentTokens, PgJumpointMembers, PgJumpoints } from './jump/pg-jumpoints.ts';
import { PgLaunchJumpoints } from './jump/pg-launch-jumpoints.ts';
import { PgLaunchTokens } from './jump/pg-launch-tokens.ts';
import { PgServerNodes } from './node-bus/pg-server-nodes.ts';
import { PgPortalSignIns } from './portals/pg-portal-sign-ins.ts';
import { PgPublicPortals } from './portals/pg-public-portals.ts';
import { PgCustomSessionAttributes } from './sessions/pg-custom-session-attributes.ts';
import { PgJumpStarts } from './sessions/pg-jump-starts.ts';
import { PgJumpointPresence } from './sessions/pg-jumpoint-presence.ts';
import { PgRelayTickets } from './sessions/pg-relay-tickets.ts';
import { PgSessionCredentials } from './sessions/pg-session-credentials.ts';
import { PgSessions } from './sessions/pg-sessions.ts';
import { PgSiteSettingStore } from './settings/pg-site-setting-store.ts';
import type { Sql, SqlPool } from './sql.ts';
import { PgCannedMessages } from './support/pg-canned-messages.ts';
import { PgCannedScripts } from './support/pg-canned-scripts.ts';
import { PgCustomRepLinks } from './support/pg-custom-rep-links.ts';
import { PgEndpointAutomation } from './support/pg-endpoint-automation.ts';
import { PgIssues } from './support/pg-issues.ts';
import { PgRepStatuses } from './support/pg-rep-statuses.ts';
import { PgSkills, PgSkillUsers } from './support/pg-skills.ts';
import { PgTeams, PgTeamUsers } from './support/pg-teams.ts';
import { PgCredentialPreferences } from './vault/pg-credential-preferences.ts';
import { PgEffectiveVaultAccess } from './vault/pg-effective-vault-access.ts';
import { PgOwnVault } from './vault/pg-own-vault.ts';
import { PgSealedSecrets } from './vault/pg-sealed-secrets.ts';
import { PgVaultAccess } from './vault/pg-vault-access.ts';
import { PgVaultAccountGroups, PgVaultAccountGroupUsers } from './vault/pg-vault-account-groups.ts';
import { PgVaultAccountPolicies } from './vault/pg-vault-account-policies.ts';
import { PgVaultAccounts, PgVaultAccountUsers } from './vault/pg-vault-accounts.ts';
import { PgVaultActivity } from './vault/pg-vault-activity.ts';
import { PgVaultAssociations } from './vault/pg-vault-associations.ts';
import { PgVaultCheckOuts } from './vault/pg-vault-check-outs.ts';
import { PgVaultEndpoints } from './vault/pg-vault-endpoints.ts';
import { PgVaultInjectables } from './vault/pg-vault-injectables.ts';
import { PgVaultKeys } from './vault/pg-vault-keys.ts';
import { PgVaultRotations } from './vault/pg-vault-rotations.ts';

/** Every repository over one connection, pool or transaction; `written` collects what a transaction waits for. */
export function pgStores(sql: Sql, written?: Promise<unknown>[]): Stores {
  return {
    apiTokens: new PgApiTokens(sql),
    apiAccountLogins: new PgApiAccountLogins(sql),
    userCredentials: new PgUserCredentials(sql),
    userLogins: new PgUserLogins(sql),
    signInFailures: new PgSignInFailures(sql),
    repInvitations: new PgRepInvitations(sql),
    signInAttempts: new PgSignInAttempts(sql),
    provisionedUsers: new PgProvisionedUsers(sql),
    secondFactors: new PgSecondFactors(sql),
    firstInhabitants: new PgFirstInhabitants(sql),
    auditLog: new PgAuditLog(sql, written),
    siteSettings: new PgSiteSettingStore(sql),
    enrolmentTokens: new PgEnrolmentTokens(sql),
    jumpointMembers: new PgJumpointMembers(sql),
    jumpoints: new PgJumpoints(sql),
    apiAccounts: new PgApiAccounts(sql),
    customSessionAttributes: new PgCustomSessionAttributes(sql),
    publicPortals: new PgPublicPortals(sql),
    sessionPolicies: new PgSessionPolicies(sql),
    securityProviders: new PgSecurityProviders(sql),
    scimUsers: new PgScimUsers(sql),
    scimGroups: new PgScimGroups(sql),
    scimCalls: new PgScimCalls(sql),
    sealedSecrets: new PgSealedSecrets(sql),
    directorySyncs: new PgDirectorySyncs(sql),
    directoryOutcomes: new PgDirectoryOutcomes(sql),
    assertionReplays: new PgAssertionReplays(sql),
    portalSignIns: new PgPortalSignIns(sql),
    accessFacts: new PgAccessFacts(sql),
    accessWorld: new PgAccessWorld(sql),
    accessTargets: new PgAccessTargets(sql),
    memberCandidates: new PgMemberCandidates(sql),
    teamCandidates: new PgAccessFacts(sql),
    sessionPolicyFacts: new PgSessionPolicyFacts(sql),
    jumpItems: new PgJumpItems(sql),
    jumpClients: new PgJumpClients(sql),
    jumpClientInstallers: new PgJumpClientInstallers(sql),
    jumpItemSearch: new PgJumpItemSearch(sql),
    jumpItemRoles: new PgJumpItemRoles(sql),
    users: new PgUsers(sql),
    userPolicies: new PgUserPolicies(sql),
    groupPolicies: new PgGroupPolicies(sql),
    groupPolicyOrder: new PgGroupPolicyOrder(sql),
    groupPolicyMembers: new PgGroupPolicyMembers(sql),
    groupPolicyContents: new PgGroupPolicyContents(sql),
    groupPolicyVaultGrants: new PgGroupPolicyVaultGrants(sql),
    jumpPolicies: new PgJumpPolicies(sql),
    importJobs: new PgImportJobs(sql),
    importStaging: new PgImportStaging(sql),
    jumpGroups: new PgJumpGroups(sql),
    jumpGroupMembers: new PgJumpGroupMembers(sql),
    serverNodes: new PgServerNodes(sql),
    jumpointPresence: new PgJumpointPresence(sql),
    sessions: new PgSessions(sql),
    sessionCredentials: new PgSessionCredentials(sql),
    relayTickets: new PgRelayTickets(sql),
    jumpStarts: new PgJumpStarts(sql),
    launchTokens: new PgLaunchTokens(sql),
    launchJumpoints: new PgLaunchJumpoints(sql),
    vaultAssociations: new PgVaultAssociations(sql),
    ownVault: new PgOwnVault(sql),
    vaultAccounts: new PgVaultAccounts(sql),
    vaultAccountUsers: new PgVaultAccountUsers(sql),
    vaultAccess: new PgVaultAccess(sql),
    effectiveVaultAccess: new PgEffectiveVaultAccess(sql),
    vaultActivity: new PgVaultActivity(sql),
    vaultKeys: new PgVaultKeys(sql),
    vaultCheckOuts: new PgVaultCheckOuts(sql),
    vaultInjectables: new PgVaultInjectables(sql),
    vaultRotations: new PgVaultRotations(sql),
    credentialPreferences: new PgCredentialPreferences(sql),
    vaultAccountGroups: new PgVaultAccountGroups(sql),
    vaultAccountGroupUsers: new PgVaultAccountGroupUsers(sql),
    vaultAccountPolicies: new PgVaultAccountPolicies(sql),
    vaultEndpoints: new PgVaultEndpoints(sql),
    ecmHosts: new PgEcmHosts(sql),
    ecmPresence: new PgEcmPresence(sql),
    ecmRequests: new PgEcmRequests(sql),
    ecmNotices: new PgEcmNotices(sql),
    ecmSessionFacts: new PgEcmSessionFacts(sql),
    teams: new PgTeams(sql),
    teamUsers: new PgTeamUsers(sql),
    repStatuses: new PgRepStatuses(sql),
    skills: new PgSkills(sql),
    skillUsers: new PgSkillUsers(sql),
    issues: new PgIssues(sql),
    cannedScripts: new PgCannedScripts(sql),
    cannedMessages: new PgCannedMessages(sql),
    customRepLinks: new PgCustomRepLinks(sql),
    endpointAutomation: new PgEndpointAutomation(sql),
  };
}

const MOST_ATTEMPTS = 3;

export class PgUnitOfWork implements UnitOfWork {
  readonly #sql: SqlPool;

  constructor(sql: SqlPool) {
    this.#sql = sql;
  }

  async inTransaction<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    // Audit rows and the commit travel together, which saves a round trip. A row that fails turns the commit into a
    // rollback, of which the database speaks in the row's answer alone.
    for (let attempt = 1; ; attempt++) {
      const written: Promise<unknown>[] = [];
      try {
        const result = (await this.#sql.begin((sql) => work(pgStores(sql, written)))) as T;
        await Promise.all(written);
        return result;
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !isDeadlock(error)) throw translated(error);
      }
    }
  }
}

/** Two changes that waited for each other: the database has undone this one and let the other go on. */
function isDeadlock(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '40P01';
}

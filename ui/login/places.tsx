import {
  IconAddressBook,
  IconAdjustments,
  IconCalendarTime,
  IconCertificate,
  IconClipboardList,
  IconExternalLink,
  IconFileImport,
  IconFolderCog,
  IconFolders,
  IconHelpHexagon,
  IconId,
  IconInfoCircle,
  IconKey,
  IconListDetails,
  IconLockAccess,
  IconLockCog,
  IconLockPassword,
  IconMessages,
  IconPlugConnected,
  IconReportSearch,
  IconScript,
  IconServerCog,
  IconSettings,
  IconShieldCheck,
  IconStack2,
  IconTags,
  IconTerminal2,
  IconUserCheck,
  IconUsers,
  IconUsersGroup,
  IconWorld,
  IconZoomQuestion,
} from '@tabler/icons-react';
import { type ComponentType, lazy, type ReactNode } from 'react';
import type { Place } from '../shared/shell.tsx';
import type { Me } from '../shared/signed-in.tsx';

const icon = { size: 18, 'aria-hidden': true } as const;

/** A page of the administration, loaded when somebody first goes there. */
export interface AdministrationPlace extends Place {
  page: ReactNode;
  /** More addresses beneath the page's own, e.g. `/:id`. */
  beneath?: { path: string; page: ReactNode }[];
  /** Whoever holds one of these rights may go there as well as administrators. */
  rights?: readonly string[];
}

/** In the order of the navigation; places of one section stand together. */
export const PLACES: AdministrationPlace[] = [
  {
    section: 'Jump',
    path: '/jump-items',
    label: 'Jump Items',
    icon: <IconListDetails {...icon} />,
    page: page(async () => (await import('./jump/jump-items.tsx')).JumpItemsPage),
  },
  {
    section: 'Jump',
    path: '/import',
    label: 'Import',
    icon: <IconFileImport {...icon} />,
    page: page(async () => (await import('./jump/import.tsx')).ImportPage),
    beneath: [{ path: '/:id', page: page(async () => (await import('./jump/import.tsx')).ImportJobPage) }],
  },
  {
    section: 'Jump',
    path: '/jump-groups',
    label: 'Jump Groups',
    icon: <IconFolders {...icon} />,
    page: page(async () => (await import('./jump/jump-groups.tsx')).JumpGroupsPage),
    rights: ['perm_edit_jump_groups'],
  },
  {
    section: 'Jump',
    path: '/jumpoints',
    label: 'Jumpoints',
    icon: <IconPlugConnected {...icon} />,
    page: page(async () => (await import('./jump/jumpoints.tsx')).JumpointsPage),
    rights: ['perm_admin_pushagents'],
  },
  {
    section: 'Jump',
    path: '/jump-policies',
    label: 'Jump Policies',
    icon: <IconCalendarTime {...icon} />,
    page: page(async () => (await import('./jump/jump-policies.tsx')).JumpPoliciesPage),
  },
  {
    section: 'Jump',
    path: '/jump-item-roles',
    label: 'Jump Item Roles',
    icon: <IconLockAccess {...icon} />,
    page: page(async () => (await import('./jump/jump-item-roles.tsx')).JumpItemRolesPage),
  },
  {
    section: 'Users & Security',
    path: '/users',
    label: 'Users',
    icon: <IconUsers {...icon} />,
    page: page(async () => (await import('./users/users.tsx')).UsersPage),
    beneath: [{ path: '/:id', page: page(async () => (await import('./users/user.tsx')).UserPage) }],
    rights: ['perm_set_passwords'],
  },
  {
    section: 'Users & Security',
    path: '/group-policies',
    label: 'Group policies',
    icon: <IconStack2 {...icon} />,
    page: page(async () => (await import('./directory/group-policies.tsx')).GroupPoliciesPage),
    beneath: [
      {
        path: '/:id',
        page: page(async () => (await import('./directory/group-policy.tsx')).GroupPolicyPage),
      },
    ],
  },
  {
    section: 'Users & Security',
    path: '/session-policies',
    label: 'Session policies',
    icon: <IconShieldCheck {...icon} />,
    page: page(async () => (await import('./access/session-policies.tsx')).SessionPoliciesPage),
    beneath: [
      {
        path: '/global',
        page: page(async () => (await import('./access/session-policy.tsx')).GlobalSessionPolicyPage),
      },
      {
        path: '/:id',
        page: page(async () => (await import('./access/session-policy.tsx')).SessionPolicyPage),
      },
    ],
  },
  {
    section: 'Users & Security',
    path: '/simulator',
    label: 'Policy simulator',
    icon: <IconAdjustments {...icon} />,
    page: page(async () => (await import('./access/session-simulator.tsx')).SessionSimulatorPage),
  },
  {
    section: 'Users & Security',
    path: '/access',
    label: 'Who may do what',
    icon: <IconZoomQuestion {...icon} />,
    page: page(async () => (await import('./access/access-page.tsx')).AccessPage),
    beneath: ['/who-may', '/person'].map((path) => ({
      path,
      page: page(async () => (await import('./access/access-page.tsx')).AccessPage),
    })),
  },
  {
    section: 'Users & Security',
    path: '/security-providers',
    label: 'Security providers',
    icon: <IconAddressBook {...icon} />,
    page: page(async () => (await import('./directory/security-providers.tsx')).SecurityProvidersPage),
    beneath: [
      {
        path: '/:id',
        page: page(async () => (await import('./directory/security-provider.tsx')).SecurityProviderPage),
      },
    ],
  },
  {
    section: 'Users & Security',
    path: '/api-accounts',
    label: 'API accounts',
    icon: <IconKey {...icon} />,
    page: page(async () => (await import('./api-accounts.tsx')).ApiAccountsPage),
  },
  {
    section: 'Vault',
    path: '/vault/accounts',
    label: 'Vault accounts',
    icon: <IconLockPassword {...icon} />,
    page: page(async () => (await import('./vault/accounts.tsx')).VaultAccountsPage),
    beneath: [
      { path: '/:id', page: page(async () => (await import('./vault/account.tsx')).VaultAccountPage) },
    ],
    rights: ['perm_vault'],
  },
  {
    section: 'Vault',
    path: '/vault/account-groups',
    label: 'Account groups',
    icon: <IconFolderCog {...icon} />,
    page: page(async () => (await import('./vault/account-groups.tsx')).AccountGroupsPage),
    beneath: [
      { path: '/:id', page: page(async () => (await import('./vault/account-group.tsx')).AccountGroupPage) },
    ],
    rights: ['perm_vault'],
  },
  {
    section: 'Vault',
    path: '/vault/account-policies',
    label: 'Account policies',
    icon: <IconLockCog {...icon} />,
    page: page(async () => (await import('./vault/account-policies.tsx')).AccountPoliciesPage),
    rights: ['perm_vault'],
  },
  {
    section: 'Vault',
    path: '/vault/endpoints',
    label: 'Endpoints',
    icon: <IconServerCog {...icon} />,
    page: page(async () => (await import('./vault/endpoints.tsx')).EndpointsPage),
    rights: ['perm_vault'],
  },
  {
    section: 'Vault',
    path: '/vault/activity',
    label: 'Vault activity',
    icon: <IconReportSearch {...icon} />,
    page: page(async () => (await import('./vault/activity.tsx')).VaultActivityPage),
    rights: ['perm_vault', 'perm_view_vault_reports'],
  },
  {
    section: 'Support',
    path: '/sessions',
    label: 'Sessions',
    icon: <IconTerminal2 {...icon} />,
    page: page(async () => (await import('./sessions.tsx')).SessionsPage),
  },
  {
    section: 'Support',
    path: '/teams',
    label: 'Teams',
    icon: <IconUsersGroup {...icon} />,
    page: page(async () => (await import('./support/teams.tsx')).TeamsPage),
    rights: ['perm_edit_sd_teams'],
  },
  {
    section: 'Support',
    path: '/rep-statuses',
    label: 'Statuses',
    icon: <IconUserCheck {...icon} />,
    page: page(async () => (await import('./support/rep-statuses.tsx')).RepStatusesPage),
  },
  {
    section: 'Support',
    path: '/issues',
    label: 'Issues',
    icon: <IconHelpHexagon {...icon} />,
    page: page(async () => (await import('./support/issues.tsx')).IssuesPage),
    rights: ['perm_edit_issues'],
  },
  {
    section: 'Support',
    path: '/skills',
    label: 'Skills',
    icon: <IconCertificate {...icon} />,
    page: page(async () => (await import('./support/skills.tsx')).SkillsPage),
    rights: ['perm_edit_skills'],
  },
  {
    section: 'Support',
    path: '/canned-scripts',
    label: 'Canned scripts',
    icon: <IconScript {...icon} />,
    page: page(async () => (await import('./support/canned-scripts.tsx')).CannedScriptsPage),
    rights: ['perm_edit_canned_scripts'],
  },
  {
    section: 'Support',
    path: '/canned-messages',
    label: 'Canned messages',
    icon: <IconMessages {...icon} />,
    page: page(async () => (await import('./support/canned-messages.tsx')).CannedMessagesPage),
    rights: ['perm_edit_messages'],
  },
  {
    section: 'Support',
    path: '/custom-rep-links',
    label: 'Custom links',
    icon: <IconExternalLink {...icon} />,
    page: page(async () => (await import('./support/custom-rep-links.tsx')).CustomRepLinksPage),
    rights: ['perm_edit_custom_rep_links'],
  },
  {
    section: 'Support',
    path: '/public-portals',
    label: 'Public portals',
    icon: <IconWorld {...icon} />,
    page: page(async () => (await import('./support/public-portals.tsx')).PublicPortalsPage),
    rights: ['perm_edit_public_template'],
  },
  {
    section: 'Support',
    path: '/custom-attributes',
    label: 'Session attributes',
    icon: <IconTags {...icon} />,
    page: page(async () => (await import('./support/custom-attributes.tsx')).CustomAttributesPage),
  },
  {
    section: 'Status',
    path: '/status/information',
    label: 'Information',
    icon: <IconInfoCircle {...icon} />,
    page: page(async () => (await import('./status/information.tsx')).InformationPage),
  },
  {
    section: 'Site',
    path: '/audit',
    label: 'Audit',
    icon: <IconClipboardList {...icon} />,
    page: page(async () => (await import('./audit/audit.tsx')).AuditPage),
  },
  {
    section: 'Site',
    path: '/licenses',
    label: 'Licences',
    icon: <IconId {...icon} />,
    page: page(async () => (await import('./site/licenses.tsx')).LicensesPage),
  },
  {
    section: 'Site',
    path: '/settings',
    label: 'Site settings',
    icon: <IconSettings {...icon} />,
    page: page(async () => (await import('./site/site-settings.tsx')).SiteSettingsPage),
  },
];

/** Where this person may go. The API asks again at every call. */
export function placesOf(me: Me): AdministrationPlace[] {
  if (me.perm_admin) return PLACES;
  return PLACES.filter((place) => place.rights?.some((right) => me.rights.includes(right)));
}

function page(load: () => Promise<ComponentType>): ReactNode {
  const Page = lazy(async () => ({ default: await load() }));
  return <Page />;
}

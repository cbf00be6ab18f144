import { Alert } from '@mantine/core';
import {
  IconCalendarTime,
  IconClipboardList,
  IconFileImport,
  IconFolders,
  IconKey,
  IconListDetails,
  IconPlugConnected,
  IconSettings,
  IconTags,
  IconTerminal2,
  IconUsers,
} from '@tabler/icons-react';
import { Navigate, Route, Routes } from 'react-router';
import { Shell } from '../shared/shell.tsx';
import { useSession } from '../shared/signed-in.tsx';
import { startSurface } from '../shared/surface.tsx';
import { ApiAccountsPage } from './api-accounts.tsx';
import { AuditPage } from './audit.tsx';
import { ImportJobPage, ImportPage } from './import.tsx';
import { JumpGroupsPage } from './jump-groups.tsx';
import { JumpItemsPage } from './jump-items.tsx';
import { JumpPoliciesPage } from './jump-policies.tsx';
import { JumpointsPage } from './jumpoints.tsx';
import { SessionsPage } from './sessions.tsx';
import { CustomAttributesPage, SiteSettingsPage } from './site-settings.tsx';
import { UsersPage } from './users.tsx';

const icon = { size: 18, 'aria-hidden': true } as const;
const PLACES = [
  { path: '/jump-items', label: 'Jump Items', icon: <IconListDetails {...icon} /> },
  { path: '/import', label: 'Import', icon: <IconFileImport {...icon} /> },
  { path: '/jump-groups', label: 'Jump Groups', icon: <IconFolders {...icon} /> },
  { path: '/jumpoints', label: 'Jumpoints', icon: <IconPlugConnected {...icon} /> },
  { path: '/jump-policies', label: 'Jump Policies', icon: <IconCalendarTime {...icon} /> },
  { path: '/sessions', label: 'Sessions', icon: <IconTerminal2 {...icon} /> },
  { path: '/users', label: 'Users', icon: <IconUsers {...icon} /> },
  { path: '/api-accounts', label: 'API accounts', icon: <IconKey {...icon} /> },
  { path: '/custom-attributes', label: 'Session attributes', icon: <IconTags {...icon} /> },
  { path: '/audit', label: 'Audit', icon: <IconClipboardList {...icon} /> },
  { path: '/settings', label: 'Site settings', icon: <IconSettings {...icon} /> },
];

function Administration() {
  const { me } = useSession();
  return (
    <Shell
      title="Administration"
      places={me.perm_admin ? PLACES : []}
      elsewhere={{ href: '/console', label: 'Console' }}
    >
      {me.perm_admin ? (
        <Routes>
          <Route path="/" element={<Navigate to="/jump-items" replace />} />
          <Route path="/jump-items" element={<JumpItemsPage />} />
          <Route path="/import" element={<ImportPage />} />
          <Route path="/import/:id" element={<ImportJobPage />} />
          <Route path="/jump-groups" element={<JumpGroupsPage />} />
          <Route path="/jumpoints" element={<JumpointsPage />} />
          <Route path="/jump-policies" element={<JumpPoliciesPage />} />
          <Route path="/sessions" element={<SessionsPage />} />
          <Route path="/users" element={<UsersPage />} />
          <Route path="/api-accounts" element={<ApiAccountsPage />} />
          <Route path="/custom-attributes" element={<CustomAttributesPage />} />
          <Route path="/audit" element={<AuditPage />} />
          <Route path="/settings" element={<SiteSettingsPage />} />
          <Route path="*" element={<Alert color="yellow">There is no such page.</Alert>} />
        </Routes>
      ) : (
        <Alert color="yellow" title="This is for administrators">
          Your work is in the <a href="/console">console</a>.
        </Alert>
      )}
    </Shell>
  );
}

startSurface('/login', <Administration />);

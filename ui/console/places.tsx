import { IconHistory, IconListDetails, IconLockPassword, IconUserPlus } from '@tabler/icons-react';
import { lazy } from 'react';
import { type Place, SIGN_IN_SECURITY } from '../shared/shell.tsx';
import type { Me } from '../shared/signed-in.tsx';

const icon = { size: 18, 'aria-hidden': true } as const;

const PLACES: Place[] = [
  { path: '/', label: 'Jump Items', icon: <IconListDetails {...icon} /> },
  { path: '/recent', label: 'Recent sessions', icon: <IconHistory {...icon} /> },
  { path: '/vault-accounts', label: 'Vault Accounts', icon: <IconLockPassword {...icon} /> },
];
const INVITATIONS: Place = {
  path: '/invitations',
  label: 'Invitations',
  icon: <IconUserPlus {...icon} />,
};

/** Where something else than the Jump Items stands. */
export const OTHER_PAGES: readonly string[] = [
  '/recent',
  '/vault-accounts',
  INVITATIONS.path,
  SIGN_IN_SECURITY,
];

export const InvitationsPage = lazy(async () => ({
  default: (await import('./invitations.tsx')).InvitationsPage,
}));

export const VaultAccountsPage = lazy(async () => ({
  default: (await import('./vault-accounts.tsx')).VaultAccountsPage,
}));

/** Where this person may go. The API asks again at every call. */
export function placesOf(me: Me): Place[] {
  return me.rights.includes('perm_invite_external_rep') ? [...PLACES, INVITATIONS] : PLACES;
}

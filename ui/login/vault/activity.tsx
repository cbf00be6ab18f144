import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { mayConfigureVault } from '../../shared/administrative-rights.ts';
import { client, ok, type Schema } from '../../shared/api.ts';
import type { Column, Filter, ListAnswer, ListQuery } from '../../shared/list-controls.tsx';
import { ListPage } from '../../shared/list-page.tsx';
import { useSession } from '../../shared/signed-in.tsx';
import { VaultAccountPicker } from '../../shared/thing-pickers.tsx';
import { momentOf, Time } from '../../shared/time.tsx';
import { UserPicker } from '../../shared/user-picker.tsx';
import { SessionLink } from './session-link.tsx';

type Event = Schema<'VaultActivityEvent'>;

/** In the words of the report, which are those of the API. */
const EVENT_TYPES = [
  'Account Created',
  'Account Edited',
  'Account Deleted',
  'Credentials Checked Out',
  'Credentials Checked In',
  'Credentials Force Checked In',
  'Credentials Used',
  'Credential Injection Failed',
  'Password Rotation Scheduled',
  'Password Rotated',
  'Password Rotation Failed',
];

const FILTERS: Filter[] = [
  {
    name: 'event_type',
    label: 'Event',
    options: EVENT_TYPES.map((type) => ({ value: type, label: type })),
  },
  { name: 'from', label: 'From', moment: true },
  { name: 'before', label: 'Before', moment: true },
];

/** Whoever administers the vault may also choose among its accounts and among users. */
const FILTERS_OF_ADMINISTRATORS: Filter[] = [
  { name: 'account_id', label: 'Account', Picker: VaultAccountPicker },
  { name: 'user_id', label: 'User', Picker: UserPicker },
];

const ACCOUNT: Column<Event> = {
  id: 'account',
  title: 'Account',
  cell: (event) => <AccountOf event={event} />,
};
const COLUMNS: Column<Event>[] = [
  { id: 'at', title: 'When', cell: (event) => <Time at={event.occurred_at} /> },
  { id: 'event', title: 'Event', cell: (event) => event.event_type },
  { id: 'by', title: 'By', cell: (event) => actorInWords(event.performed_by) },
  { id: 'session', title: 'Session', cell: (event) => <SessionLink lsid={event.lsid} none="" /> },
  // The session stands in a column of its own.
  { id: 'data', title: 'More', cell: (event) => (event.data === event.lsid ? '' : event.data) },
];

/** What was done with the accounts of the vault, as far as this person may see it. */
export function VaultActivityPage() {
  const { me } = useSession();
  return (
    <ListPage<Event>
      name="vault-activity"
      title="Vault activity"
      help="What was done with the accounts of the vault and by whom, the latest first, kept for 90 days. You see what your right to vault reports allows: everything, or what you did yourself."
      empty="Nothing has been done with vault accounts that you may see."
      everyMs={15_000}
      rowKey={(event) => String(event.id)}
      columns={[...COLUMNS.slice(0, 2), ACCOUNT, ...COLUMNS.slice(2)]}
      filters={mayConfigureVault(me) ? [...FILTERS_OF_ADMINISTRATORS, ...FILTERS] : FILTERS}
      load={loadActivity}
    />
  );
}

/** What was done with one account. */
export function AccountActivity({ id }: { id: number }) {
  return (
    <ListPage<Event>
      name="vault-account-activity"
      title="Activity"
      level={2}
      empty="Nothing has been done with it in the last 90 days that you may see."
      everyMs={15_000}
      rowKey={(event) => String(event.id)}
      columns={COLUMNS}
      filters={FILTERS}
      load={(query, signal) =>
        loadActivity({ ...query, filters: { ...query.filters, account_id: String(id) } }, signal)
      }
    />
  );
}

async function loadActivity({ cursor, filters }: ListQuery, signal: AbortSignal): Promise<ListAnswer<Event>> {
  const { from, before, event_type, account_id, user_id } = filters;
  const query = {
    limit: 50,
    ...(cursor === undefined ? {} : { cursor }),
    ...(event_type === undefined ? {} : { event_type }),
    ...(account_id === undefined ? {} : { account_id: Number(account_id) }),
    ...(user_id === undefined ? {} : { user_id: Number(user_id) }),
    ...(from === undefined ? {} : { occurred_from: momentOf(from) }),
    ...(before === undefined ? {} : { occurred_before: momentOf(before) }),
  };
  const found = await ok(client.GET('/vault/activity', { params: { query }, signal }));
  return { items: found.items, nextCursor: found.next_cursor ?? undefined };
}

function AccountOf({ event }: { event: Event }) {
  const { me } = useSession();
  if (!mayConfigureVault(me) || event.event_type === 'Account Deleted') return <>{event.account_name}</>;
  return (
    <Anchor component={Link} to={`/vault/accounts/${event.account_id}`} size="sm">
      {event.account_name}
    </Anchor>
  );
}

function actorInWords({ kind, name }: Event['performed_by']): string {
  return kind === 'api_account' ? `${name} (API account)` : name;
}

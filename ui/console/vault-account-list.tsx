import { Badge, Text } from '@mantine/core';
import { client, ok } from '../shared/api.ts';
import type { Column, Filter, ListAnswer, ListQuery } from '../shared/list-controls.tsx';
import { Age, Time } from '../shared/time.tsx';
import { TYPE_OPTIONS, typeInWords } from '../shared/vault-account-fields.ts';
import type { OwnAccount } from './personal-account.tsx';

export const OWN_VAULT_COLUMNS: Column<OwnAccount>[] = [
  { id: 'name', title: 'Name', cell: (account) => account.name },
  { id: 'username', title: 'Username', cell: (account) => account.username },
  { id: 'type', title: 'Type', cell: (account) => typeInWords(account.type) },
  {
    id: 'group',
    title: 'Account group',
    cell: (account) =>
      account.personal ? <Badge color="river">personal</Badge> : (account.account_group_name ?? ''),
  },
  {
    id: 'role',
    title: 'You may',
    cell: (account) =>
      account.role === 'inject' ? 'use it in sessions' : 'use it in sessions, check it out',
  },
  { id: 'holder', title: 'Who has it', cell: (account) => <Holder account={account} /> },
  {
    id: 'since',
    title: 'You have it since',
    cell: (account) => <Time at={account.checked_out_timestamp} />,
    hidden: true,
  },
  {
    id: 'age',
    title: 'Age of the secret',
    cell: (account) => <Age since={account.secret_changed_timestamp} />,
    hidden: true,
  },
  { id: 'description', title: 'Description', cell: (account) => account.description, hidden: true },
];

const YES_NO = [
  { value: 'true', label: 'Yes' },
  { value: 'false', label: 'No' },
];

export const OWN_VAULT_FILTERS: Filter[] = [
  { name: 'type', label: 'Type', options: TYPE_OPTIONS },
  {
    name: 'role',
    label: 'You may',
    options: [
      { value: 'inject', label: 'Use it in sessions only' },
      { value: 'inject_and_checkout', label: 'Check it out too' },
    ],
  },
  { name: 'personal', label: 'Personal', options: YES_NO },
  { name: 'checked_out', label: 'Checked out by you', options: YES_NO },
];

export async function loadOwnAccounts(
  { cursor, search, filters }: ListQuery,
  signal: AbortSignal,
): Promise<ListAnswer<OwnAccount>> {
  const { personal, checked_out, ...exact } = filters;
  const query = {
    limit: 50,
    ...(cursor === undefined ? {} : { cursor }),
    ...(search === '' ? {} : { search }),
    ...(exact as { type?: OwnAccount['type']; role?: OwnAccount['role'] }),
    ...(personal === undefined ? {} : { personal: personal === 'true' }),
    ...(checked_out === undefined ? {} : { checked_out: checked_out === 'true' }),
  };
  const found = await ok(client.GET('/me/vault-account', { params: { query }, signal }));
  return { items: found.items, total: found.total, nextCursor: found.next_cursor ?? undefined };
}

function Holder({ account }: { account: OwnAccount }) {
  const others = [
    ...new Set(account.check_outs.filter(({ mine }) => !mine).map((held) => held.checked_out_by)),
  ];
  const mine = account.check_outs.some((held) => held.mine);
  if (!mine && others.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        nobody
      </Text>
    );
  }
  return (
    <>
      {mine && <Badge color="teal">you</Badge>} {others.join(', ')}
    </>
  );
}

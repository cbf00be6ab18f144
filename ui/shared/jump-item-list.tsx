import { Badge } from '@mantine/core';
import { client, ok, type Schema } from './api.ts';
import { useJumpGroupChoices, useJumpointChoices } from './choices.ts';
import { KIND_LABELS } from './jump-item-kinds.ts';
import type { Column, ListQuery } from './list-controls.tsx';
import { Time } from './time.tsx';

export type JumpItemSummary = Schema<'JumpItemSummary'>;

const STATUS_COLOUR: Record<JumpItemSummary['status'], string> = {
  available: 'teal',
  offline: 'gray',
  disabled: 'red',
};

export const JUMP_ITEM_COLUMNS: Column<JumpItemSummary>[] = [
  { id: 'name', title: 'Name', cell: (item) => item.name, sort: 'name' },
  { id: 'hostname', title: 'Hostname / IP', cell: (item) => item.hostname, sort: 'hostname' },
  { id: 'type', title: 'Jump method', cell: (item) => KIND_LABELS[item.type], sort: 'jump_method' },
  { id: 'group', title: 'Group', cell: (item) => item.group, sort: 'group' },
  { id: 'jumpoint', title: 'Jumpoint', cell: (item) => item.jumpoint, sort: 'jumpoint' },
  {
    id: 'status',
    title: 'Status',
    sort: 'status',
    cell: (item) => <Badge color={STATUS_COLOUR[item.status]}>{item.status}</Badge>,
  },
  { id: 'tag', title: 'Tag', cell: (item) => item.tag, sort: 'tag' },
  { id: 'comments', title: 'Comments', cell: (item) => item.comments, sort: 'comments', hidden: true },
  {
    id: 'last_accessed',
    title: 'Last accessed',
    cell: (item) => <Time at={item.last_accessed} none="never" />,
    sort: 'last_accessed',
  },
  { id: 'external_id', title: 'External id', cell: (item) => item.external_id, hidden: true },
  { id: 'domain', title: 'Domain', cell: (item) => item.domain, sort: 'domain', hidden: true },
  { id: 'fqdn', title: 'FQDN', cell: (item) => item.fqdn, sort: 'fqdn', hidden: true },
  {
    id: 'private_ip',
    title: 'Private IP',
    cell: (item) => item.private_ip,
    sort: 'private_ip',
    hidden: true,
  },
  { id: 'public_ip', title: 'Public IP', cell: (item) => item.public_ip, sort: 'public_ip', hidden: true },
  {
    id: 'console_user',
    title: 'Console user',
    cell: (item) => item.console_user,
    sort: 'console_user',
    hidden: true,
  },
  { id: 'workgroup', title: 'Workgroup', cell: (item) => item.workgroup, sort: 'workgroup', hidden: true },
];

/** The key-paged search over every kind, as both surfaces use it. */
export async function searchJumpItems(query: ListQuery, signal: AbortSignal) {
  const { jump_group_id, jumpoint_id, type } = query.filters;
  const answer = await ok(
    client.GET('/jump-item', {
      signal,
      params: {
        query: {
          limit: 50,
          ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
          ...(query.search === '' ? {} : { search: query.search }),
          ...(query.sort === undefined ? {} : { sort: query.sort as 'name' }),
          ...(query.descending ? { order: 'desc' as const } : {}),
          ...(type === undefined ? {} : { type }),
          ...(jump_group_id === undefined ? {} : { jump_group_id: Number(jump_group_id) }),
          ...(jumpoint_id === undefined ? {} : { jumpoint_id: Number(jumpoint_id) }),
        },
      },
    }),
  );
  return { items: answer.items, total: answer.total, nextCursor: answer.next_cursor ?? undefined };
}

export function useJumpItemFilters() {
  return [
    {
      name: 'type',
      label: 'Jump method',
      options: Object.entries(KIND_LABELS).map(([value, label]) => ({ value, label })),
    },
    { name: 'jump_group_id', label: 'Jump Group', options: useJumpGroupChoices() },
    { name: 'jumpoint_id', label: 'Jumpoint', options: useJumpointChoices() },
  ];
}

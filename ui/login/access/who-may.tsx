import { Anchor, Badge, Group, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { client, ok, pageOf, type Schema } from '../../shared/api.ts';
import { useJumpGroupChoices } from '../../shared/choices.ts';
import { JumpItemPicker, nameOfItem } from '../../shared/jump-item-picker.tsx';
import { ListPage } from '../../shared/list-page.tsx';
import { SourceBadge } from '../../shared/source-badge.tsx';
import { useLoaded } from '../../shared/use-loaded.ts';
import { nameOfUser } from '../../shared/user-picker.tsx';
import { Brief } from './explain.tsx';
import { sourceInWords } from './path.tsx';
import { WhyLink } from './why-link.tsx';
import { type AccessAction, becauseInWords, WHO_MAY_ACTIONS } from './words.ts';

type WhoMay = Schema<'WhoMay'>;
type WhoMayAction = Schema<'WhoMayAction'>;

/** Everybody with the answer of the rules about one Jump Item, or about what is in one Jump Group. */
export function WhoMayTable() {
  const [address, setAddress] = useSearchParams();
  const groups = useJumpGroupChoices();
  const item = Number(address.get('item')) || undefined;
  const group = Number(address.get('group')) || undefined;
  const [kind, setKind] = useState<'item' | 'group'>(group === undefined ? 'item' : 'group');
  const ask = (name: 'item' | 'group', id: number | string | null) =>
    setAddress(id === null ? {} : { [name]: String(id) });
  const action = (address.get('action') ?? 'start') as AccessAction;
  const about = item ?? group;
  const named = useLoaded(`name of Jump Item ${item ?? ''}`, async (signal) => {
    if (item === undefined) return undefined;
    // The answer about oneself has the names of what the address knows by its id.
    const body = { action: 'see' as const, jump_item: { id: item } };
    return (await ok(client.POST('/access/explain', { body, signal }))).jump_item ?? undefined;
  });
  const initial =
    named.data === undefined || named.data.id !== item
      ? undefined
      : { value: String(named.data.id), label: nameOfItem(named.data) };
  return (
    <Stack>
      <Group align="end">
        <SegmentedControl
          aria-label="Asked about"
          value={kind}
          onChange={(next) => {
            setKind(next);
            setAddress({});
          }}
          data={[
            { value: 'item', label: 'A Jump Item' },
            { value: 'group', label: 'What is in a Jump Group' },
          ]}
        />
        {kind === 'item' ? (
          <div style={{ flex: '0 1 24rem' }}>
            <JumpItemPicker
              key={initial?.value}
              label="Jump Item"
              value={item ?? null}
              initial={initial}
              error={named.error?.message}
              onChange={(id) => ask('item', id)}
            />
          </div>
        ) : (
          <Select
            label="Jump Group"
            searchable
            data={groups}
            value={group === undefined ? null : String(group)}
            onChange={(id) => ask('group', id)}
          />
        )}
      </Group>
      {about === undefined ? (
        <Text c="dimmed">Choose what is asked about.</Text>
      ) : (
        <ListPage<WhoMay>
          key={`${item} ${group}`}
          name="who-may"
          title="Who may …"
          level={2}
          empty="Nobody."
          searchable
          rowKey={(person) => String(person.id)}
          filters={[
            { name: 'action', label: 'May … (start a session)', options: WHO_MAY_ACTIONS },
            {
              name: 'decision',
              label: 'Answer',
              options: [
                { value: 'allow', label: 'allowed' },
                { value: 'deny', label: 'refused' },
              ],
            },
          ]}
          columns={[
            {
              id: 'user',
              title: 'User',
              cell: (person) => (
                <Group gap="xs" wrap="nowrap">
                  <Anchor component={Link} to={`/users/${person.id}`} size="sm">
                    {nameOfUser(person)}
                  </Anchor>
                  {!person.enabled && <Badge color="red">disabled</Badge>}
                </Group>
              ),
            },
            { id: 'answer', title: 'Answer', cell: (person) => <Brief answer={person} /> },
            { id: 'role', title: 'Jump Item Role', cell: (person) => <Role person={person} /> },
          ]}
          load={({ page, search, filters }, signal) => {
            const query = {
              current_page: page,
              per_page: 50,
              ...(search === '' ? {} : { search }),
              ...(filters.action === undefined ? {} : { action: filters.action as WhoMayAction }),
              ...(filters.decision === undefined ? {} : { decision: filters.decision as 'allow' }),
            };
            return pageOf<WhoMay>(
              item === undefined
                ? client.GET('/access/jump-group/{id}/user', {
                    params: { path: { id: group ?? 0 }, query },
                    signal,
                  })
                : client.GET('/access/jump-item/{id}/user', {
                    params: { path: { id: item }, query },
                    signal,
                  }),
            );
          }}
          rowActions={(person) => (
            <WhyLink
              of={nameOfUser(person)}
              user={person.id}
              action={action}
              about={item === undefined ? { kind: 'jump_group', id: about } : { kind: 'jump_item', id: item }}
            />
          )}
        />
      )}
    </Stack>
  );
}

function Role({ person }: { person: WhoMay }) {
  const { role } = person;
  if (role === null) return <>–</>;
  return (
    <>
      {role.because === 'administrator' ? 'Administrator' : role.name}{' '}
      <Text span size="xs" c="dimmed">
        {role.because === 'administrator' ? '' : becauseInWords(role.because)}
        {role.source !== null && (
          <>
            {', '}
            <SourceBadge source={sourceInWords(role.source, person)} />
          </>
        )}
      </Text>
    </>
  );
}
